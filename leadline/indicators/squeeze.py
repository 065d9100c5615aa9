"""Squeeze: whether the Bollinger bands are narrow compared with the recent past.

A candle is squeezed if its width is in the lowest `fraction` of the `lookback` widths before
it. Exactly: its rank (1 + the number of those widths that are smaller) is at most
fraction * lookback; at the defaults 0.20 and 120 it must not exceed the 24th smallest. Widths
that are equal share the best rank, so a market that stands still is squeezed.

Widths have no direction: turning the series upside down changes nothing.
"""

from bisect import bisect_left, insort
from collections import deque


class Squeeze:
    """Rank of a width among the `lookback` before it: None until there are as many. Remembers them twice."""

    __slots__ = ("_best", "_lookback", "_ordered", "_recent")

    def __init__(self, lookback: int = 120, fraction: float = 0.20) -> None:
        self._lookback = lookback
        self._best = int(fraction * lookback + 1e-9)  # 0.29 * 100 is 28.999999999999996
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []  # the same widths, ascending

    def update(self, width: float) -> bool | None:
        """Take the next width and return whether it is squeezed.

        >>> squeeze = Squeeze(lookback=5, fraction=0.20)
        >>> [squeeze.update(width) for width in (5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 1.5)]
        [None, None, None, None, None, True, False]
        """
        recent, ordered = self._recent, self._ordered
        squeezed = None
        if len(recent) == self._lookback:
            squeezed = bisect_left(ordered, width) < self._best
            del ordered[bisect_left(ordered, recent.popleft())]
        recent.append(width)
        insort(ordered, width)
        return squeezed
