"""Relative volume: a candle's volume over the mean of the n before it, a ratio of 0 or more.

Candles without a trade are left out: they do not enter the mean, and their own value is 0.
Volume has no direction: turning the prices upside down changes nothing.
"""

from collections import deque
from math import fsum


class RelativeVolume:
    """Volume over the mean of the `n` traded candles before: None until there are n. Remembers n volumes."""

    __slots__ = ("_n", "_recent")

    def __init__(self, n: int = 20) -> None:
        self._n = n
        self._recent: deque[float] = deque(maxlen=n)

    def update(self, volume: float) -> float | None:
        """Take the next candle's volume, 0 where nothing traded, and return the ratio.

        >>> relative = RelativeVolume(2)
        >>> [relative.update(volume) for volume in (1.0, 3.0, 4.0, 0.0, 7.0)]
        [None, None, 2.0, 0.0, 2.0]
        """
        recent = self._recent
        mean = fsum(recent) / self._n if len(recent) == self._n else 0.0
        if volume > 0.0:
            recent.append(volume)
        return volume / mean if mean > 0.0 else None
