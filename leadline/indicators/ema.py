"""Exponential moving average of a price, in the price's own unit.

    ema = ema' + (price - ema') * 2 / (n + 1), seeded by the mean of the first n prices

Reference: TA-Lib's EMA. Turning the series upside down (p -> c - p) turns the average.
"""


class Ema:
    """EMA over `n` prices: None for the first n - 1. Remembers one number."""

    __slots__ = ("_alpha", "_n", "_seen", "_value")

    def __init__(self, n: int) -> None:
        self._n = n
        self._alpha = 2.0 / (n + 1)
        self._seen = 0
        self._value = 0.0  # the sum of the seed until n prices were seen, then the average

    def update(self, price: float) -> float | None:
        """Take the next price and return the average.

        >>> ema = Ema(3)
        >>> [ema.update(price) for price in (1.0, 2.0, 3.0, 6.0)]
        [None, None, 2.0, 4.0]
        """
        if self._seen >= self._n:
            self._value += (price - self._value) * self._alpha
            return self._value
        self._seen += 1
        self._value += price
        if self._seen < self._n:
            return None
        self._value /= self._n
        return self._value
