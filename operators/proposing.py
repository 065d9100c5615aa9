"""Proposing: what a candidate proposes on the book of a moment, and how that agrees with the bias.

Pure functions of the candidate, the book and its reading, the bias in force (None: there is none, and the
tape's own counts) and the rules.
"""

from leadline import signals
from leadline.alignment import UNUSED, Alignment, align
from leadline.bias import BIAS_NUMBER, technical_bias
from leadline.bias_record import BiasRecord
from leadline.candidates import Candidate
from leadline.hft import Reading
from leadline.moment import BookView
from leadline.proposals import Proposal, ProposalKind
from leadline.settings import Decision


def proposal(
    kind: ProposalKind, candidate: Candidate, view: BookView, reading: Reading, bias: BiasRecord | None,
    rules: Decision,
) -> Proposal:  # fmt: skip
    """Return the proposal: prices, strength and agreement, without size and verdict."""
    alignment = alignment_of(candidate, reading, bias, rules)
    score = reading.score if rules.scalping_engine.hft_integration else None
    return Proposal(
        kind, candidate, view, reading, signals.prices(view, candidate.side, candidate.bar.atr or 0.0, rules),
        alignment, technical_bias(candidate.technical) if bias is None else bias.bias,
        signals.strength(candidate.setup, candidate.bar, candidate.side, score, candidate.theta, alignment), bias,
    )  # fmt: skip


def alignment_of(candidate: Candidate, reading: Reading, bias: BiasRecord | None, rules: Decision) -> Alignment:
    """Return how the book agrees with the bias in force, or else with the tape's own; a reversion with neither."""
    if not rules.scalping_engine.hft_integration:
        return UNUSED
    if bias is not None:
        return align(reading.score, bias.number)
    fades = candidate.setup == "vwap_reversion"
    return align(reading.score, 0 if fades else BIAS_NUMBER[technical_bias(candidate.technical)])
