"""Tapes of a Level 3 line: single orders on a connection of their own, trades on the public one.

The checksums come from the naive model of `tests.leadline.naive_orders`, not from the book under
test. As in `moments`, prices have one decimal and sizes three.
"""

from datetime import UTC, datetime

import msgspec

from leadline import records
from leadline.events import OrderChange, OrderMessage
from leadline.instrument import Instrument
from leadline.records import Record, Start
from leadline.times import SECOND_NS
from tests.leadline.naive_orders import NaiveOrders
from tests.operators.moments import Tape

PUBLIC, LEVEL3 = 1, 2  # connection ids


def stamp_ns(ns: int) -> str:
    """Return a time as the level3 channel writes it."""
    whole, rest = divmod(ns, SECOND_NS)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


class OrderTape(Tape):
    """A tape in the making, see `moments.Tape`.

    An order is (id, price, size, event, age in ns); without the last two it is a new one, added now.
    """

    def __init__(self, *symbols: str, level: str = "L3", depth: int = 10, **given) -> None:
        self.conn = PUBLIC
        super().__init__(*symbols, depth=depth, **given)
        begin = msgspec.json.decode(self.records[0].payload, type=Start)
        begin.level = level
        self.records[0].payload = msgspec.json.encode(begin)
        self.standing = {symbol: NaiveOrders(depth) for symbol in symbols}
        self.depth = depth

    def add(self, kind: int, payload: bytes = b"") -> "OrderTape":
        self.records.append(Record(len(self.records), kind, self.conn, self.now_ns, self.now_ns, payload))
        return self

    def on(self, conn: int) -> "OrderTape":
        """Speak on this connection from now on."""
        self.conn = conn
        return self

    def open(self, precisions: bool = True) -> "OrderTape":
        return self.open_public(precisions).open_level3()

    def open_public(self, precisions: bool = True) -> "OrderTape":
        self.on(PUBLIC).json(records.CONNECTED, {"venue": "kraken", "url": "", "feed": "public"})
        if precisions:
            self.json(records.PRECISIONS, {s: Instrument(s, 1, 3) for s in self.markets})
        for symbol in self.markets:
            self.ack(symbol, channel="trade")
        return self

    def open_level3(self) -> "OrderTape":
        self.on(LEVEL3).json(records.CONNECTED, {"venue": "kraken", "url": "", "feed": "level3"})
        for symbol in self.markets:
            self.ack(symbol, channel="level3")
        return self.on(PUBLIC)

    def lose(self, conn: int) -> "OrderTape":
        """Lose a connection; the record says the reason only."""
        return self.on(conn).json(records.DISCONNECTED, {"reason": "reset"}).on(PUBLIC)

    def orders(self, symbol: str, bids=(), asks=(), *, kind: str = "update", checksum: int | None = None,
               event_ns: int | None = None) -> "OrderTape":  # fmt: skip
        """Receive a level3 message; a `checksum` given is wrong on purpose."""
        now = self.now_ns - self.lag_ns if event_ns is None else event_ns
        sides = [[self._order(now, *order) for order in side] for side in (bids, asks)]
        if symbol in self.standing:
            units = ([OrderChange(o[0], round(o[1] * 10), round(o[2] * 1000), o[3], None, o[4]) for o in side]
                     for side in sides)  # fmt: skip
            self.standing[symbol].apply(OrderMessage(symbol, *units))
        true = self.standing[symbol].checksum() if symbol in self.standing else 0
        texts = (",".join(_text(*order, with_event=kind == "update") for order in side) for side in sides)
        self.on(LEVEL3).frame(
            f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{symbol}",'
            f'"checksum":{true if checksum is None else checksum},"bids":[{next(texts)}],"asks":[{next(texts)}],'
            f'"timestamp":"{stamp_ns(now)}"}}]}}'
        )
        return self.on(PUBLIC)

    def order_snapshot(self, symbol: str, bids=(), asks=(), **given) -> "OrderTape":
        self.standing[symbol] = NaiveOrders(self.depth)
        return self.orders(symbol, bids, asks, kind="snapshot", **given)

    @staticmethod
    def _order(now: int, id: str, price: float, size: float, event: str = "add", age_ns: int = 0):
        return (id, price, size, event, now - age_ns)


def _text(id: str, price: float, size: float, event: str, time_ns: int, with_event: bool) -> str:
    said = f'"event":"{event}",' if with_event else ""
    numbers = f'"limit_price":{price:.1f},"order_qty":{size:.3f}'
    return f'{{{said}"order_id":"{id}",{numbers},"timestamp":"{stamp_ns(time_ns)}"}}'
