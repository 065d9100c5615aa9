"""ADX: how strong a trend is, whichever way it goes (Wilder 1978), 0 to 100.

A bar's move counts for the larger of its two sides, up or down, and for neither on a tie. Prices in
decimals tie often; TA-Lib leaves it to rounding which side then gets all of it, so a chart turned
upside down would not give the same ADX. Here a tie is a tie. Everywhere else this is TA-Lib's ADX.
"""

import numpy as np

from leadline.analysis.bars import Array

PERIOD = 14
TIE = 1e-9  # in the unit of the prices, which is the mean true range


def adx(high: Array, low: Array, close: Array, period: int = PERIOD) -> float:
    """Return the newest ADX of (n,) scaled prices, oldest first; n is at least twice the period."""
    up, down = np.diff(high), -np.diff(low)
    tie = np.abs(up - down) <= TIE
    plus = np.where((up > down) & (up > 0.0) & ~tie, up, 0.0)
    minus = np.where((down > up) & (down > 0.0) & ~tie, down, 0.0)
    ranges = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    moves, falls, spans = (_wilder_sums(column, period) for column in (plus, minus, ranges))
    strength = [_directional(*three) for three in zip(moves, falls, spans, strict=True)]
    average = float(np.mean(strength[:period]))
    for value in strength[period:]:
        average = (average * (period - 1) + value) / period
    return average


def _wilder_sums(values: Array, period: int) -> list[float]:
    """Return Wilder's running sums from the period-th value on, seeded by the plain sum of those before it."""
    total = float(np.sum(values[: period - 1]))
    sums = []
    for value in values[period - 1 :].tolist():
        total += value - total / period
        sums.append(total)
    return sums


def _directional(plus: float, minus: float, span: float) -> float:
    """Return how one-sided the movement is, 0..100; 0 where there is none."""
    moved = plus + minus
    return 100.0 * abs(plus - minus) / moved if span > 0.0 and moved > TIE * span else 0.0
