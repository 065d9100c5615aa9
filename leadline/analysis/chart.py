"""Chart: one timeframe's closed bars with their indicators, computed by TA-Lib (the ADX by `adx`).

TA-Lib sees prices as distances from the last close in units of the mean true range of the window.
Every indicator here moves with its prices or does not care where they are, so nothing is lost;
but a chart turned upside down is then the same numbers with the other sign, and a price of
0.00001 is not taken for zero. `price` turns such a number back into quote currency.
"""

from dataclasses import dataclass

import numpy as np
import talib

from leadline.analysis.adx import adx
from leadline.analysis.bars import Array, Bars, Timeframe
from leadline.analysis.swings import Indices, swing_highs, swing_lows

WINDOW = 400  # bars that a chart looks back on, however many the store has
MIN_BARS = 60  # EMA 50 and its slope, with some bars to settle
EMA_FAST, EMA_SLOW, SMA = 20, 50, 50
RSI, ATR = 14, 14
MACD = (12, 26, 9)
STOCHASTIC = (14, 3, 3)
BOLLINGER, SIGMA = 20, 2.0
LEAST_ATR = 0.01  # of the window's mean true range: a still market's last twitch is not a trend


@dataclass(frozen=True, eq=False)
class Chart:
    """Arrays are (n,), oldest first, NaN while an indicator warms up; n is at least MIN_BARS."""

    timeframe: Timeframe
    bars: Bars
    reference: float  # quote: the last close
    unit: float  # quote: the mean true range; 0 where nothing moved
    high: Array
    low: Array
    close: Array
    atr: float  # of the newest bar, held to LEAST_ATR
    ema_fast: Array
    ema_slow: Array
    sma: Array
    adx: float  # 0..100
    rsi: Array  # 0..100
    macd: Array
    macd_histogram: Array
    stochastic_k: float  # 0..100
    stochastic_d: float
    upper: Array
    middle: Array
    lower: Array
    obv: Array  # in mean bar volumes
    highs: Indices  # swing highs
    lows: Indices

    def price(self, scaled: float) -> float:
        """Return a scaled number as a price in quote."""
        return self.reference + float(scaled) * self.unit

    @property
    def atr_quote(self) -> float:
        """The ATR in quote; 0 where nothing moved."""
        return self.atr * self.unit


def true_range(high: Array, low: Array, close: Array) -> Array:
    """Return the true range of each bar; of the first its range."""
    before = np.concatenate((close[:1], close[:-1]))
    found: Array = np.maximum(high, before) - np.minimum(low, before)
    found[0] = high[0] - low[0]
    return found


def rsi(close: Array, period: int = RSI) -> Array:
    """Return TA-Lib's RSI, but 50 where nothing moved (TA-Lib says 0, which is a crash)."""
    up: Array = talib.RSI(close, period)
    down = talib.RSI(-close, period)
    found: Array = np.where((up == 0.0) & (down == 0.0), 50.0, up)
    return found


def stochastic(high: Array, low: Array, close: Array) -> tuple[float, float]:
    """Return the newest slow K and D, TA-Lib's but for windows without a range: those are 50."""
    window, k_smooth, d_smooth = STOCHASTIC
    top, bottom = talib.MAX(high, window), talib.MIN(low, window)
    wide = top > bottom
    fast = np.where(wide, 100.0 * (close - bottom) / np.where(wide, top - bottom, 1.0), 50.0)[window - 1 :]
    slow = talib.SMA(fast, k_smooth)
    return float(slow[-1]), float(talib.SMA(slow[k_smooth - 1 :], d_smooth)[-1])


def on_balance_volume(close: Array, volume: Array) -> Array:
    """Return TA-Lib's OBV in mean bar volumes, less its last value; 0 where nothing was traded."""
    mean = float(volume.mean())
    if mean <= 0.0:
        return np.zeros(len(close))
    obv: Array = talib.OBV(close, volume / mean)
    obv -= obv[-1]
    return obv


def chart(bars: Bars, timeframe: Timeframe) -> Chart:
    """Return the chart of closed bars; there must be MIN_BARS of them."""
    reference = float(bars.close[-1])
    unit = float(true_range(bars.high, bars.low, bars.close).mean())
    scale = unit if unit > 0.0 else 1.0
    high, low, close = ((column - reference) / scale for column in (bars.high, bars.low, bars.close))
    macd, _, histogram = talib.MACD(close, *MACD)
    upper, middle, lower = talib.BBANDS(close, BOLLINGER, SIGMA, SIGMA)
    k, d = stochastic(high, low, close)
    return Chart(
        timeframe, bars, reference, unit, high, low, close,
        atr=max(float(talib.ATR(high, low, close, ATR)[-1]), LEAST_ATR),
        ema_fast=talib.EMA(close, EMA_FAST), ema_slow=talib.EMA(close, EMA_SLOW), sma=talib.SMA(close, SMA),
        adx=adx(high, low, close), rsi=rsi(close),
        macd=macd, macd_histogram=histogram, stochastic_k=k, stochastic_d=d,
        upper=upper, middle=middle, lower=lower,
        obv=on_balance_volume(close, bars.volume),
        highs=swing_highs(bars.high), lows=swing_lows(bars.low),
    )  # fmt: skip
