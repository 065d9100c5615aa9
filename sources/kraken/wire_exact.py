"""Book and level3 frames read a second time, with every number as it is written: what no float can carry.

Off the hot path: for the precision that a snapshot is written with, and for a message that holds such a
number. Pure; raises msgspec.MsgspecError on what `wire.decode` has refused.
"""

from decimal import Decimal

import msgspec

from leadline.instrument import precision_of_text

ExactSide = list[tuple[Decimal, Decimal]]  # (price, qty)


class _Head(msgspec.Struct):
    channel: str | None = None


class _Level(msgspec.Struct):
    price: Decimal
    qty: Decimal


class _Book(msgspec.Struct):
    symbol: str
    bids: list[_Level]
    asks: list[_Level]


class _BookFrame(msgspec.Struct):
    data: list[_Book]


class _Order(msgspec.Struct):
    limit_price: Decimal = Decimal(0)
    order_qty: Decimal = Decimal(0)


class _Orders(msgspec.Struct):
    symbol: str
    bids: list[_Order]
    asks: list[_Order]


class _OrderFrame(msgspec.Struct):
    data: list[_Orders]


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_book = msgspec.json.Decoder(_BookFrame).decode
_decode_orders = msgspec.json.Decoder(_OrderFrame).decode


def exact_levels(frame: bytes) -> list[tuple[str, ExactSide, ExactSide]]:
    """Return (symbol, bids, asks) of a book or level3 frame; of a level3 frame each side lists single orders."""
    if _decode_head(frame).channel == "level3":
        return [
            (d.symbol, [(x.limit_price, x.order_qty) for x in d.bids], [(x.limit_price, x.order_qty) for x in d.asks])
            for d in _decode_orders(frame).data
        ]
    return [
        (d.symbol, [(x.price, x.qty) for x in d.bids], [(x.price, x.qty) for x in d.asks])
        for d in _decode_book(frame).data
    ]


def snapshot_precision(frame: bytes, symbol: str) -> tuple[int, int]:
    """Return the most decimals that a symbol's prices and quantities are written with in a snapshot."""
    levels = [level for one, bids, asks in exact_levels(frame) if one == symbol for level in (*bids, *asks)]
    return (
        max((precision_of_text(str(price)) for price, _ in levels), default=0),
        max((precision_of_text(str(qty)) for _, qty in levels), default=0),
    )
