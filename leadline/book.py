"""The order book of one symbol, in whole units, with Kraken's checksum kept incrementally.

A side is three parallel lists sorted by *key*, best level last: the key is the price in price
units, negated for asks, so that on both sides the larger key is the better price and one piece
of code serves both. Sizes are in size units. `digits` caches each level's checksum text.

Levels are applied in array order, then each side is cut to the subscribed depth, then the
checksum is compared: Kraken sends no removal for a level that falls out of the depth.
"""

import zlib
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from leadline.checksum import LEVELS, level_digits
from leadline.errors import BookInvariantError
from leadline.events import BookMessage, PriceLevel
from leadline.instrument import EXACT_FLOAT_UNITS, Instrument
from leadline.moment import BookView

VIEW_LEVELS = 100  # levels a side that later stages may walk


class InexactError(Exception):
    """A number has 2^50 units or more: a float cannot carry it, its text must be parsed."""


class BadLevelError(Exception):
    """A level has a price of zero or below, or a negative or impossible size."""


def _refuse(level: PriceLevel, price: int, size: int) -> None:
    if size < 0 or price <= 0:
        raise BadLevelError(f"price {level.price}, qty {level.qty}")
    raise InexactError


class BookSide:
    """One side of a book: keys ascending, so the best level is the last."""

    __slots__ = ("changed", "digits", "fresh", "keys", "sign", "sizes", "text")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 bids, -1 asks
        self.keys: list[int] = []
        self.sizes: list[int] = []
        self.digits: list[str] = []
        self.fresh = False  # whether `text` is that of the best ten levels now
        self.text = b""
        self.changed = True  # whether the newest message changed `text`

    def clear(self) -> None:
        """Forget every level."""
        self.keys.clear()
        self.sizes.clear()
        self.digits.clear()
        self.fresh = False

    def apply(self, levels: Sequence[PriceLevel], price_scale: int, qty_scale: int) -> None:
        """Set the absolute quantity of each level, in array order; zero removes it."""
        keys, sizes, digits, sign = self.keys, self.sizes, self.digits, self.sign
        top = len(keys) - LEVELS  # from here on a level is one of the best ten
        for level in levels:
            price = round(level.price * price_scale)
            size = round(level.qty * qty_scale)
            if not 0 < (price | size) < EXACT_FLOAT_UNITS or not price:  # either is negative, or huge
                _refuse(level, price, size)
            key = price * sign
            at = bisect_left(keys, key)
            if at >= top:
                self.fresh = False
            if at < len(keys) and keys[at] == key:
                if size:
                    sizes[at] = size
                    digits[at] = f"{price}{size}"
                else:
                    del keys[at], sizes[at], digits[at]
                    top -= 1
            elif size:
                keys.insert(at, key)
                sizes.insert(at, size)
                digits.insert(at, f"{price}{size}")
                top += 1

    def set_units(self, price: int, size: int) -> None:
        """Set one level in units: the exact way for numbers that no float can carry."""
        if size < 0 or price <= 0:
            raise BadLevelError(f"price {price}, size {size} units")
        key = price * self.sign
        at = bisect_left(self.keys, key)
        self.fresh = False
        if at < len(self.keys) and self.keys[at] == key:
            if size:
                self.sizes[at], self.digits[at] = size, level_digits(price, size)
            else:
                del self.keys[at], self.sizes[at], self.digits[at]
        elif size:
            self.keys.insert(at, key)
            self.sizes.insert(at, size)
            self.digits.insert(at, level_digits(price, size))

    def truncate(self, depth: int) -> None:
        """Drop the worst levels beyond `depth`."""
        excess = len(self.keys) - depth
        if excess > 0:
            del self.keys[:excess], self.sizes[:excess], self.digits[:excess]

    def refresh(self) -> None:
        """Bring the checksum text of the best ten levels up to date."""
        text = "".join(self.digits[: -LEVELS - 1 : -1]).encode()
        self.changed = text != self.text
        self.text = text
        self.fresh = True


class OrderBook:
    """Both sides of one symbol's book, cut to `depth` levels a side."""

    __slots__ = ("asks", "bids", "checksum", "depth", "instrument", "price_scale", "qty_scale")

    def __init__(self, instrument: Instrument, depth: int) -> None:
        self.instrument = instrument
        self.depth = depth
        self.bids = BookSide(1)
        self.asks = BookSide(-1)
        self.checksum = 0
        self.price_scale = instrument.price_scale
        self.qty_scale = instrument.qty_scale

    def load(self, message: BookMessage) -> None:
        """Replace the whole book by a snapshot."""
        self.bids.clear()
        self.asks.clear()
        self.apply(message)

    def apply(self, message: BookMessage) -> None:
        """Apply one message's levels, cut to the depth and bring the checksum up to date.

        Raises InexactError (then call `apply_exact` with the numbers' text) and BadLevelError.
        """
        depth, bids, asks = self.depth, self.bids, self.asks
        if message.bids:
            bids.apply(message.bids, self.price_scale, self.qty_scale)
            if len(bids.keys) > depth:
                bids.truncate(depth)
        if message.asks:
            asks.apply(message.asks, self.price_scale, self.qty_scale)
            if len(asks.keys) > depth:
                asks.truncate(depth)
        self._sum()

    def apply_exact(self, bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]]) -> None:
        """Apply levels given as (price units, size units)."""
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels:
                side.set_units(price, size)
            side.truncate(self.depth)
        self._sum()

    def _sum(self) -> None:
        bids, asks = self.bids, self.asks
        bids.changed = asks.changed = False
        if not (bids.fresh and asks.fresh):
            if not asks.fresh:
                asks.refresh()
            if not bids.fresh:
                bids.refresh()
            self.checksum = zlib.crc32(bids.text, zlib.crc32(asks.text))

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask: crossed or locked."""
        bids, asks = self.bids.keys, self.asks.keys
        return bool(bids and asks) and bids[-1] + asks[-1] >= 0

    def view(self, event_ns: int | None) -> BookView:
        """Return the best levels as they are now, for the later stages."""
        bids, asks = self.bids, self.asks
        return BookView(
            self.instrument,
            bids.keys[-VIEW_LEVELS:],
            bids.sizes[-VIEW_LEVELS:],
            asks.keys[-VIEW_LEVELS:],
            asks.sizes[-VIEW_LEVELS:],
            bids.changed,
            asks.changed,
            event_ns,
        )

    def check(self) -> None:
        """Raise BookInvariantError unless every rule of this class holds. For tests."""
        for name, side in (("bids", self.bids), ("asks", self.asks)):
            keys = side.keys
            rules = {
                "parallel lists": len(keys) == len(side.sizes) == len(side.digits),
                "strictly sorted": all(a < b for a, b in pairwise(keys)),
                "sizes above zero": all(size > 0 for size in side.sizes),
                "at most depth levels": len(keys) <= self.depth,
                "signs": all(key * side.sign > 0 for key in keys),
                "digits": all(
                    d == level_digits(abs(k), s) for k, s, d in zip(keys, side.sizes, side.digits, strict=False)
                ),
                "checksum text": not side.fresh or side.text == "".join(side.digits[: -LEVELS - 1 : -1]).encode(),
            }
            for rule, holds in rules.items():
                if not holds:
                    raise BookInvariantError(f"{self.instrument.symbol} {name}: {rule} does not hold")


class Walk(NamedTuple):
    """What taking `filled` size units off one side would cost."""

    filled: int  # size units; less than asked where the book is too thin
    notional: int  # price units times size units
    levels: int  # how many levels it touched

    @property
    def deep(self) -> bool:
        """Whether it went past the levels that the checksum vouches for."""
        return self.levels > LEVELS

    def price_units(self) -> float:
        """Average price in price units; raises ZeroDivisionError when nothing was filled."""
        return self.notional / self.filled


def walk(keys: Sequence[int], sizes: Sequence[int], size: int) -> Walk:
    """Take `size` units from the best level (the last) downwards.

    >>> walk([-101, -100], [5, 2], 4)
    Walk(filled=4, notional=402, levels=2)
    """
    left, notional, levels = size, 0, 0
    for at in range(len(keys) - 1, -1, -1):
        if left <= 0:
            break
        taken = min(left, sizes[at])
        notional += taken * abs(keys[at])
        left -= taken
        levels += 1
    return Walk(size - left, notional, levels)
