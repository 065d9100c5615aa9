"""Bars that arm each setup, by hand: six closed minutes of which the newest completes a pattern.

Prices are quarters, so that turning them upside down (p -> UPSIDE_DOWN - p) is exact.
"""

from leadline.moment import Bar, Candle
from leadline.times import MINUTE_NS

UPSIDE_DOWN = 200.0


def bar(close=100.0, *, low=None, high=None, ema_fast=100.0, ema_slow=100.0, rsi=50.0, atr=1.0, vwap=100.0,
        vwap_sigma=1.0, session_bars=60, bb_upper=102.0, bb_lower=98.0, squeezed=False, relative_volume=1.0,
        minute=0, partial=False):  # fmt: skip
    """Return a quiet bar with some of it changed."""
    low, high = close - 0.25 if low is None else low, close + 0.25 if high is None else high
    candle = Candle(minute * MINUTE_NS, close, high, low, close, 1.0, close, 1, partial=partial)
    return Bar(candle, ema_fast, ema_slow, rsi, atr, vwap, vwap_sigma, session_bars, bb_upper, 100.0, bb_lower,
               squeezed, relative_volume)  # fmt: skip


def breakout():
    """Bars that arm a squeeze_breakout long: squeezed two minutes ago, now above the band with twice the volume."""
    before = [bar(minute=n, ema_fast=100.25, squeezed=n == 3) for n in range(5)]
    return (*before, bar(102.5, minute=5, ema_fast=100.25, relative_volume=2.0))


def pullback():
    """Bars that arm an ema_pullback long: a rising trend that touched EMA 21 with RSI below 50, and is back above."""
    before = [
        bar(101.0 + 0.25 * n, minute=n, ema_fast=100.5 + 0.25 * n, ema_slow=100.0 + 0.25 * n, rsi=55.0)
        for n in range(5)
    ]
    before[3] = bar(101.0, minute=3, low=100.75, ema_fast=101.25, ema_slow=100.75, rsi=45.0)
    return (*before, bar(102.0, minute=5, ema_fast=101.75, ema_slow=101.25, rsi=55.0))


def reversion():
    """Bars that arm a vwap_reversion long: 4 below a VWAP whose sigma is 1, RSI 25."""
    return (*[bar(98.0, minute=n) for n in range(5)], bar(96.0, minute=5, rsi=25.0))


ARMING = {"squeeze_breakout": breakout, "ema_pullback": pullback, "vwap_reversion": reversion}


def turned(bars):
    """Return bars of the same minutes with every price turned upside down."""
    return tuple(_turned(b) for b in bars)


def _turned(b):
    def flip(price):
        return None if price is None else UPSIDE_DOWN - price

    c = b.candle
    candle = c._replace(open=flip(c.open), high=flip(c.low), low=flip(c.high), close=flip(c.close), vwap=flip(c.vwap))
    return b._replace(
        candle=candle, ema_fast=flip(b.ema_fast), ema_slow=flip(b.ema_slow), rsi=None if b.rsi is None else 100 - b.rsi,
        vwap=flip(b.vwap), bb_upper=flip(b.bb_lower), bb_middle=flip(b.bb_middle), bb_lower=flip(b.bb_upper),
    )  # fmt: skip
