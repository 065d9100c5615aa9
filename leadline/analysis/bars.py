"""Bars: one timeframe's candles as arrays, and which of them are closed at a time.

Prices in quote, volume in base, times in ns, UTC. A bar is [open_ns, close_ns); weeks are seven days
from where the store opens them, months are calendar months.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from leadline.errors import LeadlineError
from leadline.times import MINUTE_NS

Timeframe = Literal["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w", "1M"]
TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)  # finest first
MINUTES: dict[Timeframe, int] = {
    "1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440, "1w": 10_080, "1M": 43_830,
}  # fmt: skip  # 1M: a twelfth of a year, for lengths of time; its own bars follow the calendar
TO_ITS_CLOSE = 1 << 62  # what a bar reaches that is known up to its close

Array = NDArray[np.float64]
Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bars:
    """Columns of one length, (n,), oldest first. Missing bars are missing, never filled in.

    A rolled-up bar is made of `n_parts` finer ones of `of_parts`; one that was kept as itself is 1 of 1.
    """

    open_ns: Times
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    n_parts: Times
    of_parts: Times
    quiet_told: Flags  # its source lists the parts in which nothing traded, so that an absent one is missing
    reached_ns: Times  # when the last of its parts closed

    @classmethod
    def of(
        cls, open_ns: Array | Times, *prices_and_volume: Array,
        n_parts: Times | None = None, of_parts: Times | None = None, quiet_told: Flags | None = None,
        reached_ns: Times | None = None,
    ) -> "Bars":  # fmt: skip
        """Return bars of plain columns: open_ns, open, high, low, close, volume; whole ones if nothing else is told."""
        opened, high, low, close, volume = (np.ascontiguousarray(c, dtype=np.float64) for c in prices_and_volume)
        one = np.ones(len(open_ns), np.int64)
        return cls(
            np.asarray(open_ns).astype(np.int64), opened, high, low, close, volume,
            one if n_parts is None else n_parts, one if of_parts is None else of_parts,
            one > 0 if quiet_told is None else quiet_told,
            one * TO_ITS_CLOSE if reached_ns is None else reached_ns,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.open_ns)

    def part(self, first: int, last: int) -> "Bars":
        """Return the bars with index first..last-1."""
        return Bars(*(getattr(self, field.name)[first:last] for field in fields(self)))


def span_ns(timeframe: Timeframe) -> int:
    """Return the length of a bar; a month's is an average."""
    return MINUTES[timeframe] * MINUTE_NS


def close_ns(open_ns: Times, timeframe: Timeframe) -> Times:
    """Return when bars that open at these times close.

    >>> february = np.array([1580515200 * 10**9])
    >>> (close_ns(february, "1M") - february) // (86400 * 10**9)
    array([29])
    """
    if timeframe != "1M":
        return open_ns + span_ns(timeframe)
    months = open_ns.astype("datetime64[ns]").astype("datetime64[M]") + 1
    return months.astype("datetime64[ns]").astype(np.int64)


def ordered(bars: Bars, name: str) -> Bars:
    """Return the bars if they are of one length and ascend; `name` is what an error calls them."""
    lengths = {field.name: len(getattr(bars, field.name)) for field in fields(bars)}
    if min(lengths.values()) != max(lengths.values()):
        raise LeadlineError(f"{name}: columns of different length ({lengths}); give one row a bar")
    backwards = np.flatnonzero(np.diff(bars.open_ns) <= 0)
    if backwards.size:
        raise LeadlineError(f"{name}: bar {int(backwards[0]) + 1} opens no later than the one before; sort them")
    return bars


def checked(bars: Bars, name: str) -> Bars:
    """Return the bars if each can be: finite, the high highest, the low lowest, no volume below 0."""
    for column in (bars.open, bars.high, bars.low, bars.close, bars.volume):
        odd = np.flatnonzero(~np.isfinite(column))
        if odd.size:
            raise LeadlineError(f"{name}: bar {int(odd[0])} holds {column[odd[0]]}; leave out what is not known")
    inside = (bars.low <= np.minimum(bars.open, bars.close)) & (bars.high >= np.maximum(bars.open, bars.close))
    odd = np.flatnonzero(~inside | (bars.volume < 0.0))
    if odd.size:
        at = int(odd[0])
        row = ", ".join(f"{column[at]:g}" for column in (bars.open, bars.high, bars.low, bars.close, bars.volume))
        raise LeadlineError(f"{name}: bar {at} is impossible (o, h, l, c, volume = {row}); import it again")
    return bars


def closed_by(bars: Bars, timeframe: Timeframe, as_of_ns: int, most: int) -> Bars:
    """Return the newest bars, at most so many, that are closed at this time; nothing later is looked at."""
    opened = int(np.searchsorted(bars.open_ns, as_of_ns))  # the rest cannot be closed
    first = max(0, opened - most - 1)
    last = first + int(np.searchsorted(close_ns(bars.open_ns[first:opened], timeframe), as_of_ns, side="right"))
    return bars.part(max(0, last - most), last)


def missing_bars(bars: Bars, timeframe: Timeframe) -> int:
    """Return how many bars are absent between the first and the last."""
    if len(bars) < 2:
        return 0
    if timeframe == "1M":
        months = bars.open_ns.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
        return int(months[-1] - months[0]) + 1 - len(bars)
    return int((bars.open_ns[-1] - bars.open_ns[0]) // span_ns(timeframe)) + 1 - len(bars)
