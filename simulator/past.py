"""The past of the exchange's market, before it began: a seeded walk that ends at its first price.

It exists so that a client can warm up and an analysis has something to read, not to be traded on. Like
Kraken's it has 720 candles of each timeframe, so it is coarser the longer ago: minutes, before them five
minutes, and so on to days.
"""

from typing import NamedTuple

from leadline.times import MINUTE_NS
from simulator.chance import Draw, bell, dice

ROWS = 720  # closed candles that Kraken gives of a timeframe, whatever is asked
SPANS = (1, 5, 15, 30, 60, 240, 1440)  # minutes; each is whole in the next
WALK_BPS, WICK_BPS = 4.5, 2.5  # a minute; of a longer bar, times the root of its minutes
QUIET = 0.01  # share of minutes without trades


class PastBar(NamedTuple):
    """One bar of so many minutes; one without trades is flat."""

    open_s: int
    open: float
    high: float
    low: float
    close: float
    minutes: int


def past(symbol: str, seed: int, start_ns: int, start_price: float) -> list[PastBar]:
    """Return the bars before the minute of `start_ns`, oldest first, without a hole between them."""
    draw = dice(seed, symbol, "history")
    minute_s = start_ns // MINUTE_NS * 60
    open_s, close, bars = minute_s, start_price, []
    for minutes, coarser in zip(SPANS, (*SPANS[1:], SPANS[-1]), strict=True):
        span_s = 60 * minutes
        begins_s = min(minute_s - minute_s % span_s - ROWS * span_s, open_s)
        begins_s -= begins_s % (60 * coarser)  # where a bar of the next timeframe ends
        while open_s > begins_s:
            open_s -= span_s
            bar = _before(draw, open_s, close, minutes)
            bars.append(bar)
            close = bar.open
    bars.reverse()
    return bars


def _before(draw: Draw, open_s: int, close: float, minutes: int) -> PastBar:
    """Return the bar that ends at a price."""
    root = minutes**0.5
    quiet = draw() < QUIET and minutes == 1
    first = close if quiet else close / (1.0 + WALK_BPS * root * 1e-4 * bell(draw))
    wick = 0.0 if quiet else WICK_BPS * root * 1e-4 * draw()
    return PastBar(open_s, first, max(first, close) * (1.0 + wick), min(first, close) * (1.0 - wick), close, minutes)
