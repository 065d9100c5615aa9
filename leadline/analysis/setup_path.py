"""The path of a setup: where it enters, where it is wrong and where it leads, in distances along the trade.

Distances are positive towards the target, so a short is the exact mirror of a long. The entry that
costs and risk are counted from is the worst price of the entry zone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from leadline.analysis.chart import Chart
from leadline.analysis.profiles import ProfileName
from leadline.analysis.steps import Steps
from leadline.analysis.zones import Zone
from leadline.hft import Confidence

ENTRY_REACH = 2.0  # ATR: a zone farther away than this is not waited for
PULLBACK = 0.5  # ATR, where no zone is near
LEAST_ZONE = 0.25  # ATR of an entry zone's height
BEYOND_ZONE = 0.5  # ATR between the entry zone and the stop
HIDE = 0.25  # ATR between a stop and the zone that it hides behind
FAR_TARGET = 1.5  # times the least target: structure farther away than this is no target
SECOND_TARGET = 1.5  # times the first


class Basis(NamedTuple):
    """What a setup is made from."""

    name: ProfileName
    side: int  # +1 long, -1 short
    price: float
    chart: Chart  # the anchor's
    zones: Sequence[Zone]
    strength: float  # 0..100
    confidence: Confidence
    size_modifier: float
    equity_quote: float
    steps: Steps
    traded: tuple[float, float]  # the lowest and highest price in the profile's charts
    doubt: str  # why its price is not to be relied on; empty where it is

    def at(self, distance: float) -> float:
        """Return the price at a distance along the trade."""
        return self.steps.price(self.price + self.side * distance)


class Path(NamedTuple):
    """A plan in distances along the trade, 0 at the price now."""

    entry_low: float  # the far edge of the zone, the better price
    entry_high: float
    entry_reason: str
    stop: float
    stop_reason: str

    @property
    def risk(self) -> float:
        """Distance from the worst entry to the stop."""
        return self.entry_high - self.stop


def path_of(basis: Basis, atr: float, stop_atr: float) -> Path:
    """Return the path in prices that can be entered: the zone rounded outwards, the stop away from it."""
    path, steps = _path(basis, atr, stop_atr), basis.steps
    low, high = steps.down(path.entry_low), steps.up(path.entry_high)
    return path._replace(entry_low=low, entry_high=high, stop=min(steps.down(path.stop), low - steps.step))


def _path(basis: Basis, atr: float, stop_atr: float) -> Path:
    low, high, reason = _entry_zone(basis, atr)
    stop, why = low - BEYOND_ZONE * atr, f"{BEYOND_ZONE:g} ATR beyond the entry zone"
    if high - stop < stop_atr * atr:
        stop, why = high - stop_atr * atr, f"{stop_atr:g} ATR from the entry"
    # a stop in a zone, or right in front of one, would go where price may turn: it hides behind it
    shelters = [(*along(basis, zone), ", ".join(zone.reasons[:3])) for zone in basis.zones]
    fitting = [it for it in shelters if it[0] - HIDE * atr < stop <= it[1] + HIDE * atr and it[1] <= low]
    if fitting:
        far, _, reasons = max(fitting, key=lambda it: it[1])
        stop, why = far - HIDE * atr, f"{HIDE:g} ATR beyond {reasons}"
    return Path(low, high, reason, stop, why)


def _entry_zone(basis: Basis, atr: float) -> tuple[float, float, str]:
    """Return the nearest zone that price may come back to: its far and near edge, and its reason.

    No part of it is ahead of the price now: that would be chasing.
    """
    behind = [(*along(basis, zone), _named(basis, zone)) for zone in basis.zones if along(basis, zone)[0] <= 0.0]
    near = [(low, min(high, 0.0), reason) for low, high, reason in behind if high >= -ENTRY_REACH * atr]
    if not near:
        return -PULLBACK * atr, 0.0, f"a pullback of up to {PULLBACK:g} ATR: no zone within {ENTRY_REACH:g} ATR"
    low, high, reason = max(near, key=lambda zone: zone[0] + zone[1])
    return min(low, high - LEAST_ZONE * atr), high, reason


def along(basis: Basis, zone: Zone) -> tuple[float, float]:
    """Return a zone's edges as distances along the trade, the farther behind first."""
    edges = basis.side * (zone.low - basis.price), basis.side * (zone.high - basis.price)
    return min(edges), max(edges)


def _named(basis: Basis, zone: Zone) -> str:
    return f"{zone.kind if zone.kind != 'inside' else 'price is inside'}: {', '.join(zone.reasons[:3])}"


class Ahead(NamedTuple):
    """A zone that ends ahead of the price, in distances along the trade."""

    near: float
    far: float
    reason: str


def targets_of(basis: Basis, path: Path, reward: float) -> list[tuple[float, str]]:
    """Return two targets as distances along the trade: structure where it is far enough, else multiples of R."""
    ahead = sorted(Ahead(*along(basis, zone), _named(basis, zone)) for zone in basis.zones)
    first = _target(ahead, path, reward, basis.steps)
    return [first, _target(ahead, path, SECOND_TARGET * (first[0] - path.entry_high) / path.risk, basis.steps)]


def _target(ahead: list[Ahead], path: Path, least_r: float, steps: Steps) -> tuple[float, str]:
    """Return a target on a step: where the first structure begins that ends so many R away or farther, but no nearer.

    One that begins nearer holds the target inside, and says so: none is worth less than so many R.
    """
    least, most = path.entry_high + least_r * path.risk, path.entry_high + FAR_TARGET * least_r * path.risk
    for zone in ahead:
        if zone.far < least:
            continue
        if zone.near > most:
            break
        if zone.near >= least:
            return max(steps.down(zone.near), steps.up(least)), zone.reason
        begins = (zone.near - path.entry_high) / path.risk
        return steps.up(least), f"{least_r:.1f} R, inside a zone that begins at {begins:.1f} R: {zone.reason}"
    return steps.up(least), f"{least_r:.1f} R: no listed zone from there to {FAR_TARGET * least_r:.1f} R"
