"""Proposals: what the signals stage puts before the paper stage, which knows the account.

A proposal says everything of a signal but its size, cost and verdict.
"""

from typing import Literal, NamedTuple

from leadline.alignment import Alignment
from leadline.bias import Bias
from leadline.candidates import Candidate
from leadline.hft import Reading
from leadline.moment import BookView
from leadline.signals import Prices

# fire: a signal. wait and skip: advice against one, whose price and size are wanted for the road not taken.
ProposalKind = Literal["fire", "wait", "skip"]


class Proposal(NamedTuple):
    """A candidate with its prices at one verified book."""

    kind: ProposalKind
    candidate: Candidate
    view: BookView
    reading: Reading
    at: Prices
    alignment: Alignment
    bias: Bias
    strength: float


class Dropped(NamedTuple):
    """A candidate that was advised to wait has ended without firing."""

    candidate_id: str
