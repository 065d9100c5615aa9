"""Average true range of candles, in quote currency, never negative.

    true range = max(high - low, |high - close'|, |low - close'|)
    atr = (atr' * (n - 1) + true range) / n, seeded by the mean of the first n true ranges

Reference: Wilder (1978), as TA-Lib's ATR: the first candle has no close before it and so no
true range. Turning the prices upside down changes nothing.
"""


class Atr:
    """ATR over `n` true ranges: None for the first n candles. Remembers two numbers."""

    __slots__ = ("_close", "_n", "_seen", "_value")

    def __init__(self, n: int) -> None:
        self._n = n
        self._seen = 0  # true ranges, up to n
        self._close: float | None = None
        self._value = 0.0  # the sum of the seed until n true ranges were seen, then the average

    def update(self, high: float, low: float, close: float) -> float | None:
        """Take the next candle and return the average.

        >>> atr = Atr(2)
        >>> candles = (11.0, 9.0, 10.0), (12.0, 10.0, 12.0), (12.0, 8.0, 8.0), (8.0, 8.0, 8.0)
        >>> [atr.update(*candle) for candle in candles]
        [None, None, 3.0, 1.5]
        """
        before = self._close
        self._close = close
        if before is None:
            return None
        true_range = (high if high > before else before) - (low if low < before else before)
        if self._seen >= self._n:
            self._value = (self._value * (self._n - 1) + true_range) / self._n
            return self._value
        self._seen += 1
        self._value += true_range
        if self._seen < self._n:
            return None
        self._value /= self._n
        return self._value
