"""Averages: what traders look at, as the simulated market knows it of its own price.

Prices in price units, times in ns. Both only give the regimes something to aim at.
"""

from math import sqrt

from leadline.times import DAY_NS, MINUTE_NS

SLOW, SLOWER = 2.0 / 22.0, 1.0 / 14.0  # EMA 21, and Wilder's 14, which RSI is made of


class DayAverage:
    """The average price of the UTC day and its spread, weighted by time and activity."""

    __slots__ = ("_day", "_squares", "_weight", "mean")

    def __init__(self, price: float) -> None:
        self._day = -1
        self._restart(price)

    def _restart(self, price: float) -> None:
        self.mean, self._squares, self._weight = price, 0.0, 0.0

    def add(self, now_ns: int, price: float, weight: float) -> None:
        """Take a price that held for this weight."""
        if weight <= 0.0:
            return
        day = now_ns // DAY_NS
        if day != self._day:
            self._day = day
            self._restart(price)
        self._weight += weight
        away = price - self.mean
        self.mean += away * weight / self._weight
        self._squares += weight * away * (price - self.mean)

    def away_bps(self, price: float) -> float:
        """Return how far a price is from the average."""
        return 1e4 * (price - self.mean) / self.mean

    def sigma_bps(self) -> float:
        """Return the deviation around the average."""
        return 1e4 * sqrt(self._squares / self._weight) / self.mean if self._weight > 0.0 else 0.0


class MinuteAverages:
    """Two moving averages of the price at the end of each minute."""

    __slots__ = ("_next_ns", "slow", "slower")

    def __init__(self, now_ns: int, price: float) -> None:
        self.slow = self.slower = price
        self._next_ns = now_ns - now_ns % MINUTE_NS + MINUTE_NS

    def add(self, now_ns: int, price: float) -> None:
        """Take the price of this time; only the last of each minute counts."""
        while now_ns >= self._next_ns:
            self._next_ns += MINUTE_NS
            self.slow += SLOW * (price - self.slow)
            self.slower += SLOWER * (price - self.slower)
