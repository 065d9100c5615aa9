"""Opposed plans: tradable setups of one symbol that are on opposite sides, one horizon's against another's.

That is no fault: a market may fall for months and rise for days. But nobody should enter both unawares.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from leadline.analysis.result import ProfileAnalysis
from leadline.analysis.setups import Setup

DOES = {"buy": "buys", "sell": "sells"}


def opposed(plans: Sequence[Setup]) -> list[tuple[Setup, Setup]]:
    """Return the pairs of plans that could both be entered and are on opposite sides."""
    tradable = [plan for plan in plans if plan.verdict == "tradable"]
    return [(one, other) for one, other in combinations(tradable, 2) if one.side != other.side]


def noted(profiles: Sequence[ProfileAnalysis]) -> tuple[tuple[ProfileAnalysis, ...], tuple[str, ...]]:
    """Return the profiles with each opposed setup noted in the other, and a line for each pair."""
    pairs = opposed([one.setup for one in profiles if one.setup is not None])
    lines = tuple(
        f"the {one.horizon} plan {DOES[one.side]} and the {other.horizon} plan {DOES[other.side]}: each is of its own "
        "horizon, and entered together they undo each other and pay twice"
        for one, other in pairs
    )
    return tuple(_with_notes(one, pairs) for one in profiles), lines


def _with_notes(profile: ProfileAnalysis, pairs: Sequence[tuple[Setup, Setup]]) -> ProfileAnalysis:
    others = [other for pair in pairs for one, other in (pair, pair[::-1]) if one is profile.setup]
    if profile.setup is None or not others:
        return profile
    notes = (f"opposed: the {other.horizon} plan {DOES[other.side]}" for other in others)
    return replace(profile, setup=replace(profile.setup, notes=(*profile.setup.notes, *notes)))
