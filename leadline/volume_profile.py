"""Volume profile: how much was traded at each price, and what stands out in it.

Volume is in base, prices in quote. A bar's volume is spread evenly over its range; trades count
where they happened. Turn the prices upside down (p -> c-p) and the profile turns with them: the
value area's high becomes its low, and an exact tie is broken for neither side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

VALUE_AREA = 0.70  # market-profile convention
BINS = 100
NODE_REACH = 3  # bins each side that a node stands out from
HEAVY, LIGHT = 1.5, 0.5  # times the mean bin: at least this is a high-volume node, at most that a low one
TIE = 1e-9  # volumes closer than this fraction of the heaviest bin are equal: rounding breaks no tie


@dataclass(frozen=True)
class VolumeProfile:
    """What a profile says. `place` is where a price lies in it; nodes ascend in price."""

    low: float  # of all that was traded
    high: float
    bin_width: float
    volume: float  # base
    poc: float  # point of control: the middle of the heaviest bin
    vah: float  # the value area's upper edge
    val: float
    value_area: float  # fraction of the volume inside it
    high_nodes: tuple[float, ...]
    low_nodes: tuple[float, ...]
    histogram: tuple[float, ...]  # volume by bin, ascending in price

    @property
    def half_width(self) -> float:
        """Half the width of the value area; 0 where nothing moved."""
        return (self.vah - self.val) / 2.0

    def share_below(self, price: float) -> float:
        """Return the fraction of the volume that was traded below a price, 0..1.

        >>> profile([9.0, 10.0], [11.0, 12.0], [1.0, 1.0], bins=6).share_below(10.5)
        0.5
        """
        if self.bin_width <= 0.0:
            return 0.5 * ((price > self.low) + (price >= self.low))
        at = (price - self.low) / self.bin_width
        whole = min(max(int(at), 0), len(self.histogram) - 1)
        part = min(max(at - whole, 0.0), 1.0)
        return (fsum(self.histogram[:whole]) + part * self.histogram[whole]) / self.volume

    def place(self, price: float) -> str:
        """Return where a price lies, in words."""
        if price > self.vah:
            return "above the value area"
        if price < self.val:
            return "below the value area"
        level = TIE * max(abs(self.low), abs(self.high))
        if abs(price - self.poc) <= level:
            return "at the point of control"
        return f"in the value area, {'above' if price > self.poc else 'below'} the point of control"


def spread(lows: Array, highs: Array, volumes: Array, edges: Array) -> Array:
    """Return the volume in each bin, each bar spread evenly over its range.

    `lows`, `highs`, `volumes`: (n,); `edges`: (bins + 1,), ascending and evenly, around all of them. A
    bar without a range that lies on an edge counts half on each side of it, so that no side is
    preferred.
    """
    ranges = highs - lows
    wide = ranges > TIE * (edges[-1] - edges[0])
    points = _points(lows[~wide], volumes[~wide], edges)
    stretches = _stretches(lows[wide], highs[wide], volumes[wide] / ranges[wide], edges)
    return np.maximum(points + stretches, 0.0)  # where nothing was traded, rounding may leave less than that


def _points(prices: Array, volumes: Array, edges: Array) -> Array:
    bins = len(edges) - 1
    at = (prices - edges[0]) / (edges[-1] - edges[0]) * bins
    edge = np.rint(at)
    on_edge = np.abs(at - edge) <= TIE * bins
    below = np.clip(np.where(on_edge, edge - 1.0, np.floor(at)), 0, bins - 1).astype(np.int64)
    above = np.clip(np.where(on_edge, edge, np.floor(at)), 0, bins - 1).astype(np.int64)
    halves, found = volumes / 2.0, np.zeros(bins)
    for side in (below, above):
        found += np.bincount(side, halves, bins)
    return found


def _stretches(lows: Array, highs: Array, densities: Array, edges: Array) -> Array:
    """Spread volume that is given per unit of price: part of the first and the last bin, all of those between."""
    bins = len(edges) - 1
    width = (edges[-1] - edges[0]) / bins
    first, last = (np.clip((side - edges[0]) // width, 0, bins - 1).astype(np.int64) for side in (lows, highs))
    inside = first == last
    into_first = np.where(inside, highs - lows, edges[first + 1] - lows)
    into_last = np.where(inside, 0.0, highs - edges[last])
    starts = np.bincount(first + 1, np.where(inside, 0.0, densities), bins + 1)
    ends = np.bincount(last, np.where(inside, 0.0, densities), bins + 1)
    found: Array = np.cumsum(starts - ends)[:bins] * np.diff(edges)
    found += np.bincount(first, densities * into_first, bins) + np.bincount(last, densities * into_last, bins)
    return found


def profile(
    lows: Sequence[float] | Array,
    highs: Sequence[float] | Array,
    volumes: Sequence[float] | Array,
    bins: int = BINS,
    value_area: float = VALUE_AREA,
) -> VolumeProfile | None:
    """Return the profile of bars (a trade is a bar without a range); None where nothing was traded.

    >>> p = profile([9.0, 10.0], [11.0, 12.0], [2.0, 1.0], bins=3)
    >>> p.histogram, p.poc, p.val, p.vah
    ((1.0, 1.5, 0.5), 10.5, 9.0, 11.0)
    """
    low, high, volume = (np.asarray(column, dtype=np.float64) for column in (lows, highs, volumes))
    traded = volume > 0.0
    if not traded.any():
        return None
    low, high, volume = low[traded], high[traded], volume[traded]
    bottom, top = float(low.min()), float(high.max())
    if top - bottom <= TIE * TIE * max(abs(top), abs(bottom)):  # one price: one bin without a width
        total = float(volume.sum())
        return VolumeProfile(bottom, top, 0.0, total, bottom, bottom, bottom, 1.0, (), (), (total,))
    # from the bottom up: differences of prices turn exactly with their prices, prices far from 0 do not
    edges = (top - bottom) * (np.arange(bins + 1) / bins)
    histogram = [float(v) for v in spread(low - bottom, high - bottom, volume, edges)]
    return _described(bottom, edges, histogram, value_area)


def _described(bottom: float, edges: Array, histogram: list[float], value_area: float) -> VolumeProfile:
    first, last = point_of_control(histogram)
    width = float(edges[-1]) / len(histogram)
    total = fsum(histogram)
    lowest, highest = grown(histogram, first, last, value_area)
    heavy, light = nodes(histogram)
    return VolumeProfile(
        bottom, bottom + float(edges[-1]), width, total,
        poc=bottom + width * (first + last + 1) / 2.0,
        vah=bottom + float(edges[highest + 1]), val=bottom + float(edges[lowest]),
        value_area=fsum(histogram[lowest : highest + 1]) / total,
        high_nodes=tuple(bottom + width * at for at in heavy),
        low_nodes=tuple(bottom + width * at for at in light),
        histogram=tuple(histogram),
    )  # fmt: skip


def point_of_control(histogram: Sequence[float]) -> tuple[int, int]:
    """Return the heaviest bin, twice; of a tie the one nearest to the middle, or the two as near.

    >>> point_of_control([1.0, 3.0, 2.0]), point_of_control([3.0, 1.0, 1.0, 3.0]), point_of_control([3.0, 3.0, 1.0])
    ((1, 1), (0, 3), (1, 1))
    """
    heaviest = max(histogram)
    tied = [at for at, volume in enumerate(histogram) if volume >= heaviest * (1.0 - TIE)]
    off_middle = [abs(2 * at + 1 - len(histogram)) for at in tied]
    nearest = [at for at, off in zip(tied, off_middle, strict=True) if off == min(off_middle)]
    return nearest[0], nearest[-1]


def grown(histogram: Sequence[float], first: int, last: int, fraction: float = VALUE_AREA) -> tuple[int, int]:
    """Return the first and last bin of the value area: grown from the POC by the heavier neighbour; both on a tie.

    >>> grown([1.0, 2.0, 4.0, 1.0, 2.0], 2, 2, 0.6)
    (1, 2)
    """
    wanted, level = fraction * fsum(histogram) * (1.0 - TIE), TIE * max(histogram)
    while fsum(histogram[first : last + 1]) < wanted and (first > 0 or last < len(histogram) - 1):
        below = histogram[first - 1] if first > 0 else -1.0
        above = histogram[last + 1] if last < len(histogram) - 1 else -1.0
        if below >= above - level and first > 0:
            first -= 1
        if above >= below - level and last < len(histogram) - 1:
            last += 1
    return first, last


def nodes(histogram: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return where the heavy and the light nodes are, in bins from the low edge, ascending.

    A node is a run of equal bins that is the most (the least) within NODE_REACH bins of itself, and
    beyond HEAVY (LIGHT) times the mean bin. A light node lies between two heavier bins.

    >>> nodes([1.0, 1.0, 1.0, 9.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    ([3.5], [7.0])
    """
    mean, level = fsum(histogram) / len(histogram), TIE * max(histogram)
    heavy, light = [], []
    for first, last in _runs(histogram):
        volume = histogram[first]
        around = [*histogram[max(0, first - NODE_REACH) : first], *histogram[last + 1 : last + 1 + NODE_REACH]]
        if not around:
            continue
        if volume >= HEAVY * mean - level and volume >= max(around) - level:
            heavy.append((first + last + 1) / 2.0)
        inside = first > 0 and last < len(histogram) - 1
        if inside and volume <= LIGHT * mean + level and volume <= min(around) + level:
            light.append((first + last + 1) / 2.0)
    return heavy, light


def _runs(histogram: Sequence[float]) -> list[tuple[int, int]]:
    """Return (first, last) of each run of bins that are equal but for rounding."""
    level = TIE * max(histogram)
    runs: list[tuple[int, int]] = []
    for at, volume in enumerate(histogram):
        if runs and abs(volume - histogram[at - 1]) <= level:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs
