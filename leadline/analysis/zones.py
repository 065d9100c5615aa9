"""Zones: levels that lie together, as support below the price and resistance above it.

A zone is at most MOST_WIDTH ATR high and as strong as the weights of its levels. Merging always
takes the closest pair first, so a chart turned upside down gives the mirrored zones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from leadline.analysis.levels import Level

MOST_WIDTH = 0.75  # ATR
REACH = 8.0  # ATR from the price
MOST_ZONES = 4  # a side
TIE = 1e-9  # ATR

Kind = Literal["support", "resistance", "inside"]


@dataclass(frozen=True)
class Zone:
    """A stretch of prices that may hold, `inside` where the price is in it."""

    kind: Kind
    low: float
    high: float
    strength: float
    distance_atr: float  # of its nearer edge from the price; 0 inside
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Breakout:
    """A price beyond which the nearest zone on that side has given way."""

    side: Literal["up", "down"]
    level: float
    distance_atr: float
    reason: str


def zones(levels: Sequence[Level], price: float, atr: float) -> tuple[Zone, ...]:
    """Return the strongest zones around a price, ascending; none where nothing moved."""
    if atr <= 0.0:
        return ()
    near = sorted((level for level in levels if abs(level.price - price) <= REACH * atr), key=lambda one: one.price)
    found = [_zone(group, price, atr) for group in merged(near, MOST_WIDTH * atr, price, TIE * atr)]
    kept = [zone for zone in found if zone.kind == "inside"]
    for kind in ("support", "resistance"):
        side = [zone for zone in found if zone.kind == kind]
        kept += sorted(side, key=lambda zone: (-round(zone.strength, 9), zone.distance_atr))[:MOST_ZONES]
    return tuple(sorted(kept, key=lambda zone: zone.low))


def merged(levels: Sequence[Level], width: float, price: float, tie: float) -> list[list[Level]]:
    """Return ascending levels in groups: the closest neighbours join while their group is not too wide.

    Of pairs that are as close the one nearer to the price joins first.
    """
    groups = [[level] for level in levels]
    while len(groups) > 1:
        spans = [groups[at + 1][-1].price - groups[at][0].price for at in range(len(groups) - 1)]
        least = min(spans)
        if least > width + tie:
            break
        tied = [at for at, span in enumerate(spans) if span <= least + tie]
        at = min(tied, key=lambda at: abs(groups[at][0].price + groups[at + 1][-1].price - 2.0 * price))
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    return groups


def _zone(group: Sequence[Level], price: float, atr: float) -> Zone:
    low, high = group[0].price, group[-1].price
    kind: Kind = "support" if high < price else "resistance" if low > price else "inside"
    distance = max(price - high, low - price, 0.0) / atr
    heaviest_first = sorted(group, key=lambda level: -level.weight)
    reasons = dict.fromkeys(level.reason for level in heaviest_first)  # each once
    return Zone(kind, low, high, fsum(level.weight for level in group), distance, tuple(reasons))


def breakouts(zones: Sequence[Zone], price: float, atr: float) -> tuple[Breakout, ...]:
    """Return the levels whose passing is a break: the far edge of the nearest zone on each side."""
    found = []
    above = [zone for zone in zones if zone.kind == "resistance"]
    below = [zone for zone in zones if zone.kind == "support"]
    if above:
        zone = min(above, key=lambda zone: zone.low)
        found.append(Breakout("up", zone.high, (zone.high - price) / atr, f"above {' and '.join(zone.reasons[:2])}"))
    if below:
        zone = max(below, key=lambda zone: zone.high)
        found.append(Breakout("down", zone.low, (price - zone.low) / atr, f"below {' and '.join(zone.reasons[:2])}"))
    return tuple(found)
