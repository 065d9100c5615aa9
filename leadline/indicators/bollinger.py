"""Bollinger bands around the mean of the last n prices, in the price's unit.

    middle = mean, sigma = population deviation (divided by n), bands = middle +- k * sigma
    width = (upper - lower) / middle, a ratio

Reference: Bollinger (2001), as TA-Lib's BBANDS with a simple average. Turning the series
upside down turns the bands: the new upper band is c minus the old lower one.
"""

from collections import deque
from math import sqrt
from typing import NamedTuple


class Bands(NamedTuple):
    """The bands at one candle; `width` is 0 where the prices are all equal."""

    upper: float
    middle: float
    lower: float
    width: float


class Bollinger:
    """Bands over `n` prices, `k` sigmas wide: None for the first n - 1. Remembers n prices.

    The window is summed anew each time, as distances to its newest price: that is exact at any
    price level (sums of squared prices are not), and 20 additions a minute cost nothing.
    """

    __slots__ = ("_k", "_n", "_window")

    def __init__(self, n: int, k: float = 2.0) -> None:
        self._n = n
        self._k = k
        self._window: deque[float] = deque(maxlen=n)

    def update(self, price: float) -> Bands | None:
        """Take the next price and return the bands.

        >>> bollinger = Bollinger(2)
        >>> [bollinger.update(price) for price in (8.0, 12.0)]
        [None, Bands(upper=14.0, middle=10.0, lower=6.0, width=0.8)]
        """
        n, window = self._n, self._window
        window.append(price)
        if len(window) < n:
            return None
        total = squares = 0.0
        for other in window:
            distance = other - price
            total += distance
            squares += distance * distance
        mean = total / n
        variance = squares / n - mean * mean
        middle = price + mean
        half = self._k * sqrt(variance) if variance > 0.0 else 0.0
        return Bands(middle + half, middle, middle - half, 2.0 * half / middle if middle else 0.0)
