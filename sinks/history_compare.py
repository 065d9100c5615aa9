"""Candles that are given, compared with those that the store has: what is new, what is there, what cannot be true.

Prices in quote, volume in base, times in ns, UTC.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from leadline.analysis.bars import Flags
from leadline.history import Candles
from leadline.times import DAY_NS

SAME_VOLUME = 1e-8  # half of what a venue's eight decimals can tell, and rounding
JUMP = 3.0  # in eight years of hourly BTC/USD the largest is 1.3: it takes another market, or another unit
NEAR_NS = DAY_NS  # candles that are farther apart may have any prices
KEPT = 100  # differences and jumps that are told one by one, of each look
Values = tuple[float, float, float, float, float]  # open, high, low, close, volume


class Counts(NamedTuple):
    """What became of some rows."""

    added: int = 0
    known: int = 0  # already there
    differ: int = 0  # already there with other values; what was there stays

    def __add__(self, other: object) -> "Counts":
        """Return both together."""
        assert isinstance(other, Counts)
        return Counts(self.added + other.added, self.known + other.known, self.differ + other.differ)


class Difference(NamedTuple):
    """A candle that is there with other values; `brought_by` is the import or run that it is of."""

    open_ns: int
    stored: Values
    given: Values
    brought_by: str


class Jump(NamedTuple):
    """Two neighbours, one of them new, whose prices are hardly of one market: a close, and the next open.

    Or a new candle alone: its open or close, and how far it reached from there.
    """

    before_ns: int
    after_ns: int
    close: float
    open: float


class Stored(NamedTuple):
    """Candles of the store, ascending, and the import or run that each is of."""

    candles: Candles
    brought_by: Sequence[str]


class Compared(NamedTuple):
    """What was found; `differences` and `jumps` are the first of them."""

    new: Candles
    counts: Counts
    differences: list[Difference]
    jumps: list[Jump]
    n_jumps: int


Look = Callable[[Compared], None]  # may raise, and then nothing is written


def compared(given: Candles, stored: Stored, brought_by: str) -> Compared:
    """Return what candles are beside what is stored; of doubles among them the first counts."""
    once, doubles = _once(given)
    new = ~np.isin(once.open_ns, stored.candles.open_ns)
    there, rows = once.where(~new), once.where(new)
    same, again = _same(there, stored.candles), _same(doubles, once)
    differences = _differences(there.where(~same), stored)
    differences += _differences(doubles.where(~again), Stored(once, [brought_by] * len(once.open_ns)))
    n, known = len(rows.open_ns), int(same.sum()) + int(again.sum())
    jumps, n_jumps = _jumps(rows, stored.candles)
    return Compared(rows, Counts(n, known, len(given.open_ns) - n - known), differences[:KEPT], jumps, n_jumps)


def _once(given: Candles) -> tuple[Candles, Candles]:
    """Return the first candle of each open, ascending, and the others."""
    order = np.argsort(given.open_ns, kind="stable")
    ascending = given.where(order)
    first = np.concatenate(([True], np.diff(ascending.open_ns) != 0))
    return ascending.where(first), ascending.where(~first)


def _same(given: Candles, stored: Candles) -> Flags:
    """Return which of these are what is stored; each of them must be there."""
    at = stored.where(np.searchsorted(stored.open_ns, given.open_ns))
    same = np.abs(given.volume - at.volume) <= SAME_VOLUME + 1e-12 * np.abs(given.volume)
    for ours, theirs in zip(given[1:5], at[1:5], strict=True):
        same &= ours == theirs
    flags: Flags = same
    return flags


def _differences(given: Candles, stored: Stored) -> list[Difference]:
    first = given.where(np.arange(min(KEPT, len(given.open_ns))))
    at = np.searchsorted(stored.candles.open_ns, first.open_ns)
    return [
        Difference(int(open_ns), _values(stored.candles, int(j)), _values(first, k), stored.brought_by[int(j)])
        for k, (open_ns, j) in enumerate(zip(first.open_ns, at, strict=True))
    ]


def _values(of: Candles, k: int) -> Values:
    return float(of.open[k]), float(of.high[k]), float(of.low[k]), float(of.close[k]), float(of.volume[k])


def _jumps(new: Candles, stored: Candles) -> tuple[list[Jump], int]:
    """Return the first jumps beside new candles, and how many there are."""
    order = np.argsort(np.concatenate((new.open_ns, stored.open_ns)), kind="stable")
    both = new.then(stored).where(order)
    added = order < len(new.open_ns)
    close, after = both.close[:-1], both.open[1:]
    far = (after > close * JUMP) | (close > after * JUMP)
    at = np.flatnonzero(far & (added[:-1] | added[1:]) & (np.diff(both.open_ns) <= NEAR_NS))
    found = [Jump(int(both.open_ns[k]), int(both.open_ns[k + 1]), float(close[k]), float(after[k])) for k in at[:KEPT]]
    wicks, n_wicks = _wicks(new)
    return [*found, *wicks][:KEPT], len(at) + n_wicks


def _wicks(new: Candles) -> tuple[list[Jump], int]:
    """Return the first candles that reach hardly possible prices, and how many there are."""
    top, bottom = np.maximum(new.open, new.close), np.minimum(new.open, new.close)
    up = new.high > top * JUMP
    at = np.flatnonzero(up | (bottom > new.low * JUMP))
    near, far = np.where(up, top, bottom), np.where(up, new.high, new.low)
    return [Jump(int(new.open_ns[k]), int(new.open_ns[k]), float(near[k]), float(far[k])) for k in at[:KEPT]], len(at)
