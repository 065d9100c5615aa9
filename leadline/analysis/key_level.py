"""The key level: the price that must hold for the bias to stand, docs/analysis.md section 6.

Bullish: the highest of value area low, point of control, high-volume nodes and the last confirmed
daily swing low that lies 0.5 to 3 daily ATR below the price, or 1.5 ATR below it if none does.
Bearish is the mirror image. NEUTRAL: the point of control, which filters nothing.
"""

from dataclasses import dataclass

from leadline.analysis.chart import Chart
from leadline.analysis.levels import Level, day
from leadline.bias import BIAS_NUMBER, Bias
from leadline.volume_profile import VolumeProfile

NEAREST, FARTHEST, OTHERWISE = 0.5, 3.0, 1.5  # ATR
ROUNDING = 1e-9  # ATR


@dataclass(frozen=True)
class KeyLevel:
    """A price in quote, or None where there is nothing to make it of; and its reason."""

    price: float | None
    reason: str


def key_level(bias: Bias, price: float, daily: Chart | None, made: VolumeProfile | None) -> KeyLevel:
    """Return the key level under a bias. `daily` is the daily chart, or what stands in for it."""
    side = (BIAS_NUMBER[bias] > 0) - (BIAS_NUMBER[bias] < 0)
    if side == 0:
        return _neutral(made)
    if daily is None or daily.atr_quote <= 0.0:
        return KeyLevel(None, "no ATR to measure a distance by")
    atr = daily.atr_quote
    candidates = _of_profile(made, side) + _of_swing(daily, side)
    inside = [level for level in candidates if _fits(side * (price - level.price) / atr)]
    if not inside:
        where = "below" if side > 0 else "above"
        return KeyLevel(
            price - side * OTHERWISE * atr,
            f"{OTHERWISE:g} {daily.timeframe} ATR {where} the price: none lies {NEAREST:g} to {FARTHEST:g} ATR away",
        )
    nearest = max(inside, key=lambda level: side * level.price)
    away = side * (price - nearest.price) / atr
    where = "below" if side > 0 else "above"
    return KeyLevel(nearest.price, f"{nearest.reason}, {away:.1f} {daily.timeframe} ATR {where} the price")


def _neutral(made: VolumeProfile | None) -> KeyLevel:
    if made is None:
        return KeyLevel(None, "the bias is neutral and there is no volume profile")
    return KeyLevel(made.poc, "point of control; under a neutral bias it filters nothing")


def _fits(atrs: float) -> bool:
    return NEAREST - ROUNDING <= atrs <= FARTHEST + ROUNDING


def _of_profile(made: VolumeProfile | None, side: int) -> list[Level]:
    if made is None:
        return []
    edge = Level(made.val, 1.0, "value area low") if side > 0 else Level(made.vah, 1.0, "value area high")
    return [
        edge,
        Level(made.poc, 1.0, "point of control"),
        *(Level(node, 1.0, "high-volume node") for node in made.high_nodes),
    ]


def _of_swing(daily: Chart, side: int) -> list[Level]:
    """Return the last confirmed swing on the side that protects."""
    prices, swings, kind = (daily.bars.low, daily.lows, "low") if side > 0 else (daily.bars.high, daily.highs, "high")
    if not len(swings):
        return []
    at = int(swings[-1])
    return [Level(float(prices[at]), 1.0, f"{daily.timeframe} swing {kind} of {day(int(daily.bars.open_ns[at]))}")]
