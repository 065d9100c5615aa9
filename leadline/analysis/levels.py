"""Levels: prices at which something happened, each with a weight and its reason.

They come from the volume profile (where much was traded), from confirmed swings of every timeframe
of the profile, and from the anchor's newest bar and slow average. Prices in quote.
"""

from collections.abc import Mapping
from typing import NamedTuple

from leadline.analysis.bars import Timeframe
from leadline.analysis.chart import EMA_SLOW, Chart
from leadline.times import utc
from leadline.volume_profile import VolumeProfile

SWINGS = 8  # newest of each kind and timeframe
W_POC, W_EDGE, W_NODE, W_SWING, W_BAR, W_AVERAGE = 3.0, 2.0, 1.5, 1.0, 1.0, 1.0


class Level(NamedTuple):
    """One price that may hold."""

    price: float
    weight: float
    reason: str


def levels(
    charts: Mapping[Timeframe, Chart], weights: Mapping[Timeframe, float], anchor: Chart, made: VolumeProfile | None,
    since_ns: int,
) -> list[Level]:  # fmt: skip
    """Return the levels of a profile, in no order; no swing whose bar opened before a time."""
    found = [] if made is None else of_volume(made)
    for timeframe in weights:
        if timeframe in charts:
            found += of_swings(charts[timeframe], W_SWING + weights[timeframe], since_ns)
    return found + of_anchor(anchor)


def of_volume(made: VolumeProfile) -> list[Level]:
    """Return the levels of a volume profile; the node that is the point of control counts once."""
    nodes = [node for node in made.high_nodes if abs(node - made.poc) > made.bin_width / 2.0]
    return [
        Level(made.poc, W_POC, "point of control"),
        Level(made.vah, W_EDGE, "value area high"),
        Level(made.val, W_EDGE, "value area low"),
        *(Level(node, W_NODE, "high-volume node") for node in nodes),
    ]


def of_swings(chart: Chart, weight: float, since_ns: int) -> list[Level]:
    """Return the newest confirmed swing highs and lows of a timeframe."""
    found = []
    for kind, prices, swings in (("high", chart.bars.high, chart.highs), ("low", chart.bars.low, chart.lows)):
        found += [
            Level(float(prices[at]), weight, f"{chart.timeframe} swing {kind} of {day(int(chart.bars.open_ns[at]))}")
            for at in swings[-SWINGS:]
            if chart.bars.open_ns[at] >= since_ns
        ]
    return found


def of_anchor(chart: Chart) -> list[Level]:
    """Return the anchor's newest high and low and its slow average."""
    return [
        Level(float(chart.bars.high[-1]), W_BAR, f"last {chart.timeframe} high"),
        Level(float(chart.bars.low[-1]), W_BAR, f"last {chart.timeframe} low"),
        Level(chart.price(chart.ema_slow[-1]), W_AVERAGE, f"{chart.timeframe} EMA {EMA_SLOW}"),
    ]


def day(open_ns: int) -> str:
    """Return when a bar opens, as a date, with the time where it is not midnight.

    >>> day(1673049600 * 10**9), day(1673082000 * 10**9)
    ('2023-01-07', '2023-01-07 09:00')
    """
    at = utc(open_ns)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"
