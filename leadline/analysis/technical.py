"""The technical component: a profile's anchor timeframe in the classic indicators, by TA-Lib.

Each part runs from -100 to 100, positive is bullish. A part that has nothing to say (no squeeze, no
divergence, no volume) is missing, and the others count for it.
"""

from dataclasses import dataclass

import numpy as np
import talib

from leadline.analysis.bars import Array, Timeframe
from leadline.analysis.chart import BOLLINGER, MACD, RSI, STOCHASTIC, Chart
from leadline.analysis.divergences import Divergence, divergences
from leadline.analysis.scored import Scored, clip, combined
from leadline.analysis.timeframe import FULL_HISTOGRAM, FULL_MACD, FULL_RSI, away, band_place
from leadline.times import MINUTE_NS

# Our own split; they sum to 1.
W_RSI, W_MACD, W_STOCHASTIC, W_BANDS, W_VWAP, W_OBV, W_DIVERGENCE, W_SQUEEZE = (
    0.15, 0.20, 0.10, 0.10, 0.15, 0.15, 0.10, 0.05,
)  # fmt: skip

FULL_VWAP = 2.0  # ATR
OBV_BARS = 20
FULL_OBV = 0.5  # mean bar volumes a bar
SQUEEZE_LOOKBACK, SQUEEZE_FRACTION, RELEASED_BARS = 120, 0.20, 5  # docs/signals.md section 4
FULL_SQUEEZE = 1.5  # ATR
ROUNDING = 1e-9  # of the mean true range: widths closer than this are equal


@dataclass(frozen=True)
class Technical:
    """The values behind the component, of the newest closed bar. Prices in quote."""

    timeframe: Timeframe
    rsi: float
    macd: float
    macd_signal: float
    macd_histogram: float
    stochastic_k: float
    stochastic_d: float
    bollinger_upper: float
    bollinger_middle: float
    bollinger_lower: float
    adx: float
    atr: float
    vwap: float | None
    vwap_distance_atr: float | None
    obv_slope: float | None  # mean bar volumes a bar, -1..1
    squeeze: str | None  # squeezed | released | open; None while there are too few bars
    divergences: tuple[str, ...]


def technical(chart: Chart, weight: float, vwap_days: float) -> tuple[Scored, Technical]:
    """Return the component and the values it is made of."""
    vwap, slope, squeeze, found = (
        rolling_vwap(chart, vwap_days),
        obv_slope(chart),
        squeeze_state(chart),
        divergences(chart),
    )
    parts = [
        *_oscillators(chart), _vwap_part(chart, vwap), _obv_part(slope), _divergence_part(found),
        _squeeze_part(chart, squeeze),
    ]  # fmt: skip
    component = combined("technical", weight, parts, f"on {chart.timeframe} bars: {_summary(parts)}")
    return component, _values(chart, vwap, slope, squeeze, found)


def _oscillators(chart: Chart) -> list[Scored]:
    rsi, k, d = float(chart.rsi[-1]), chart.stochastic_k, chart.stochastic_d
    line, histogram = float(chart.macd[-1]) / chart.atr, float(chart.macd_histogram[-1]) / chart.atr
    macd = 0.6 * clip(line / FULL_MACD) + 0.4 * clip(histogram / FULL_HISTOGRAM)
    bands = band_place(chart)
    fast, slow, signal = MACD
    return [
        Scored("rsi", W_RSI, 100.0 * clip((rsi - 50.0) / FULL_RSI), f"RSI {RSI} at {rsi:.0f}"),
        Scored("macd", W_MACD, 100.0 * macd,
               f"MACD {fast}/{slow}/{signal} at {line:+.2f} ATR, its histogram {histogram:+.2f} ATR"),
        Scored("stochastic", W_STOCHASTIC, clip((k - 50.0) + (d - 50.0), 100.0),
               f"stochastic {STOCHASTIC[0]} K at {k:.0f}, D at {d:.0f}"),
        Scored("bollinger", W_BANDS, bands.score, f"bands {BOLLINGER}: {bands.reason}"),
    ]  # fmt: skip


def rolling_vwap(chart: Chart, days: float) -> float | None:
    """Return the volume-weighted mean of the typical price over the last days, scaled; None without volume."""
    since = chart.bars.open_ns[-1] - int(days * 1440) * MINUTE_NS
    first = int(np.searchsorted(chart.bars.open_ns, since, side="right"))
    typical: Array = (chart.high[first:] + chart.low[first:] + chart.close[first:]) / 3.0
    volume = chart.bars.volume[first:]
    total = float(volume.sum())
    return float((typical * volume).sum()) / total if total > 0.0 else None


def _vwap_part(chart: Chart, vwap: float | None) -> Scored:
    if vwap is None:
        return Scored("vwap", W_VWAP, None, "no volume to weigh prices by")
    distance = (float(chart.close[-1]) - vwap) / chart.atr
    return Scored("vwap", W_VWAP, 100.0 * clip(distance / FULL_VWAP), f"close {away(distance)} VWAP")


def obv_slope(chart: Chart) -> float | None:
    """Return the slope of the OBV's regression line, in mean bar volumes a bar; None without volume."""
    volume = chart.bars.volume[-OBV_BARS:]
    if not (volume > 0.0).any():
        return None
    per_mean = float(chart.bars.volume.mean()) / float(volume.mean())
    return float(talib.LINEARREG_SLOPE(chart.obv[-OBV_BARS:] - chart.obv[-1], OBV_BARS)[-1]) * per_mean


def _obv_part(slope: float | None) -> Scored:
    if slope is None:
        return Scored("obv", W_OBV, None, f"no volume in the last {OBV_BARS} bars")
    flow = "rises" if slope > 0.0 else "falls" if slope < 0.0 else "rests"
    return Scored("obv", W_OBV, 100.0 * clip(slope / FULL_OBV), f"OBV {flow} by {abs(slope):.2f} mean volumes a bar")


def _divergence_part(found: list[Divergence]) -> Scored:
    if not found:
        return Scored("divergence", W_DIVERGENCE, None, "none between the last two swings", silent=True)
    score = 100.0 * sum_of(found) / len(found)
    return Scored("divergence", W_DIVERGENCE, score, "; ".join(map(described, found)))


def sum_of(found: list[Divergence]) -> float:
    """Return the strengths added up."""
    total = 0.0
    for divergence in found:
        total += divergence.strength
    return total


def described(divergence: Divergence) -> str:
    """Return a divergence in words."""
    kind = "bullish" if divergence.strength > 0.0 else "bearish"
    return f"{kind} divergence of the {divergence.oscillator}, swing {divergence.bars_ago} bars ago"


def squeeze_state(chart: Chart) -> str | None:
    """Return squeezed, released (within RELEASED_BARS) or open.

    A bar is squeezed if its bands' width is among the lowest fifth of the 120 before it. The width
    is a price difference here, not a share of the price: a share would not mirror.
    """
    widths = (chart.upper - chart.lower)[BOLLINGER - 1 :]
    if len(widths) < SQUEEZE_LOOKBACK + 1:
        return None
    ages = range(min(RELEASED_BARS, len(widths) - SQUEEZE_LOOKBACK - 1) + 1)
    squeezed = [_squeezed(widths[: len(widths) - age]) for age in ages]
    return "squeezed" if squeezed[0] else "released" if any(squeezed) else "open"


def _squeezed(widths: Array) -> bool:
    before = widths[-1 - SQUEEZE_LOOKBACK : -1]
    return int((before < widths[-1] - ROUNDING).sum()) + 1 <= int(SQUEEZE_FRACTION * SQUEEZE_LOOKBACK)


def _squeeze_part(chart: Chart, state: str | None) -> Scored:
    """Score which way price leans out of a squeeze: its distance from the middle of the last 20 bars."""
    if state is None:
        needs = SQUEEZE_LOOKBACK + BOLLINGER
        return Scored("squeeze", W_SQUEEZE, None, f"needs {needs} bars, there are {len(chart.bars)}")
    if state == "open":
        return Scored("squeeze", W_SQUEEZE, None, "none: the bands are open", silent=True)
    top, bottom = float(chart.high[-BOLLINGER:].max()), float(chart.low[-BOLLINGER:].min())
    middle = ((top + bottom) / 2.0 + float(chart.middle[-1])) / 2.0
    lean = (float(chart.close[-1]) - middle) / chart.atr
    return Scored(
        "squeeze", W_SQUEEZE, 100.0 * clip(lean / FULL_SQUEEZE), f"bands {state}, price leans {lean:+.1f} ATR"
    )


def _summary(parts: list[Scored]) -> str:
    return "; ".join(part.reason for part in parts if part.score is not None)


def _values(
    chart: Chart, vwap: float | None, slope: float | None, squeeze: str | None, found: list[Divergence]
) -> Technical:
    line, histogram = float(chart.macd[-1]) * chart.unit, float(chart.macd_histogram[-1]) * chart.unit
    return Technical(
        chart.timeframe, float(chart.rsi[-1]), line, line - histogram, histogram,
        chart.stochastic_k, chart.stochastic_d,
        chart.price(chart.upper[-1]), chart.price(chart.middle[-1]), chart.price(chart.lower[-1]),
        chart.adx, chart.atr_quote,
        None if vwap is None else chart.price(vwap),
        None if vwap is None else (float(chart.close[-1]) - vwap) / chart.atr,
        slope, squeeze, tuple(map(described, found)),
    )  # fmt: skip
