"""Setups: the three patterns of closed candles that arm a candidate.

`side` is +1 for a long and -1 for a short. Each rule is written once, on numbers multiplied
by the side, so a short is the exact mirror of a long (prices p -> -p, RSI - 50 -> 50 - RSI).
"""

from collections.abc import Callable
from typing import Literal

from leadline.moment import Bar
from leadline.settings import SetupRule, Setups

SetupName = Literal["squeeze_breakout", "ema_pullback", "vwap_reversion"]
SETUPS: tuple[SetupName, ...] = ("squeeze_breakout", "ema_pullback", "vwap_reversion")  # in order of priority

LOOKBACK = 5  # candles before this one
SLOPE_BARS = 3
PULLBACK_ATR = 0.1  # how near to EMA 21 counts as a touch
REVERSION_SESSION_BARS = 30
REVERSION_ROOM_R = 2.0  # VWAP is at least this many R away


def rule(settings: Setups, name: SetupName) -> SetupRule:
    """Return a setup's own settings."""
    found: SetupRule = getattr(settings, name)
    return found


def squeeze_breakout(bars: tuple[Bar, ...], side: int, stop_distance: float, settings: Setups) -> bool:
    """Whether a close broke out of the bands with volume, after a squeeze."""
    now = bars[-1]
    band = now.bb_upper if side > 0 else now.bb_lower
    if band is None or now.ema_fast is None or now.ema_slow is None or now.relative_volume is None:
        return False
    return (
        side * (now.candle.close - band) > 0
        and side * (now.ema_fast - now.ema_slow) > 0
        and now.relative_volume >= settings.breakout_relative_volume
        and any(bar.squeezed for bar in bars[-LOOKBACK - 1 : -1])
    )


def ema_pullback(bars: tuple[Bar, ...], side: int, stop_distance: float, settings: Setups) -> bool:
    """Whether a trend rested on its EMA 21 without a close beyond it and goes on."""
    recent = bars[-LOOKBACK:]
    if len(bars) <= LOOKBACK or any(b.ema_slow is None or b.rsi is None or b.atr is None for b in bars):
        return False
    trend = [side * ((b.ema_fast or 0.0) - (b.ema_slow or 0.0)) for b in bars[-LOOKBACK - 1 :]]
    slope = side * ((bars[-1].ema_fast or 0.0) - (bars[-1 - SLOPE_BARS].ema_fast or 0.0))
    momentum = [side * ((b.rsi or 0.0) - 50.0) for b in recent]
    return (
        all(distance > 0 for distance in trend)
        and slope > 0
        and any(_touches(bar, side) for bar in recent)
        and not any(side * (bar.candle.close - (bar.ema_slow or 0.0)) < 0 for bar in recent)
        and any(value < 0 for value in momentum)
        and momentum[-1] >= 0
    )


def _touches(bar: Bar, side: int) -> bool:
    """Whether a bar's low (a short: its high) came to within a tenth of an ATR of EMA 21."""
    reach = bar.candle.low if side > 0 else bar.candle.high
    return side * (reach - (bar.ema_slow or 0.0)) <= PULLBACK_ATR * (bar.atr or 0.0)


def vwap_reversion(bars: tuple[Bar, ...], side: int, stop_distance: float, settings: Setups) -> bool:
    """Whether price is stretched far from the session's VWAP, with room to come back."""
    now = bars[-1]
    if now.vwap is None or now.vwap_sigma is None or now.rsi is None:
        return False
    away = side * (now.vwap - now.candle.close)
    return (
        away > settings.reversion_sigma * now.vwap_sigma
        and side * (now.rsi - 50.0) < settings.reversion_rsi - 50.0
        and now.session_bars >= REVERSION_SESSION_BARS
        and away >= REVERSION_ROOM_R * stop_distance
    )


_RULES: dict[SetupName, Callable[[tuple[Bar, ...], int, float, Setups], bool]] = {
    "squeeze_breakout": squeeze_breakout,
    "ema_pullback": ema_pullback,
    "vwap_reversion": vwap_reversion,
}


def armed(bars: tuple[Bar, ...], stop_distance: float, settings: Setups) -> list[tuple[SetupName, int]]:
    """Return (setup, side) of each pattern that the newest bar completes, in order of priority."""
    return [
        (name, side)
        for name in SETUPS
        if rule(settings, name).enabled
        for side in (1, -1)
        if _RULES[name](bars, side, stop_distance, settings)
    ]


def quality(name: SetupName, bar: Bar, side: int) -> float:
    """Return q of the strength, 0..1: how far the pattern goes, in its own measure."""
    if name == "vwap_reversion":
        sigma = bar.vwap_sigma or 0.0
        value = side * ((bar.vwap or 0.0) - bar.candle.close) / sigma - 2.0 if sigma > 0 else 0.0
    else:
        atr = bar.atr or 0.0
        band = (bar.bb_upper if side > 0 else bar.bb_lower) or 0.0
        reach = bar.candle.close - band if name == "squeeze_breakout" else (bar.ema_fast or 0.0) - (bar.ema_slow or 0.0)
        value = side * reach / atr if atr > 0 else 0.0
    return min(max(value, 0.0), 1.0)
