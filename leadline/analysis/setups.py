"""Setups: how a profile's bias would be traded: where to enter, where it is wrong, where it leads.

A setup is a plan, not an order. Prices are found in distances along the trade (positive towards the
target), so a short is the exact mirror of a long. The entry that costs and risk are counted from
is the worst price of the entry zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from leadline.analysis.bars import Timeframe, span_ns
from leadline.analysis.chart import Chart
from leadline.analysis.profiles import HORIZON, PLANS, Horizon, ProfileName
from leadline.analysis.sizing import Sized, sized, win_rate_prior
from leadline.analysis.steps import Steps
from leadline.analysis.zones import Zone
from leadline.hft import Confidence
from leadline.settings import Settings
from leadline.shown import shown_price

ENTRY_REACH = 2.0  # ATR: a zone farther away than this is not waited for
PULLBACK = 0.5  # ATR, where no zone is near
LEAST_ZONE = 0.25  # ATR of an entry zone's height
BEYOND_ZONE = 0.5  # ATR between the entry zone and the stop
HIDE = 0.25  # ATR between a stop and the zone that it hides behind
FAR_TARGET = 1.5  # times the least target: structure farther away than this is no target
SECOND_TARGET = 1.5  # times the first
MOST_CHANGE = 2.0  # a target beyond double or half the price is none: an ATR of a wild year is not a plan


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


@dataclass(frozen=True)
class Target:
    """Where to take a profit. `r_multiple` is gross, in stop distances; `net_rr` after fees."""

    price: float
    r_multiple: float
    net_rr: float | None
    reason: str


@dataclass(frozen=True)
class Setup:
    """A plan with all that it costs. Prices and amounts in quote, sizes in base, lengths in seconds."""

    horizon: Horizon
    side: Literal["buy", "sell"]
    timeframe: Timeframe  # whose ATR it is measured in
    entry_low: float
    entry_high: float
    entry: float  # pay up to (a short: sell down to)
    entry_reason: str
    stop: float
    stop_reason: str
    targets: tuple[Target, ...]
    size_base: float
    size_quote: float
    risk_quote: float
    risk_fraction: float  # of equity that it may lose at the stop, before the notional cap and the lots hold its size
    cost_bps: float
    net_rr: float | None
    breakeven_win_rate: float | None
    win_rate_prior: float  # of a market without direction; shown, not proven
    verdict: Literal["tradable", "not_tradable"]
    verdict_reasons: tuple[str, ...]
    strength: float
    confidence: Confidence
    lasts_low_seconds: float
    lasts_high_seconds: float
    notes: tuple[str, ...]


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


def setup(basis: Basis, rules: Settings) -> Setup | str:
    """Return the setup of a profile, or why there is none."""
    atr = basis.chart.atr_quote
    if basis.side == 0:
        return "the bias is neutral"
    if basis.chart.timeframe not in PLANS[basis.name].setup_on:
        needed = " or ".join(PLANS[basis.name].setup_on)
        return f"needs {needed} bars: {basis.chart.timeframe} bars are of another horizon"
    if atr <= 0.0:
        return "the price did not move, so there is no ATR to measure a stop by"
    path = _on_steps(_path(basis, atr, rules.ultimate_analyzer.stop_atr), basis.steps)
    targets = _targets(basis, path, rules.ultimate_analyzer.reward_ratio)
    ends = [end for end in targets if basis.price / MOST_CHANGE <= basis.at(end[0]) <= basis.price * MOST_CHANGE]
    size = f"one {basis.chart.timeframe} ATR is {shown_price(atr)} of {basis.price:,.8g}"
    if min(basis.at(behind) for behind in (path.stop, path.entry_low)) <= 0.0:
        return f"its stop or entry would lie below zero: {size}"
    if not ends:
        beyond = "more than double" if basis.side > 0 else "less than half"
        return f"its target would be {beyond} the price: {size}"
    return _setup(basis, path, ends, rules)


def _on_steps(path: Path, steps: Steps) -> Path:
    """Return the path in prices that can be entered: the zone rounded outwards, the stop away from it."""
    low, high = steps.down(path.entry_low), steps.up(path.entry_high)
    return path._replace(entry_low=low, entry_high=high, stop=min(steps.down(path.stop), low - steps.step))


def _path(basis: Basis, atr: float, stop_atr: float) -> Path:
    low, high, reason = _entry_zone(basis, atr)
    stop, why = low - BEYOND_ZONE * atr, f"{BEYOND_ZONE:g} ATR beyond the entry zone"
    if high - stop < stop_atr * atr:
        stop, why = high - stop_atr * atr, f"{stop_atr:g} ATR from the entry"
    # a stop in a zone, or right in front of one, would go where price may turn: it hides behind it
    shelters = [(*_along(basis, zone), ", ".join(zone.reasons[:3])) for zone in basis.zones]
    fitting = [it for it in shelters if it[0] - HIDE * atr < stop <= it[1] + HIDE * atr and it[1] <= low]
    if fitting:
        far, _, reasons = max(fitting, key=lambda it: it[1])
        stop, why = far - HIDE * atr, f"{HIDE:g} ATR beyond {reasons}"
    return Path(low, high, reason, stop, why)


def _entry_zone(basis: Basis, atr: float) -> tuple[float, float, str]:
    """Return the nearest zone that price may come back to: its far and near edge, and its reason.

    No part of it is ahead of the price now: that would be chasing.
    """
    behind = [(*_along(basis, zone), _named(basis, zone)) for zone in basis.zones if _along(basis, zone)[0] <= 0.0]
    near = [(low, min(high, 0.0), reason) for low, high, reason in behind if high >= -ENTRY_REACH * atr]
    if not near:
        return -PULLBACK * atr, 0.0, f"a pullback of up to {PULLBACK:g} ATR: no zone within {ENTRY_REACH:g} ATR"
    low, high, reason = max(near, key=lambda zone: zone[0] + zone[1])
    return min(low, high - LEAST_ZONE * atr), high, reason


def _along(basis: Basis, zone: Zone) -> tuple[float, float]:
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


def _targets(basis: Basis, path: Path, reward: float) -> list[tuple[float, str]]:
    """Return two targets as distances along the trade: structure where it is far enough, else multiples of R."""
    ahead = sorted(Ahead(*_along(basis, zone), _named(basis, zone)) for zone in basis.zones)
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


def _setup(basis: Basis, path: Path, ends: list[tuple[float, str]], rules: Settings) -> Setup:
    at, entry = basis.at, basis.at(path.entry_high)
    horizon, equity, modifier = HORIZON[basis.name], basis.equity_quote, basis.size_modifier
    plan: list[Sized] = [
        sized(horizon, entry, path.risk, end - path.entry_high, equity, modifier, rules) for end, _ in ends
    ]
    first = plan[0]
    low, high = sorted((at(path.entry_low), at(path.entry_high)))
    shortest, longest = lasting(ends[0][0] - path.entry_high, basis.chart)
    return Setup(
        horizon, "buy" if basis.side > 0 else "sell", basis.chart.timeframe,
        low, high, entry, path.entry_reason, at(path.stop), path.stop_reason,
        targets=tuple(
            Target(at(end), (end - path.entry_high) / path.risk, money.costs.net_rr, reason)
            for (end, reason), money in zip(ends, plan, strict=True)
        ),
        size_base=first.size_base, size_quote=first.size_base * entry, risk_quote=first.risk_quote,
        risk_fraction=first.risk_fraction,
        cost_bps=first.costs.cost_bps, net_rr=first.costs.net_rr, breakeven_win_rate=first.costs.breakeven_win_rate,
        win_rate_prior=win_rate_prior(path.risk, ends[0][0] - path.entry_high),
        verdict=first.verdict, verdict_reasons=first.reasons,
        strength=basis.strength, confidence=basis.confidence,
        lasts_low_seconds=shortest, lasts_high_seconds=longest,
        notes=(
            *([basis.doubt] if basis.doubt else []), *first.notes, *_unseen(basis, [at(end) for end, _ in ends]),
            *_in_the_way(basis, path, ends[0][0]),
        ),
    )  # fmt: skip


def _unseen(basis: Basis, targets: Sequence[float]) -> list[str]:
    edge = basis.traded[1 if basis.side > 0 else 0]
    return [
        f"target {n} is beyond anything traded in the bars looked at, which end at {edge:,.8g}"
        for n, target in enumerate(targets, 1)
        if basis.side * (target - edge) > 0.0
    ]


def lasting(distance: float, chart: Chart) -> tuple[float, float]:
    """Return how long a distance takes, in seconds: at one ATR a bar, and as a walk without direction."""
    atrs = distance / chart.atr_quote
    bar_s = span_ns(chart.timeframe) / 1e9
    return max(atrs, 1.0) * bar_s, max(atrs * atrs, atrs, 1.0) * bar_s


def _in_the_way(basis: Basis, path: Path, target: float) -> list[str]:
    notes = []
    for zone in basis.zones:
        near = _along(basis, zone)[0]
        if max(path.entry_high, 0.0) < near < target:
            r_multiple = (near - path.entry_high) / path.risk
            notes.append(f"{zone.kind} at {r_multiple:.1f} R stands in the way: {', '.join(zone.reasons[:2])}")
    return notes
