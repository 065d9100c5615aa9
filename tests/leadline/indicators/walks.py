"""Price walks for the indicators' tests: random steps, still stretches and jumps, never below one tick.

Prices are multiples of 1/64, so that every sum and difference of them is exact and a test sees
the indicator's rounding, not the price's.
"""

import random
from typing import NamedTuple

from hypothesis import strategies as st

TICK = 1 / 64
MIRROR = 4096.0  # c of p -> c - p; every price below stays under it


class Ohlcv(NamedTuple):
    """A candle as the indicators see it."""

    high: float
    low: float
    close: float
    volume: float


@st.composite
def prices(draw: st.DrawFn, min_size: int = 1) -> list[float]:
    """Draw a walk of up to 200 prices, mixed of steps, still stretches and jumps.

    Hypothesis picks the mixture and a seed: drawing each step on its own is a hundred times slower.
    """
    length, step, stillness, jumpiness = draw(
        st.tuples(st.integers(min_size, 200), st.integers(1, 60), st.integers(0, 10), st.integers(0, 3))
    )
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    at, walk = rng.randint(20_000, 100_000), []
    while len(walk) < length:
        still = rng.randint(1, 1 + 3 * stillness) if rng.random() < 0.3 else 1
        walk += [at * TICK] * still
        reach = 4000 if rng.random() < jumpiness / 20 else step
        at = min(max(at + rng.randint(-reach, reach), 1), 200_000)
    return walk[:length]


@st.composite
def candles(draw: st.DrawFn, min_size: int = 1) -> list[Ohlcv]:
    """Draw candles around a walk's closes; one in three has no volume."""
    closes = draw(prices(min_size))
    rng = random.Random(len(closes) * closes[-1])
    return [
        Ohlcv(close + rng.randint(0, 60) * TICK, max(close - rng.randint(0, 60) * TICK, 0.0), close,
              max(0, rng.randint(-300, 600)) / 8)
        for close in closes
    ]  # fmt: skip


def upside_down(candle: Ohlcv) -> Ohlcv:
    """Turn a candle's prices p -> c - p."""
    return Ohlcv(MIRROR - candle.low, MIRROR - candle.high, MIRROR - candle.close, candle.volume)
