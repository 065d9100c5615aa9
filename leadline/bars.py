"""Bars: one symbol's closed candles with their indicators, and the technical bias they add up to.

A candle goes in at its close, a `ClosedBars` comes out for the signal stage. Positive is
bullish. All state follows from the last 1500 candles, which are kept: when a history replaces
some of them, everything is made anew from them.
"""

from collections import deque
from typing import Any, NamedTuple

from leadline.candle_history import merged
from leadline.indicators.atr import Atr
from leadline.indicators.bollinger import Bollinger
from leadline.indicators.ema import Ema
from leadline.indicators.relative_volume import RelativeVolume
from leadline.indicators.rsi import Rsi
from leadline.indicators.squeeze import Squeeze
from leadline.indicators.vwap import SessionVwap
from leadline.moment import Bar, Candle, ClosedBars
from leadline.rollup import RollUp, doubted
from leadline.settings import Indicators
from leadline.times import MINUTE_NS

RING = 1500  # candles kept: more than a UTC day, so that a session's VWAP can be made anew
WARM_UP = 140  # docs/signals.md section 4
NEWEST = 6  # bars handed over: this one and the 5 before
LONGER = {"5m": 5, "15m": 15}  # timeframes of the technical bias beside 1 m, in minutes
LEVEL = 1e-9  # differences below this fraction are rounding, not direction: the mirror rule's tolerance


def sign(difference: float, scale: float) -> int:
    """Return -1, 0 or 1: the direction of a difference that is more than rounding at this scale.

    >>> sign(0.3, 100.0), sign(-1e-12, 100.0), sign(-2.0, 100.0)
    (1, 0, -1)
    """
    level = LEVEL * abs(scale)
    return (difference > level) - (difference < -level)


def warm_up(periods: Indicators) -> int:
    """Return how many candles it takes until a signal may be: docs/signals.md section 4.

    >>> warm_up(Indicators()), warm_up(Indicators(squeeze_lookback=600))
    (140, 620)
    """
    return max(WARM_UP, periods.bollinger + periods.squeeze_lookback)


class RolledBar(NamedTuple):
    """A closed candle of a longer timeframe with its averages."""

    timeframe: str
    candle: Candle
    ema_fast: float | None
    ema_slow: float | None


Step = list[Bar | RolledBar]  # what one closed minute made: its bar, then the longer bars it completed


class MinuteIndicators:
    """The streaming indicators of one-minute candles."""

    __slots__ = ("_atr", "_bollinger", "_fast", "_relative", "_rsi", "_slow", "_squeeze", "_vwap")

    def __init__(self, periods: Indicators) -> None:
        self._fast = Ema(periods.ema_fast)
        self._slow = Ema(periods.ema_slow)
        self._rsi = Rsi(periods.rsi)
        self._atr = Atr(periods.atr)
        self._bollinger = Bollinger(periods.bollinger, periods.bollinger_sigma)
        self._squeeze = Squeeze(periods.squeeze_lookback, periods.squeeze_fraction)
        self._relative = RelativeVolume(periods.relative_volume)
        self._vwap = SessionVwap()

    def update(self, candle: Candle) -> Bar:
        """Take the next closed candle and return its bar."""
        close = candle.close
        bands = self._bollinger.update(close)
        return Bar(
            candle,
            ema_fast=self._fast.update(close),
            ema_slow=self._slow.update(close),
            rsi=self._rsi.update(close),
            atr=self._atr.update(candle.high, candle.low, close),
            vwap=self._vwap.update(candle.open_ns, candle.vwap, candle.volume),
            vwap_sigma=self._vwap.sigma,
            session_bars=self._vwap.n_bars,
            bb_upper=None if bands is None else bands.upper,
            bb_middle=None if bands is None else bands.middle,
            bb_lower=None if bands is None else bands.lower,
            squeezed=None if bands is None else self._squeeze.update(bands.width),
            relative_volume=self._relative.update(candle.volume),
        )


class LongerTrend:
    """The fast and the slow average of one longer timeframe."""

    __slots__ = ("_fast", "_slow", "newest", "roll_up", "timeframe")

    def __init__(self, timeframe: str, periods: Indicators) -> None:
        self.timeframe = timeframe
        self.newest: RolledBar | None = None
        self.roll_up = RollUp(LONGER[timeframe])
        self._fast = Ema(periods.ema_fast)
        self._slow = Ema(periods.ema_slow)

    def update(self, candle: Candle) -> RolledBar | None:
        """Take the next closed minute; return the longer bar that it completes."""
        longer = self.roll_up.update(candle)
        if longer is None:
            return None
        fast, slow = self._fast.update(longer.close), self._slow.update(longer.close)
        self.newest = RolledBar(self.timeframe, longer, fast, slow)
        return self.newest


def minutes_of(bar: Bar | RolledBar) -> range:
    """Return when the minutes of a bar open, in ns."""
    minutes = 1 if isinstance(bar, Bar) else LONGER[bar.timeframe]
    return range(bar.candle.open_ns, bar.candle.open_ns + minutes * MINUTE_NS, MINUTE_NS)


def trend(fast: float | None, slow: float | None) -> int:
    """Return the sign of a fast average over a slow one; 0 while either is missing."""
    return 0 if fast is None or slow is None else sign(fast - slow, slow)


def technical(bar: Bar, longer: list[LongerTrend]) -> int:
    """Return n of docs/signals.md section 3, -5..5: the sum of the signs, what is missing counting 0."""
    n = trend(bar.ema_fast, bar.ema_slow)
    for timeframe in longer:
        if timeframe.newest is not None:
            n += trend(timeframe.newest.ema_fast, timeframe.newest.ema_slow)
    n += trend(bar.candle.close, bar.vwap)
    return n if bar.rsi is None else n + sign(bar.rsi - 50.0, 100.0)


class BarSeries:
    """One symbol's candles and indicators. Remembers 1500 candles and what the indicators do.

    Partial candles feed the indicators like any other; they are only never `ready`.
    """

    __slots__ = ("_bars", "_indicators", "_longer", "_periods", "_warm_up", "candles", "step", "symbol")

    def __init__(self, symbol: str, periods: Indicators) -> None:
        self.symbol = symbol
        self.candles: deque[Candle] = deque(maxlen=RING)
        self.step: Step = []  # what the newest close made
        self._periods = periods
        self._clear()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with the candles by column, which makes a snapshot five times cheaper."""
        state = {name: getattr(self, name) for name in self.__slots__}
        return state | {"candles": list(zip(*self.candles, strict=True))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self.candles = deque(map(Candle._make, zip(*state["candles"], strict=True)), maxlen=RING)

    def _clear(self) -> None:
        self._warm_up = warm_up(self._periods)
        self._bars: deque[Bar] = deque(maxlen=NEWEST)
        self._indicators = MinuteIndicators(self._periods)
        self._longer = [LongerTrend(timeframe, self._periods) for timeframe in LONGER]

    def close(self, candle: Candle) -> ClosedBars:
        """Take the next closed minute and return what the signal stage needs of it."""
        self.candles.append(candle)
        self.step = self._feed(candle)
        return self._closed()

    def _feed(self, candle: Candle) -> Step:
        bar = self._indicators.update(candle)
        self._bars.append(bar)
        step: Step = [bar]
        for timeframe in self._longer:
            longer = timeframe.update(candle)
            if longer is not None:
                step.append(longer)
        return step

    def _closed(self) -> ClosedBars:
        n_candles, bar = len(self.candles), self._bars[-1]
        ready = n_candles >= self._warm_up and not bar.candle.partial
        return ClosedBars(self.symbol, tuple(self._bars), technical(bar, self._longer), ready,
                          n_candles, bar.candle.open_ns + MINUTE_NS)  # fmt: skip

    def set_periods(self, periods: Indicators) -> None:
        """Change the indicators' periods: all of them are made anew if these are others."""
        if periods != self._periods:
            self._periods = periods
            self.rebuild()

    def rebuild(self) -> list[Step]:
        """Make all indicators anew from the kept candles; return each candle's step, oldest first."""
        self._clear()
        return [self._feed(candle) for candle in self.candles]

    def known(self) -> ClosedBars | None:
        """Return what is known now, not ready to arm anything; None before the first candle."""
        if not self._bars:
            return None
        bar = self._bars[-1]
        close_ns = bar.candle.open_ns + MINUTE_NS
        n = technical(bar, self._longer)
        return ClosedBars(self.symbol, tuple(self._bars), n, False, len(self.candles), close_ns)

    def load(self, rows: list[list[float]], end_ns: int) -> Step:
        """Join a history, minutes before `end_ns` only; return the bars that it changed, oldest first.

        The rules are `leadline.candle_history`'s. A longer bar is changed by any of its minutes.
        """
        candles, given = merged(self.candles, rows, end_ns)
        if not given:
            return []
        self.candles = deque(candles, maxlen=RING)
        return [bar for step in self.rebuild() for bar in step if not given.isdisjoint(minutes_of(bar))]

    def doubt(self, from_ns: int) -> None:
        """Mark the kept candles from this minute on as partial: trades of theirs were lost."""
        self.candles = deque((doubted(candle, from_ns) for candle in self.candles), maxlen=RING)
        self._bars = deque((bar._replace(candle=doubted(bar.candle, from_ns)) for bar in self._bars), maxlen=NEWEST)
        for timeframe in self._longer:
            timeframe.roll_up.doubt(from_ns)
