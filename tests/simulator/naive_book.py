"""A subscriber of the simplest kind: keeps the wire's own text, sorts at every message."""

import json
import zlib
from typing import Any

LEVELS = 10


class Number(str):
    """A number as written."""

    __slots__ = ()


def parsed(frame: bytes | str) -> Any:
    """Return a frame with its numbers as text."""
    return json.loads(frame, parse_float=Number, parse_int=Number)


class NaiveBook:
    """Price text to size text, for each side."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}

    def apply(self, frame: bytes | str) -> None:
        """Take a book message and assert that its checksum is ours."""
        message = parsed(frame)
        (data,) = message["data"]
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        self.bids = self._cut(self.bids, data["bids"], True)
        self.asks = self._cut(self.asks, data["asks"], False)
        assert self.checksum() == int(data["checksum"])

    def _cut(self, side: dict[str, str], changes: list[dict[str, str]], falling: bool) -> dict[str, str]:
        for level in changes:
            if float(level["qty"]) == 0:
                assert side.pop(level["price"], None) is not None, f"{level['price']} was not in the book"
            else:
                side[level["price"]] = level["qty"]
        best = sorted(side, key=float, reverse=falling)[: self.depth]
        return {price: side[price] for price in best}

    def checksum(self) -> int:
        """Return the checksum of the text, as Kraken's guide says it."""
        levels = list(self.asks.items())[:LEVELS] + list(self.bids.items())[:LEVELS]
        return zlib.crc32("".join(_digits(price) + _digits(qty) for price, qty in levels).encode())

    def touch(self) -> tuple[float, float]:
        """Return the best bid and ask."""
        return float(next(iter(self.bids))), float(next(iter(self.asks)))


def _digits(text: str) -> str:
    return text.replace(".", "").lstrip("0")
