"""Setups: how a profile's bias would be traded, with all that it costs.

A setup is a plan, not an order. Its prices are found as a path of distances (`setup_path`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.analysis.bars import Timeframe, span_ns
from leadline.analysis.chart import Chart
from leadline.analysis.profiles import HORIZON, PLANS, Horizon
from leadline.analysis.setup_path import Basis, Path, along, path_of, targets_of
from leadline.analysis.sizing import Sized, sized, win_rate_prior
from leadline.hft import Confidence
from leadline.settings import Settings
from leadline.shown import shown_price

MOST_CHANGE = 2.0  # a target beyond double or half the price is none: an ATR of a wild year is not a plan


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
    notes: tuple[str, ...]  # all that is to be said of it
    warnings: tuple[str, ...] = ()  # of its notes those that an entry is to be shown with, whenever it is timed


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
    path = path_of(basis, atr, rules.ultimate_analyzer.stop_atr)
    targets = targets_of(basis, path, rules.ultimate_analyzer.reward_ratio)
    ends = [end for end in targets if basis.price / MOST_CHANGE <= basis.at(end[0]) <= basis.price * MOST_CHANGE]
    size = f"one {basis.chart.timeframe} ATR is {shown_price(atr)} of {basis.price:,.8g}"
    if min(basis.at(behind) for behind in (path.stop, path.entry_low)) <= 0.0:
        return f"its stop or entry would lie below zero: {size}"
    if not ends:
        beyond = "more than double" if basis.side > 0 else "less than half"
        return f"its target would be {beyond} the price: {size}"
    return _setup(basis, path, ends, rules)


def _setup(basis: Basis, path: Path, ends: list[tuple[float, str]], rules: Settings) -> Setup:
    at, entry = basis.at, basis.at(path.entry_high)
    horizon, equity, modifier = HORIZON[basis.name], basis.equity_quote, basis.size_modifier
    plan: list[Sized] = [
        sized(horizon, entry, path.risk, end - path.entry_high, equity, modifier, rules) for end, _ in ends
    ]
    first = plan[0]
    low, high = sorted((at(path.entry_low), at(path.entry_high)))
    shortest, longest = lasting(ends[0][0] - path.entry_high, basis.chart)
    warnings = (*_unseen(basis, [at(end) for end, _ in ends]), *_in_the_way(basis, path, ends[0][0]))
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
        notes=(*([basis.doubt] if basis.doubt else []), *first.notes, *warnings), warnings=warnings,
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
        near = along(basis, zone)[0]
        if max(path.entry_high, 0.0) < near < target:
            r_multiple = (near - path.entry_high) / path.risk
            notes.append(f"{zone.kind} at {r_multiple:.1f} R stands in the way: {', '.join(zone.reasons[:2])}")
    return notes
