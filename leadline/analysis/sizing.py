"""Sizing: what a setup of the analysis pays, how large it may be, and whether it can be worth it.

The arithmetic is the scalper's (`leadline.costs`), the caps are those of docs/signals.md section 8: 0.5 % of
equity for a scalp, 2 % for a swing or a position. Amounts in quote, sizes in base, costs in bps.
"""

from typing import Literal, NamedTuple

from leadline.analysis.profiles import Horizon
from leadline.analysis.steps import lots
from leadline.costs import Costs, costs, round_trip
from leadline.risk import BASE_RISK, CAP_NOTIONAL, CAP_RISK_PER_TRADE, CAP_RISK_SWING
from leadline.settings import Settings


class Sized(NamedTuple):
    """A setup's size and verdict. `risk_quote` is what a planned stop-out loses, fees included.

    `risk_fraction` of equity is what it may lose, before the notional cap and the lots hold the size.
    """

    size_base: float
    risk_quote: float
    costs: Costs
    verdict: Literal["tradable", "not_tradable"]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    risk_fraction: float


def risk_fraction(horizon: Horizon, rules: Settings) -> float:
    """Return the most that a setup may risk, as a fraction of equity.

    >>> risk_fraction("scalp", Settings()), risk_fraction("swing", Settings())
    (0.005, 0.02)
    """
    if horizon == "scalp":
        return min(rules.scalping_engine.risk_per_trade, CAP_RISK_PER_TRADE)
    return min(rules.ultimate_analyzer.risk_per_trade, CAP_RISK_SWING)


def sized(
    horizon: Horizon, entry: float, stop: float, target: float, equity: float, modifier: float, rules: Settings
) -> Sized:
    """Return the size of a setup whose stop and target lie so far from its entry, in quote.

    The base risk is two thirds of the cap and `modifier` (the alignment's) scales it, as for a scalp.
    """
    fee = round_trip(rules.fees, rules.paper.fill_model)
    money = costs(1e4 * stop / entry, 1e4 * target / entry, fee.stop_bps, 0.0, 0.0, fee.target_bps)
    most = risk_fraction(horizon, rules)
    fraction = min(most * BASE_RISK * modifier, most)
    loss = entry * money.loss_bps * 1e-4  # of one unit of base, at the stop
    size = equity * fraction / loss if loss > 0.0 else 0.0
    room = equity * min(rules.risk.max_notional, CAP_NOTIONAL) / entry
    notes = ("held to the notional cap",) if size > room else ()
    size = lots(min(size, room))
    reasons = _reasons(money, size, rules.risk.max_break_even)
    verdict: Literal["tradable", "not_tradable"] = "not_tradable" if reasons else "tradable"
    return Sized(size, size * max(loss, 0.0), money, verdict, reasons, notes, fraction)


def _reasons(money: Costs, size: float, max_break_even: float) -> tuple[str, ...]:
    if money.breakeven_win_rate is None:
        return ("impossible",)
    reasons = ["break_even_too_high"] if money.breakeven_win_rate > max_break_even else []
    return (*reasons, *(["below_minimum_size"] if size <= 0.0 else []))


def win_rate_prior(stop: float, target: float) -> float:
    """Return how often a market without direction reaches a target before a stop.

    >>> win_rate_prior(1.0, 2.0)
    0.3333333333333333
    """
    return stop / (stop + target)
