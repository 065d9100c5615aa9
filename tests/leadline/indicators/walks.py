"""Price walks for the indicators' tests: random steps, still stretches and jumps, never below one tick.

Prices are multiples of 1/64, so that every sum and difference of them is exact and a test sees
the indicator's rounding, not the price's.
"""

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


_moves = st.one_of(st.integers(-40, 40), st.just(0), st.integers(-4000, 4000))
_runs = st.lists(st.tuples(_moves, st.integers(1, 12)), min_size=1, max_size=40)


@st.composite
def prices(draw: st.DrawFn, min_size: int = 1) -> list[float]:
    """Draw a walk; each drawn move is followed by a still stretch or repeated."""
    at, walk = draw(st.integers(20_000, 100_000)), []
    for move, length in draw(_runs):
        repeats = draw(st.booleans())
        for step in range(length):
            if step == 0 or repeats:
                at = min(max(at + move, 1), 200_000)
            walk.append(at * TICK)
    while len(walk) < min_size:
        walk.append(walk[len(walk) % 7] if len(walk) > 7 else walk[-1])
    return walk


@st.composite
def candles(draw: st.DrawFn, min_size: int = 1) -> list[Ohlcv]:
    """Draw candles around a walk's closes; one in three has no volume."""
    out = []
    for close in draw(prices(min_size)):
        up, down, volume = draw(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 900)))
        out.append(Ohlcv(close + up * TICK, max(close - down * TICK, 0.0), close, max(0, volume - 300) / 8))
    return out


def upside_down(candle: Ohlcv) -> Ohlcv:
    """Turn a candle's prices p -> c - p."""
    return Ohlcv(MIRROR - candle.low, MIRROR - candle.high, MIRROR - candle.close, candle.volume)
