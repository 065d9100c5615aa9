"""Kraken WebSocket v2 frames: bytes in, events out. Pure, and it never raises.

One entry, `decode`. Book frames, nearly all of the traffic, take a short way: a typed decode and
a timestamp whose second is remembered. What we cannot take becomes a `Rejected` that says why and,
where the frame still tells, whose it was.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from leadline.events import (
    Ack,
    BookMessage,
    Event,
    Heartbeat,
    Ignored,
    Instruments,
    Rejected,
    Status,
    Trade,
    Trades,
)  # fmt: skip
from leadline.instrument import Instrument, exact_units
from sources.kraken import wire_l3, wire_rejects
from sources.kraken.refusals import reason_of
from sources.kraken.timestamps import SECONDS, timestamp_ns

IMPOSSIBLE = 1e18  # a trade's price or quantity: no such coin, and sums of such numbers overflow
IGNORED_CHANNELS = ("ohlc", "ticker", "executions", "balances")


class _OneBook(msgspec.Struct, gc=False):
    channel: Literal["book"]
    type: Literal["snapshot", "update"]
    data: tuple[BookMessage]


class _BookFrame(msgspec.Struct):
    type: Literal["snapshot", "update"]
    data: list[BookMessage]


class _TradeData(msgspec.Struct, gc=False):
    symbol: str
    side: str
    price: float
    qty: float
    trade_id: int
    timestamp: str


class _TradeFrame(msgspec.Struct, gc=False):
    type: str
    data: list[_TradeData]


class _Pair(msgspec.Struct):
    symbol: str
    price_precision: int
    qty_precision: int
    price_increment: Decimal
    qty_increment: Decimal
    cost_min: float = 0.0
    qty_min: float = 0.0


class _InstrumentData(msgspec.Struct):
    pairs: list[_Pair]


class _InstrumentFrame(msgspec.Struct):
    data: _InstrumentData
    type: str = "snapshot"


class _Head(msgspec.Struct):
    channel: str | None = None
    method: str | None = None


_decode_one_book = msgspec.json.Decoder(_OneBook).decode
_decode_books = msgspec.json.Decoder(_BookFrame).decode
_decode_trade = msgspec.json.Decoder(_TradeFrame).decode
_decode_instrument = msgspec.json.Decoder(_InstrumentFrame).decode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_any = msgspec.json.Decoder().decode

_B, _L = ord("b"), ord("l")


def decode(frame: bytes) -> Event | list[Event]:
    """Return what a frame says: one event, or a list where it speaks of several symbols.

    A book update, as received::

        {"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],
         "asks":[{"price":63005.0,"qty":2.08665551}],"checksum":2532652056,
         "timestamp":"2026-08-01T02:53:53.646219Z"}]}
    """
    try:
        if frame[12] == _B:  # of {"channel":"book": the decoder looks at the rest
            book = _decode_one_book(frame)
            (message,) = book.data
            at = message.timestamp
            if at is not None:
                if len(at) == 27:
                    message.event_ns = SECONDS[at[:19]] + int(at[20:26]) * 1000
                else:
                    message.event_ns = timestamp_ns(at)
            message.snapshot = book.type == "snapshot"
            return message
        if frame[12] == _L:
            return wire_l3.orders(frame)
    except (msgspec.MsgspecError, LookupError, ValueError, OverflowError):
        pass  # a second not seen before, or the long way says what is wrong with it
    return _decode_slowly(frame)


def _decode_slowly(frame: bytes) -> Event | list[Event]:
    try:
        head = _decode_head(frame)
    except msgspec.ValidationError as e:
        return wire_rejects.rejected(frame, "wrong_type", str(e))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        return wire_rejects.unreadable(frame, str(e))
    try:
        if head.method is not None:
            return _reply(frame, head.method)
        reader = _CHANNELS.get(head.channel or "")
        if reader is not None:
            return reader(frame)
    except (msgspec.MsgspecError, ValueError, IndexError, KeyError, TypeError, ArithmeticError, RecursionError) as e:
        return wire_rejects.rejected(frame, "wrong_type", str(e), head.channel)
    return wire_rejects.rejected(frame, "unknown_channel", f"no such channel: {head.channel!r}", head.channel)


def _one_or_all(events: list[Event]) -> Event | list[Event]:
    return events[0] if len(events) == 1 else events


def _book(frame: bytes) -> Event | list[Event]:
    message = _decode_books(frame)
    for data in message.data:
        data.event_ns = None if data.timestamp is None else timestamp_ns(data.timestamp)
        data.snapshot = message.type == "snapshot"
    events: list[Event] = list(message.data)
    return _one_or_all(events) if events else Ignored("book")


def _trade(frame: bytes) -> Event | list[Event]:
    """Decode trades; several in a frame need not be of one symbol nor of one taker order.

    As received: {"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":77120.0,
     "qty":0.00048389,"ord_type":"limit","trade_id":105702534,"timestamp":"2026-08-22T17:30:53.355059Z"}]}
    """
    message = _decode_trade(frame)
    by_symbol: dict[str, Trades] = {}
    for d in message.data:
        if d.side not in ("buy", "sell"):
            raise ValueError(f"a trade's side is buy or sell, not {d.side!r}")
        if not (0 < d.price < IMPOSSIBLE and 0 < d.qty < IMPOSSIBLE):
            raise ValueError(f"a trade of price {d.price} and quantity {d.qty}")
        side: Any = d.side
        trades = by_symbol.setdefault(d.symbol, Trades(d.symbol, [], message.type == "snapshot"))
        trades.trades.append(Trade(side, d.price, d.qty, d.trade_id, timestamp_ns(d.timestamp)))
    events: list[Event] = list(by_symbol.values())
    return _one_or_all(events) if events else Ignored("trade")


def _instrument(frame: bytes) -> Event:
    """Decode the list of symbols; here `data` is an object, and increments are written like 1e-08."""
    message = _decode_instrument(frame)
    pairs = message.data.pairs
    return Instruments(
        {
            p.symbol: Instrument(
                p.symbol, p.price_precision, p.qty_precision,
                max(1, exact_units(p.price_increment, p.price_precision)),
                max(1, exact_units(p.qty_increment, p.qty_precision)),
                p.cost_min, p.qty_min,
            )
            for p in pairs
        },
        message.type != "update",
    )  # fmt: skip


def _status(frame: bytes) -> Event:
    data = _decode_any(frame)["data"]
    return Status(str(data[0]["system"]))


def _heartbeat(frame: bytes) -> Event:
    return Heartbeat()


def _ignored(frame: bytes) -> Event:
    return Ignored(str(_decode_any(frame)["channel"]))


_CHANNELS: dict[str, Callable[[bytes], Event | list[Event]]] = {
    "book": _book, "trade": _trade, "instrument": _instrument, "status": _status, "heartbeat": _heartbeat,
    "level3": wire_l3.orders,
    **dict.fromkeys(IGNORED_CHANNELS, _ignored),
}  # fmt: skip


def _reply(frame: bytes, method: str) -> Event:
    """Decode an answer: a pong, an ack (one for each symbol) or an error; errors leave the socket open.

    As received: {"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,...}
    """
    if method == "pong":
        return Heartbeat()
    tree = _decode_any(frame)
    if method not in ("subscribe", "unsubscribe"):
        return Rejected("error_reply", str(tree.get("error") or f"an answer to {method!r}"), frame)
    result = tree.get("result") or {}
    success = tree.get("success")
    if not isinstance(success, bool) or not isinstance(result, dict):
        raise TypeError("an answer without success and result")
    return Ack(
        method, success, result.get("channel"), result.get("symbol") or tree.get("symbol"), tree.get("error"),
        tree.get("req_id"), result.get("depth"), None if success else reason_of(str(tree.get("error") or "")),
    )  # fmt: skip
