"""What one timeframe says: trend, momentum, structure and its place in the bands.

Each part runs from -100 to 100, positive is bullish. Every formula is a difference of prices in
ATR, clipped; so a chart turned upside down gives the same numbers with the other sign.
"""

from leadline.analysis.adx import PERIOD as ADX
from leadline.analysis.chart import EMA_FAST, EMA_SLOW, RSI, SMA, Chart
from leadline.analysis.scored import Scored, clip, combined

TREND, MOMENTUM, STRUCTURE, BANDS = 0.40, 0.25, 0.20, 0.15  # our own split; they sum to 1

SLOPE_BARS = 5
FULL_ORDER, FULL_SLOPE, FULL_SIDE = 1.5, 1.5, 3.0  # ATR that count as all the way
WEAK_ADX, STRONG_ADX = 10.0, 30.0  # a trend counts half at the first and whole at the second
FULL_RSI = 20.0  # points from 50
FULL_MACD, FULL_HISTOGRAM = 1.5, 0.5  # ATR


def timeframe(chart: Chart, weight: float) -> Scored:
    """Return what a timeframe says, with its four parts."""
    return combined(chart.timeframe, weight, [trend(chart), momentum(chart), structure(chart), band_place(chart)])


def trend(chart: Chart) -> Scored:
    """Order and slope of the averages and the close's side of them, scaled by how strong the ADX finds the trend."""
    fast, slow, average = chart.ema_fast, chart.ema_slow, chart.sma
    order = float(fast[-1] - slow[-1]) / chart.atr
    slope = float(fast[-1] - fast[-1 - SLOPE_BARS]) / chart.atr
    side = float(chart.close[-1] - average[-1]) / chart.atr
    push = 0.4 * clip(order / FULL_ORDER) + 0.3 * clip(slope / FULL_SLOPE) + 0.3 * clip(side / FULL_SIDE)
    strength = 0.5 + 0.5 * min(max((chart.adx - WEAK_ADX) / (STRONG_ADX - WEAK_ADX), 0.0), 1.0)
    reason = (
        f"EMA {EMA_FAST} {away(order)} EMA {EMA_SLOW} and {moved(slope)} in {SLOPE_BARS} bars, "
        f"close {away(side)} SMA {SMA}; ADX {ADX} at {chart.adx:.0f}"
    )
    return Scored("trend", TREND, 100.0 * push * strength, reason)


def momentum(chart: Chart) -> Scored:
    """RSI from 50, and the MACD and its histogram in ATR."""
    rsi = float(chart.rsi[-1])
    line, histogram = float(chart.macd[-1]) / chart.atr, float(chart.macd_histogram[-1]) / chart.atr
    score = 0.5 * clip((rsi - 50.0) / FULL_RSI) + 0.3 * clip(line / FULL_MACD) + 0.2 * clip(histogram / FULL_HISTOGRAM)
    reason = f"RSI {RSI} at {rsi:.0f}, MACD {line:+.2f} ATR, its histogram {histogram:+.2f} ATR"
    return Scored("momentum", MOMENTUM, 100.0 * score, reason)


def structure(chart: Chart) -> Scored:
    """Whether swing highs and lows rise, and where the close lies between the newest two."""
    if len(chart.highs) < 2 or len(chart.lows) < 2:
        return Scored("structure", STRUCTURE, None, "fewer than two confirmed swing highs and two lows")
    highs, lows = chart.high[chart.highs[-2:]], chart.low[chart.lows[-2:]]
    rise_high, rise_low = float(highs[1] - highs[0]) / chart.atr, float(lows[1] - lows[0]) / chart.atr
    middle = float(highs[1] + lows[1]) / 2.0
    reach = max(float(highs[1] - lows[1]) / 2.0, chart.atr)
    place = float(chart.close[-1] - middle) / reach
    score = 0.35 * clip(rise_high) + 0.35 * clip(rise_low) + 0.30 * clip(place)
    reason = (
        f"the last swing high is {stepped(rise_high)} and the last swing low {stepped(rise_low)}, "
        f"close {between(float(chart.close[-1]), float(highs[1]), float(lows[1]))}"
    )
    return Scored("structure", STRUCTURE, 100.0 * score, reason)


def band_place(chart: Chart) -> Scored:
    """Where the close lies in the Bollinger bands: 100 at the upper one and beyond."""
    half = float(chart.upper[-1] - chart.lower[-1]) / 2.0
    place = float(chart.close[-1] - chart.middle[-1]) / half if half > 0.0 else 0.0
    reason = f"close at {100.0 * place:+.0f} % of the way from the middle to the band" if half > 0.0 else "no width"
    return Scored("bollinger", BANDS, 100.0 * clip(place), reason)


# -- words


def away(atrs: float) -> str:
    """Return how far above or below, in words.

    >>> away(1.26), away(-0.5)
    ('1.3 ATR above', '0.5 ATR below')
    """
    return f"{abs(atrs):.1f} ATR {'above' if atrs >= 0.0 else 'below'}"


def moved(atrs: float) -> str:
    """Return how far up or down, in words."""
    return f"{'up' if atrs >= 0.0 else 'down'} {abs(atrs):.1f} ATR"


def stepped(atrs: float) -> str:
    """Return how a swing lies to the one before, in words."""
    return "level with the one before" if abs(atrs) < 0.05 else f"{away(atrs)} the one before"


def between(close: float, high: float, low: float) -> str:
    """Return where a close lies to the last swings, in words."""
    if low <= close <= high:
        return "between the two"
    if close > max(high, low):
        return "above both"
    return "below both" if close < min(high, low) else "past one of them"
