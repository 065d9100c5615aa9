"""Proposals: what the signals stage puts before the paper stage, which knows the account.

A proposal says everything of a signal but its size, cost and verdict.
"""

from typing import Literal, NamedTuple

from leadline.alignment import Alignment
from leadline.bias import Bias
from leadline.bias_record import BiasRecord
from leadline.candidates import Candidate
from leadline.hft import Confidence, Reading
from leadline.hybrid import Refusal
from leadline.moment import BookView
from leadline.scenarios import BreakAction, ZoneAction
from leadline.signals import Prices

# fire: a signal. wait, skip and filter: advice against one, whose price and size are wanted for the road not taken.
ProposalKind = Literal["fire", "wait", "skip", "filter"]


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
    in_force: BiasRecord | None = None  # the day's bias, where there is one


class Scenario(NamedTuple):
    """What an entry zone or a break level of the analysis calls for at one verified book. Prices in units."""

    kind: Literal["swing_zone", "swing_break"]
    action: ZoneAction | BreakAction
    side: int
    view: BookView
    reading: Reading
    detail: str
    stop: int
    target: int
    expires_ns: int
    price: int  # the better price of the zone, or the level that broke
    until_ns: int | None  # how long the better price, or the end of a bias that keeps the entry out, is waited for
    verdict: str | None = None  # of the setup whose zone it is, or of a scalp from the break
    risk_fraction: float | None = None  # of equity that an entry may lose at the stop; None: no size is to be told
    confidence: Confidence | None = None  # of the setup whose zone it is
    reason: Refusal | None = None  # why the bias keeps the entry out: then no better price is waited for


class Cooling(NamedTuple):
    """A signal's stop, target or expiry was touched: until when each symbol gives no other, for the mirror."""

    until_ns: dict[str, int]


class Dropped(NamedTuple):
    """A candidate that was advised to wait has ended without firing."""

    candidate_id: str
