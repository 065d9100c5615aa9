"""Swing sizes: how much of a plan of the analysis the account's limits allow, entered at the price of now.

The arithmetic is a signal's (`leadline.signals.sized`): a planned stop-out costs the budget, fees and slippage
inside. Nothing is booked: it is what a person who follows the advice may read off. Amounts in quote currency.
"""

from typing import NamedTuple

from leadline import risk, signals
from leadline.moment import BookView
from leadline.risk import Account
from leadline.settings import Decision

HELD = {"notional_cap": "held to the notional cap", "thin_book": "held to what the book can fill"}


class SwingSize(NamedTuple):
    """A size and what it loses at its stop; zeros where `why` says that none is allowed."""

    size_base: float
    size_quote: float
    risk_quote: float
    equity_quote: float
    notes: tuple[str, ...] = ()  # what the size is held to
    why: str = ""

    def words(self, symbol: str) -> str:
        """Return it as a card says it.

        >>> SwingSize(0.25, 16_000.0, 133.3, 10_000.0).words("BTC/USD")
        'size 0.25 BTC = 16,000.00 USD, 133.30 USD at risk with fees, 1.33 % of equity'
        >>> SwingSize(0.0, 0.0, 0.0, 10_000.0, why="the kill switch is latched").words("BTC/USD")
        'no size: the kill switch is latched'
        """
        if self.why:
            return f"no size: {self.why}"
        base, _, quote = symbol.partition("/")
        share = 100.0 * self.risk_quote / self.equity_quote
        held = "".join(f", {note}" for note in self.notes)
        return (
            f"size {self.size_base:,.12g} {base} = {self.size_quote:,.2f} {quote}, {self.risk_quote:,.2f} {quote} at "
            f"risk with fees, {share:.2f} % of equity{held}"
        )


def swing_size(
    view: BookView, side: int, stop: int, target: int, fraction: float, account: Account, rules: Decision
) -> SwingSize:
    """Return the size of an entry at the touch, with its stop and target in price units.

    `fraction` of equity is what the plan may lose; what open trades leave of the caps on open risk and on notional
    holds it, too.
    """
    instrument, equity = view.instrument, account.equity_quote
    none = SwingSize(0.0, 0.0, 0.0, equity)
    if account.latched or account.day_spent:
        latched = "the kill switch is latched"
        return none._replace(why=latched if account.latched else "the day's loss is spent: not before 00:00 UTC")
    left = risk.risk_room(account, rules)
    budget = min(equity * fraction, left)
    entry = -view.ask_keys[-1] if side > 0 else view.bid_keys[-1]
    at = signals.Prices(entry, stop, target, 1e4 * abs(entry - stop) / entry, 1e4 * abs(target - entry) / entry)
    size = signals.sized(view, at, side, budget, risk.room(account, rules), rules)
    notes = [HELD[note] for note in size.notes] or (["held to the cap on open risk"] if budget == left else [])
    price = instrument.price(entry)
    if "below_minimum_size" in signals.verdict(size, instrument, price, rules.risk.max_break_even)[1]:
        return none._replace(why="; ".join(["it would be below the venue's minimum", *notes]))
    base = instrument.qty(size.size)
    return SwingSize(base, base * price, size.risk_quote, equity, tuple(notes))
