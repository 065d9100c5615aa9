"""Divergences: price makes a new swing extreme that an oscillator does not.

Bullish: the last swing low is lower than the one before, the oscillator's value there is higher.
Bearish is the mirror image: a higher swing high at a lower value. Only a swing that is RECENT
counts.
"""

from typing import NamedTuple

from leadline.analysis.bars import Array
from leadline.analysis.chart import Chart
from leadline.analysis.scored import clip
from leadline.analysis.swings import Indices

RECENT = 20  # bars
FULL_RSI = 15.0  # points between the two swings
FULL_MACD = 1.0  # ATR
ROUNDING = 1e-9  # of a full gap: less is no divergence


class Divergence(NamedTuple):
    """One divergence: its oscillator, -1..1 (bullish positive), and how many bars ago the swing was."""

    oscillator: str
    strength: float
    bars_ago: int


def divergences(chart: Chart) -> list[Divergence]:
    """Return the divergences between price and RSI, and price and the MACD histogram."""
    oscillators = (("RSI", chart.rsi / FULL_RSI), ("MACD histogram", chart.macd_histogram / (FULL_MACD * chart.atr)))
    found = []
    for name, series in oscillators:
        for side, prices, swings in ((1.0, chart.low, chart.lows), (-1.0, chart.high, chart.highs)):
            gap_and_age = _between(prices, swings, series, side)
            if gap_and_age is not None:
                found.append(Divergence(name, side * clip(gap_and_age[0]), gap_and_age[1]))
    return found


def _between(prices: Array, swings: Indices, series: Array, side: float) -> tuple[float, int] | None:
    """Return how far the oscillator rose (side 1) against a new low, and the bars since; None without a divergence."""
    if len(swings) < 2:
        return None
    before, last = int(swings[-2]), int(swings[-1])
    age = len(prices) - 1 - last
    extreme = side * float(prices[last] - prices[before])
    gap = side * float(series[last] - series[before])
    # a series still warming up at the earlier swing is NaN there, and no comparison with it holds
    return (gap, age) if age <= RECENT and extreme < 0.0 and gap > ROUNDING else None
