"""What is at risk over all symbols: what is open, and what every plan of every horizon would add to it."""

from math import fsum
from typing import NamedTuple

from leadline.analysis.setups import Setup
from leadline.several import several
from reports.blocks import Block, number, percent
from reports.portfolio_facts import PortfolioFacts


class Planned(NamedTuple):
    """The tradable plans of all symbols and horizons against the room that the cap on open risk leaves; in quote."""

    plans: list[tuple[str, Setup]]  # with their symbols
    equity_quote: float
    open_quote: float  # at risk already
    cap_quote: float

    @property
    def risk_quote(self) -> float:
        """What is lost if all are entered and stopped."""
        return fsum(plan.risk_quote for _, plan in self.plans)

    @property
    def fitting(self) -> float:
        """The part of every plan's size, 0 to 1, at which all of them together stay within the cap."""
        room = max(0.0, self.cap_quote - self.open_quote)
        return 1.0 if self.risk_quote <= room else room / self.risk_quote


def planned(facts: PortfolioFacts) -> Planned:
    """Return the plans of a portfolio; every horizon counts, since each is offered to be entered."""
    plans = [(one.analysis.symbol, plan) for one in facts.known for profile in one.analysis.profiles
             if (plan := profile.setup) is not None and plan.verdict == "tradable"]  # fmt: skip
    account = facts.account
    equity = facts.rules.paper.equity_quote if account is None else account.equity_quote
    return Planned(plans, equity, _at_risk(facts), facts.rules.risk.max_open_risk * equity)


def risk(facts: PortfolioFacts) -> Block:
    """Return what is at risk: what is open, and what all plans together would add."""
    of = planned(facts)
    names = ("", "size, quote", "at risk", "of equity", "size that fits with all others")
    rows = tuple(_row(symbol, plan, of) for symbol, plan in of.plans)
    return Block("risk", "Open risk", (*_standing(facts), *_declared(facts), *_planned(of, facts)), names, rows, RISK)


def _row(symbol: str, plan: Setup, of: Planned) -> tuple[str, ...]:
    return (
        f"{symbol} {plan.horizon} {plan.side}", number(plan.size_quote, ",.2f"), number(plan.risk_quote, ",.2f"),
        share(plan.risk_quote / of.equity_quote), number(of.fitting * plan.size_quote, ",.2f"),
    )  # fmt: skip


def _planned(of: Planned, facts: PortfolioFacts) -> list[str]:
    n, cap = len(of.plans), percent(facts.rules.risk.max_open_risk)
    said = (
        f"Planned, of all horizons: {several(n, 'tradable setup')}, {of.risk_quote:,.2f} at risk if all "
        f"were entered, {share(of.risk_quote / of.equity_quote)} of {of.equity_quote:,.2f}; the cap on all open risk "
        f"is {cap}."
    )
    if of.fitting == 1.0:
        return [said]
    together = share((of.open_quote + of.risk_quote) / of.equity_quote)
    return [
        said,
        f"OVER THE CAP: with what is open that is {together}, and {cap} is allowed. All of them fit at "
        f"{int(100 * of.fitting)} % of their sizes; or leave some out.",
    ]


def _standing(facts: PortfolioFacts) -> list[str]:
    account = facts.account
    if account is None:
        which = "paper account of this simulated market" if facts.world.simulated else "live paper account"
        return [f"Open: the store has no {which} by then."]
    latch = "; the kill switch is on" if account.latched else ""
    n, at_risk = sum(one.n for one in facts.open.values()), _at_risk(facts)
    return [
        f"Open: {several(n, 'trade')}, {at_risk:,.2f} at risk with fees, "
        f"{share(at_risk / account.equity_quote)} of {account.equity_quote:,.2f}; at the account's last event, "
        f"{account.ts:%Y-%m-%d %H:%M:%S} UTC, its drawdown was {share(account.drawdown)}{latch}."
    ]


def _declared(facts: PortfolioFacts) -> list[str]:
    n = len(facts.declared.positions)
    return [f"Declared: {several(n, 'position')} of unknown size, not in these sums; see below."] if n else []


def _at_risk(facts: PortfolioFacts) -> float:
    return fsum(one.risk_quote for one in facts.open.values())


def share(value: float) -> str:
    """Return a part of the equity in percent; a tenth of one matters.

    >>> share(0.0133)
    '1.3 %'
    """
    return f"{100.0 * value:.1f} %"


RISK = "A plan is sized as if it were the only one: the last column is what all of them together leave of it."
