"""A level3 subscriber of the simplest kind: orders by id in the wire's own text, sorted at every message."""

import json
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from simulator.frames import decimal_text

LEVELS = 10


class NaiveOrder(NamedTuple):
    """An order as written."""

    price: str
    qty: str
    timestamp: str


NaiveSide = dict[str, NaiveOrder]


class NaiveOrders:
    """The orders of each side, the best price first and the oldest of a price first; strict about what it is told."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.bids: NaiveSide = {}
        self.asks: NaiveSide = {}
        self.n_events = 0
        self.n_came_back = 0  # orders added under an id that was here before
        self._seen: set[str] = set()
        self._texts = ["", ""]  # checksummed, of each side

    def apply(self, frame: bytes | str) -> dict[str, Any]:
        """Take a level3 message, assert that its checksum is ours, and return its data with its numbers as text."""
        message = json.loads(frame, parse_float=str, parse_int=str)
        assert message["channel"] == "level3"
        data: dict[str, Any] = message["data"][0]
        snapshot = message["type"] == "snapshot"
        if snapshot or data["asks"]:
            self.asks = self._side({} if snapshot else self.asks, data["asks"], snapshot, 1)
            self._texts[0] = self._text(self.asks)
        if snapshot or data["bids"]:
            self.bids = self._side({} if snapshot else self.bids, data["bids"], snapshot, -1)
            self._texts[1] = self._text(self.bids)
        assert zlib.crc32("".join(self._texts).encode()) == int(data["checksum"])
        return data

    def _side(self, side: NaiveSide, changes: list[dict[str, str]], snapshot: bool, sign: int) -> NaiveSide:
        for change in changes:
            self.n_events += 1
            self._change(side, change, "add" if snapshot else change["event"])
        return self._cut(side, sign)

    def _change(self, side: NaiveSide, change: dict[str, str], event: str) -> None:
        order_id, price, qty = change["order_id"], change["limit_price"], change["order_qty"]
        known = side.get(order_id)
        assert (known is None) == (event == "add"), f"{event} of {order_id}"
        assert known is None or known.price == price, f"{order_id} has moved"
        if event == "delete":
            del side[order_id]
            return
        assert float(qty) > 0
        if known is None:
            self.n_came_back += order_id in self._seen
            self._seen.add(order_id)
        side[order_id] = NaiveOrder(price, qty, change["timestamp"])

    def _cut(self, side: NaiveSide, sign: int) -> NaiveSide:
        """Keep the best `depth` prices, the best first, and of one price the oldest first."""
        prices = sorted({order.price for order in side.values()}, key=float, reverse=sign < 0)
        rank = {price: n for n, price in enumerate(prices)}
        found = sorted((rank[order.price], order.timestamp, name) for name, order in side.items())
        return {name: side[name] for n, _, name in found if n < self.depth}

    def _text(self, side: NaiveSide) -> str:
        """Return the checksummed text of a side, as Kraken's guide says it."""
        best = set(list(dict.fromkeys(order.price for order in side.values()))[:LEVELS])
        return "".join([digits(o.price) + digits(o.qty) for o in side.values() if o.price in best])

    def level_checksum(self) -> int:
        """Return the checksum that the `book` channel gives for the same orders."""
        best = [list(levels(side).items())[:LEVELS] for side in (self.asks, self.bids)]
        return zlib.crc32("".join(digits(p) + digits(q) for side in best for p, q in side).encode())

    def touch(self) -> tuple[float, float]:
        """Return the best bid and ask."""
        return float(next(iter(self.bids.values())).price), float(next(iter(self.asks.values())).price)


@lru_cache(1 << 16)
def digits(text: str) -> str:
    """Return a number's part of the checksummed text."""
    return text.replace(".", "").lstrip("0")


def levels(side: NaiveSide) -> dict[str, str]:
    """Return price to quantity, the best first, with the decimals that the orders have."""
    sums: dict[str, int] = {}
    decimals = 0
    for order in side.values():
        decimals = len(order.qty.partition(".")[2])
        sums[order.price] = sums.get(order.price, 0) + int(order.qty.replace(".", ""))
    return {price: decimal_text(size, decimals) for price, size in sums.items()}
