"""Comparison: the same tape under two variants of the settings, paired by signal.

Two outcomes are a pair where the same armed candidate was entered in both variants. What only one
of them entered stands alone: it is the variant's choice, not its handling, and no difference of
pairs shows it. Differences are variant minus base, in each one's own R and in bps of the entry
notional; bounds are 95 %, Student's.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leadline.performance import Mean, Outcome, Performance, mean_of, performance

Key = tuple[str, str, str, int]  # symbol, setup, side, when the candidate was armed (ns)
Outcomes = Mapping[Key, Outcome]

FEWEST_PAIRS = 10  # below, an interval of such lopsided numbers means little


class Difference(NamedTuple):
    """A variant against the base."""

    n_paired: int
    r: Mean  # of the pairs
    net_bps: Mean
    base_alone: Mean  # expectancy in R of what only the base entered
    variant_alone: Mean


def difference(base: Outcomes, variant: Outcomes) -> Difference:
    """Return how a variant differs from the base; outcomes that were never entered are left out."""
    old = {key: outcome for key, outcome in base.items() if outcome.entered}
    new = {key: outcome for key, outcome in variant.items() if outcome.entered}
    both = [(old[key], new[key]) for key in old if key in new]
    return Difference(
        n_paired=len(both),
        r=mean_of([b.r_multiple - a.r_multiple for a, b in both
                   if a.r_multiple is not None and b.r_multiple is not None]),
        net_bps=mean_of([b.pnl_bps - a.pnl_bps for a, b in both if a.pnl_bps is not None and b.pnl_bps is not None]),
        base_alone=_expectancy(old, new),
        variant_alone=_expectancy(new, old),
    )  # fmt: skip


def _expectancy(outcomes: Outcomes, without: Outcomes) -> Mean:
    """Return the expectancy in R of what only the first holds."""
    alone = [outcome.r_multiple for key, outcome in outcomes.items() if key not in without]
    return mean_of([r for r in alone if r is not None])


def verdict(pairs: Mean, unit: str = "R", digits: int = 2) -> str:
    """Return in plain words what the pairs show; nothing is claimed that the interval does not.

    >>> verdict(Mean(50, 0.12, 0.03, 0.21)), verdict(Mean(50, 0.12, -0.05, 0.29))
    ('better by 0.12 R (0.03 to 0.21)', 'no difference shown (-0.05 to +0.29 R)')
    """
    if pairs.n == 0:
        return "no signal in common"
    if pairs.mean is None or pairs.lower is None or pairs.upper is None or pairs.n < FEWEST_PAIRS:
        return f"too few pairs to tell ({pairs.n} of {FEWEST_PAIRS})"
    if pairs.lower == pairs.upper == 0.0:
        return "the same in every pair"
    if pairs.lower > 0:
        return f"better by {pairs.mean:.{digits}f} {unit} ({pairs.lower:.{digits}f} to {pairs.upper:.{digits}f})"
    if pairs.upper < 0:
        return f"worse by {-pairs.mean:.{digits}f} {unit} ({-pairs.upper:.{digits}f} to {-pairs.lower:.{digits}f})"
    return f"no difference shown ({pairs.lower:+.{digits}f} to {pairs.upper:+.{digits}f} {unit})"


class Compared(NamedTuple):
    """What a tape came to under one variant, and how that differs from the first."""

    name: str
    signals: int  # of every verdict
    performance: Performance
    difference: Difference | None  # None: it is the first


def compared(variants: Sequence[tuple[str, int, Outcomes]]) -> list[Compared]:
    """Return each variant of (name, signals, outcomes), against the first."""
    base = variants[0][2]
    return [
        Compared(name, signals, performance(outcomes.values()), difference(base, outcomes) if number else None)
        for number, (name, signals, outcomes) in enumerate(variants)
    ]


def doubts(found: Sequence[Compared], simulated: bool) -> list[str]:
    """Return what the numbers rest on, and what they do not show."""
    told = ["Intervals are 95 %, each. Pairs are signals of the same armed candidate, entered in both variants."]
    if len(found) > 2:
        told.append(f"With {len(found) - 1} comparisons, one in twenty looks different by chance alone.")
    if any(c.difference and (c.difference.base_alone.n or c.difference.variant_alone.n) for c in found):
        told.append("A signal that stands alone was entered in one of the two only: pairs say nothing of that choice.")
    told.append("R is each variant's own planned loss, costs included; bps measure all of them alike.")
    if simulated:
        told.append("The market was simulated: this says nothing about a real one.")
    return told
