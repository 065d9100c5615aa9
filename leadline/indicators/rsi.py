"""Relative strength index, 0 to 100: how much of the recent movement was upwards.

    rsi = 100 * gain / (gain + loss), gain and loss being Wilder averages of the moves up and
    down: avg = (avg' * (n - 1) + move) / n, seeded by the mean of the first n moves

Reference: Wilder (1978), as TA-Lib's RSI, with one exception: where nothing moved at all
TA-Lib says 0, which would read as "oversold"; a series that equals its own mirror has to be
in the middle, so here it is 50. Turning the series upside down gives 100 - rsi.
"""

NO_MOVES = 50.0  # the only value that is its own mirror


class Rsi:
    """RSI over `n` moves: None for the first n prices. Remembers three numbers."""

    __slots__ = ("_gain", "_last", "_loss", "_n", "_seen")

    def __init__(self, n: int) -> None:
        self._n = n
        self._seen = 0  # moves, up to n
        self._last: float | None = None
        self._gain = 0.0  # sums until n moves were seen, then averages
        self._loss = 0.0

    def update(self, price: float) -> float | None:
        """Take the next price and return the index.

        >>> rsi = Rsi(2)
        >>> [rsi.update(price) for price in (10.0, 11.0, 10.0, 10.0, 12.0)]
        [None, None, 50.0, 50.0, 90.0]
        """
        last = self._last
        self._last = price
        if last is None:
            return None
        move = price - last
        gain, loss = (move, 0.0) if move > 0.0 else (0.0, -move)
        n = self._n
        if self._seen >= n:
            self._gain = gain = (self._gain * (n - 1) + gain) / n
            self._loss = loss = (self._loss * (n - 1) + loss) / n
            total = gain + loss
            return 100.0 * (gain / total) if total > 0.0 else NO_MOVES
        return self._seed(gain, loss)

    def _seed(self, gain: float, loss: float) -> float | None:
        self._gain += gain
        self._loss += loss
        self._seen += 1
        if self._seen < self._n:
            return None
        self._gain /= self._n
        self._loss /= self._n
        total = self._gain + self._loss
        return 100.0 * (self._gain / total) if total > 0.0 else NO_MOVES
