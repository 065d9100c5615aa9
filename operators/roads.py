"""Roads: the trades that play swing advice and its alternative, neither of which is a signal's.

They have the verdict "shadow", and the smallest size there is: what they come to is told in bps.
"""

import msgspec

from leadline.moment import BookView, Moment
from leadline.paper import FillModel, PaperTrade
from leadline.proposals import Scenario
from leadline.resting import Resting
from leadline.settings import Decision
from leadline.times import SECOND_NS
from leadline.trade_plan import TradePlan
from operators.live_trades import SHADOW, order_ns

Roads = tuple[PaperTrade | None, PaperTrade | None]  # taken, not taken; None is no trade


def roads(m: Moment, s: Scenario, rules: Decision) -> Roads:
    """Return both roads of a scenario: to enter now, or a rest at the zone's better price.

    Of a break, and of what the bias keeps out, the other road is no trade.
    """
    now = entered(m, s, rules)
    later = waited(m, s, rules) if s.kind == "swing_zone" and s.reason is None else None
    return (now, later) if s.action in ("ENTER", "CONFIRMED") else (later, now)


def entered(m: Moment, s: Scenario, rules: Decision) -> PaperTrade:
    """Return the trade that enters now, in the account's fill model."""
    touch = -s.view.ask_keys[-1] if s.side > 0 else s.view.bid_keys[-1]
    gives_up_ns = m.clock_ns + round(rules.paper.maker_wait_seconds * SECOND_NS)
    plan = plan_of(m, s.view, s.kind, s.side, touch, s.stop, s.target, gives_up_ns, s.expires_ns, rules)
    return PaperTrade(plan, rules.paper.fill_model)


def waited(m: Moment, s: Scenario, rules: Decision) -> PaperTrade:
    """Return the trade that rests at the better price until its time is over; a taker's waits as a pessimist."""
    model: FillModel = "maker_optimistic" if rules.paper.fill_model == "maker_optimistic" else "maker_pessimistic"
    until_ns = s.until_ns or m.clock_ns
    plan = plan_of(m, s.view, s.kind, s.side, s.price, s.stop, s.target, until_ns, s.expires_ns, rules)
    order = Resting(s.price, s.side, model == "maker_optimistic", s.view.event_ns)
    return PaperTrade(plan, model, resting=order)


def plan_of(
    m: Moment, view: BookView, setup: str, side: int, entry: int, stop: int, target: int, gives_up_ns: int,
    expires_ns: int, rules: Decision,
) -> TradePlan:  # fmt: skip
    """Return the plan of a road, without the id that its advice will give it. Prices in units."""
    instrument = view.instrument
    return TradePlan(
        "", instrument.symbol, setup, side, SHADOW, entry, stop, target, instrument.least_units,
        view.bid_keys[-1] - view.ask_keys[-1], order_ns(m, rules), gives_up_ns,
        expires_ns, instrument.price_scale, instrument.qty_scale, 1e4 * abs(entry - stop) / max(entry, 1), 0.0, 0.0,
        None, 0.0, m.clock_ns,
    )  # fmt: skip


def named(trade: PaperTrade | None, road_id: str) -> PaperTrade | None:
    """Give a road's trade its id."""
    if trade is not None:
        trade.plan = msgspec.structs.replace(trade.plan, signal_id=road_id)
    return trade
