"""The setups of an analysis side by side: how each horizon would be traded, its reasons, and why there is none."""

from leadline.analysis.setups import Setup
from reports.analysis_facts import AnalysisFacts
from reports.blocks import NONE, Block, number, percent, price
from reports.ink import words
from sinks.cards import REASONS

CAPTION = (
    "R is the distance from the worst entry to the stop. The prior is the win rate of a market without direction, "
    "stop / (stop + target): it is below break-even wherever there are fees. A setup is a plan, not evidence."
)


def setups(facts: AnalysisFacts) -> Block:
    """Return the plans of all horizons side by side, their reasons, and why there is none."""
    plans = [one.setup for one in facts.analysis.profiles if one.setup is not None]
    absent = [f"No {one.name} setup: {one.setup_reason}" for one in facts.analysis.profiles if one.setup is None]
    lines = (*(line for plan in plans for line in _reasons(plan)), *absent)
    rows = tuple((name, *cells) for name, *cells in zip(PLAN, *map(_setup, plans), strict=True)) if plans else ()
    return Block("setups", "Setups", lines, ("", *(f"{plan.horizon} {plan.side}" for plan in plans)), rows, CAPTION)


PLAN = (
    "entry zone", "entry, the zone's worst price", "stop", "target 1", "target 2", "R:R net of fees, target 1",
    "break-even win rate", "prior win rate", "round-trip cost", "size, base", "size, quote", "risk at the stop, quote",
    "lasts", "strength", "confidence", "verdict",
)  # fmt: skip


def _setup(plan: Setup) -> tuple[str, ...]:
    targets = [f"{price(target.price)} ({target.r_multiple:.1f} R)" for target in plan.targets]
    return (
        f"{price(plan.entry_low)} to {price(plan.entry_high)}", price(plan.entry), price(plan.stop),
        *[*targets, NONE, NONE][:2], number(plan.net_rr), percent(plan.breakeven_win_rate),
        percent(plan.win_rate_prior), number(plan.cost_bps, ".1f", " bps"), number(plan.size_base, ".6g"),
        number(plan.size_quote, ",.2f"), number(plan.risk_quote, ",.2f"),
        f"{_lasting(plan.lasts_low_seconds)} to {_lasting(plan.lasts_high_seconds)}", number(plan.strength, ".0f"),
        plan.confidence, _verdict(plan),
    )  # fmt: skip


def _verdict(plan: Setup) -> str:
    """Return the verdict; what can pay its fees is not shown to do so: its prior and break-even stand above."""
    return "tradable, unproven" if plan.verdict == "tradable" else words(plan.verdict)


def _reasons(plan: Setup) -> list[str]:
    targets = [f"target {n}: {target.reason}" for n, target in enumerate(plan.targets, 1)]
    found = [f"entry: {plan.entry_reason}", f"stop: {plan.stop_reason}", *targets,
             *(REASONS.get(reason, words(reason)) for reason in plan.verdict_reasons), *plan.notes]  # fmt: skip
    return [f"{words(plan.horizon)}, {line}" for line in found]


def _lasting(seconds: float) -> str:
    for unit, name in ((86_400.0, "d"), (3600.0, "h")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 60.0:.0f} min"
