"""Volume-weighted average price of a session, which is a UTC day, and its spread, in quote.

    vwap = sum(price * volume) / sum(volume)
    sigma = sqrt(sum(volume * (price - vwap)^2) / sum(volume))

`price` is a candle's own vwap. The sums are kept as West (1979) has them, as a running mean
and the squares around it, which stays exact where the textbook's difference of two large sums
does not. Turning the prices upside down (p -> c - p) gives c - vwap and the same sigma.
"""

from math import sqrt

from leadline.times import DAY_NS


class SessionVwap:
    """VWAP and `sigma` since 00:00 UTC: None until something traded in the session. Remembers three numbers.

    A candle without volume leaves them as they are. `n_bars` counts the candles that traded.
    """

    __slots__ = ("_day", "_mean", "_squares", "_volume", "n_bars")

    def __init__(self) -> None:
        self._day = -1
        self._reset()

    def _reset(self) -> None:
        self._mean = 0.0
        self._squares = 0.0
        self._volume = 0.0
        self.n_bars = 0

    def update(self, open_ns: int, price: float, volume: float) -> float | None:
        """Take the next candle: when it opened, its vwap and its volume. Return the session's.

        >>> vwap = SessionVwap()
        >>> vwap.update(0, 10.0, 3.0), vwap.update(1, 14.0, 1.0), vwap.sigma
        (10.0, 11.0, 1.7320508075688772)
        >>> vwap.update(DAY_NS, 12.0, 0.0) is None  # a new day, and nothing traded yet
        True
        """
        day = open_ns // DAY_NS
        if day != self._day:
            self._day = day
            self._reset()
        if volume > 0.0:
            self._add(price, volume)
        return self._mean if self.n_bars else None

    def _add(self, price: float, volume: float) -> None:
        self.n_bars += 1
        self._volume += volume
        distance = price - self._mean
        if self.n_bars == 1:
            self._mean = price
        else:
            self._mean += distance * (volume / self._volume)
            self._squares += volume * distance * (price - self._mean)

    @property
    def sigma(self) -> float | None:
        """Volume-weighted deviation of the session's candles around its VWAP."""
        if not self.n_bars:
            return None
        return sqrt(self._squares / self._volume) if self._squares > 0.0 else 0.0
