"""History: where bars of each timeframe open and close, what each is made of, and which are missing.

A bar of every timeframe has a number (`numbers`): consecutive bars have consecutive numbers. All opens
are UTC: days at midnight, weeks on Monday, months on the first. Times are in ns. "12h" is a
timeframe of Kraken's archive: kept and rolled up from, asked for by nobody.
"""

from typing import NamedTuple

import numpy as np

from leadline.analysis.bars import MINUTES, Array, Bars, Flags, Times
from leadline.times import DAY_NS, MINUTE_NS

MONDAY_NS = 4 * DAY_NS  # 1970-01-05, the first Monday
SPANS_NS: dict[str, int] = {**{str(name): n * MINUTE_NS for name, n in MINUTES.items()}, "12h": DAY_NS // 2}
BY_MINUTES = {span_ns // MINUTE_NS: name for name, span_ns in SPANS_NS.items() if span_ns <= DAY_NS}
CALENDAR = ("1w", "1M")  # made of days or less, never of each other
EDGE = 0.05  # a bar beside a hole may lack this fraction of its time there, and is still whole


class Gap(NamedTuple):
    """Bars that are missing: [from_ns, to_ns), so many of them."""

    from_ns: int
    to_ns: int
    n_bars: int


class Candles(NamedTuple):
    """Candles as columns, (n,). `vwap` is NaN where it is not known."""

    open_ns: Times
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    vwap: Array
    n_trades: Times

    @property
    def filled(self) -> Flags:
        """Which of them had no trade."""
        quiet: Flags = self.n_trades == 0
        return quiet

    def then(self, later: "Candles") -> "Candles":
        """Return these and others."""
        return Candles._make(np.concatenate(pair) for pair in zip(self, later, strict=True))

    def where(self, chosen: Flags | Times) -> "Candles":
        """Return some of them."""
        return Candles._make(column[chosen] for column in self)


def numbers(times_ns: Times, timeframe: str) -> Times:
    """Return the numbers of the bars that hold these times.

    >>> numbers(np.array([MONDAY_NS - 1, MONDAY_NS]), "1w")
    array([-1,  0])
    """
    if timeframe == "1M":
        return times_ns.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    offset = MONDAY_NS if timeframe == "1w" else 0
    numbered: Times = (times_ns - offset) // SPANS_NS[timeframe]
    return numbered


def opens_ns(bars: Times, timeframe: str) -> Times:
    """Return when the bars of these numbers open; a bar closes when the next opens."""
    if timeframe == "1M":
        return bars.astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64)
    offset = MONDAY_NS if timeframe == "1w" else 0
    opened: Times = bars * SPANS_NS[timeframe] + offset
    return opened


def number(time_ns: int, timeframe: str) -> int:
    """Return the number of the bar that holds a time."""
    return int(numbers(np.array([time_ns], np.int64), timeframe)[0])


def open_ns(bar: int, timeframe: str) -> int:
    """Return when a bar opens.

    >>> open_ns(number(1_700_000_000 * 10**9, "1M"), "1M") // 10**9  # 2023-11-01
    1698796800
    """
    return int(opens_ns(np.array([bar], np.int64), timeframe)[0])


def close_ns(time_ns: int, timeframe: str) -> int:
    """Return when the bar that holds a time closes.

    >>> close_ns(1_700_000_000 * 10**9, "1M") // 10**9  # 2023-12-01
    1701388800
    """
    return open_ns(number(time_ns, timeframe) + 1, timeframe)


def made_of(timeframe: str) -> list[str]:
    """Return the timeframes that a bar can be read or rolled up from, itself first, then coarsest first.

    >>> made_of("1h"), made_of("1w")[:4]
    (['1h', '30m', '15m', '5m', '1m'], ['1w', '1d', '12h', '4h'])
    """
    span_ns = DAY_NS + 1 if timeframe in CALENDAR else SPANS_NS[timeframe]
    finer = [name for name in SPANS_NS if name not in CALENDAR and SPANS_NS[name] < span_ns]
    return [timeframe, *sorted(finer, key=lambda name: -SPANS_NS[name])]


def n_parts(bars: Times, timeframe: str, part: str) -> Times:
    """Return of how many bars of a finer timeframe each bar consists.

    >>> n_parts(np.array([1, 2]), "1M", "1d")  # February and March 1970
    array([28, 31])
    """
    span_ns = opens_ns(bars + 1, timeframe) - opens_ns(bars, timeframe)
    parts: Times = span_ns // (span_ns if part == timeframe else SPANS_NS[part])
    return parts


def gaps(bars: Times, timeframe: str, first: int, end: int) -> list[Gap]:
    """Return the runs of numbers in [first, end) that are not among these ascending ones.

    >>> gaps(np.array([2, 3, 6]), "1m", 2, 8)
    [Gap(from_ns=240000000000, to_ns=360000000000, n_bars=2), Gap(from_ns=420000000000, to_ns=480000000000, n_bars=1)]
    """
    inside = bars[(bars >= first) & (bars < end)]
    edges = np.concatenate(([first - 1], inside, [max(end, first)]))
    before = np.flatnonzero(np.diff(edges) > 1)
    starts, ends = edges[before] + 1, edges[before + 1]
    times = zip(opens_ns(starts, timeframe), opens_ns(ends, timeframe), ends - starts, strict=True)
    return [Gap(int(from_ns), int(to_ns), int(n)) for from_ns, to_ns, n in times]


def whole(bars: Times, timeframe: str, seen_from_ns: Times, seen_to_ns: Times) -> Flags:
    """Return which rolled-up bars are known from end to end, given the times that their parts reach.

    Beside a missing bar it is likely that the data begin or end within the bar, and such a one must be
    covered up to EDGE. Parts that are absent between the ends are not asked for here: they may have been
    quiet, and a bar that lacks some says so (`leadline.analysis.parts`).
    """
    if not len(bars):
        return np.zeros(0, np.bool_)
    opened, closed = opens_ns(bars, timeframe), opens_ns(bars + 1, timeframe)
    slack = (closed - opened) * EDGE
    hole = np.diff(bars) != 1
    after_hole, before_hole = np.concatenate(([True], hole)), np.concatenate((hole, [True]))
    late, early = seen_from_ns - opened > slack, closed - seen_to_ns > slack
    known: Flags = ~(after_hole & late) & ~(before_hole & early)
    return known


_NONE, _NO_TIME = np.zeros(0), np.zeros(0, np.int64)
NO_CANDLES = Candles(_NO_TIME, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NO_TIME)
NO_BARS = Bars.of(_NO_TIME, _NONE, _NONE, _NONE, _NONE, _NONE)
