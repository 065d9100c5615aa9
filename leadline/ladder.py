"""The ladder: the guide's four steps before anyone trades by hand on these signals.

The first two are measured on live paper trades of one configuration: a week of them and enough of them; and a
win rate whose lower bound is above what the costs need, with an expectancy whose lower bound is above zero.
The guide asks for a win rate above 60 % instead: it stands beside them and decides nothing, since a rate alone
says nothing of what a win and a loss are worth. The last two are a person's, because nothing here places orders.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from leadline.performance import Outcome, Performance, could_not, performance

DAYS = 7.0  # guide: paper trade at least one week
TRADES = 100  # tradable signals that were followed to their end
GUIDE_WIN_RATE = 0.60  # guide: validate win rates above it


class Step(NamedTuple):
    """One step; `yours` is a person's to take, once those before are met."""

    name: str
    state: Literal["met", "not_yet", "yours"]
    says: str


class Ladder(NamedTuple):
    """How far the evidence goes. `days`: of live market that were seen, in days of 1,440 minutes."""

    days: float
    performance: Performance
    steps: tuple[Step, ...]


def ladder(days: float, outcomes: Sequence[Outcome]) -> Ladder:
    """Return the ladder for the account's own trades of live runs under one configuration."""
    found = performance(outcomes)
    paper = Step(
        "paper trade for a week", "met" if days >= DAYS and found.n >= TRADES else "not_yet",
        f"{_down(days):.1f} of {DAYS:g} days of live market, {found.n} of {TRADES} tradable signals ended",
    )  # fmt: skip
    proof = Step("validate the win rate", "met" if _proven(found) else "not_yet", _proof(found))
    later = "" if paper.state == proof.state == "met" else "not before the steps above; "
    return Ladder(days, found, (
        paper, proof,
        Step("trade the smallest sizes", "yours", f"{later}yours to take: nothing here places orders"),
        Step("enable live trading gradually", "yours", f"{later}yours to take, and to stop"),
    ))  # fmt: skip


def _down(days: float) -> float:
    """Round down to a tenth, so that what is not a week does not read as one."""
    return int(10 * days) / 10


def _proven(p: Performance) -> bool:
    lower = p.expectancy_r.lower
    enough = p.needed is not None and p.win_rate_lower > p.needed
    return p.n > 0 and enough and lower is not None and lower > 0


def _proof(p: Performance) -> str:
    guide = f"the guide asks {100 * GUIDE_WIN_RATE:.0f} %"
    if p.win_rate is None:
        return f"no trade yet; {guide}"
    needs = "-" if p.needed is None else f"{100 * p.needed:.1f} %{could_not(p)}"
    r = p.expectancy_r
    lower = "" if r.lower is None else f", at least {r.lower:+.2f} R"
    won = f"{100 * p.win_rate:.1f} % won, at least {100 * p.win_rate_lower:.1f} % (95 %)"
    return f"{won}; break-even {needs}; {guide}; " + ("-" if r.mean is None else f"{r.mean:+.2f} R a trade{lower}")
