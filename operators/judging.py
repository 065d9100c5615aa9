"""Judging: a proposal becomes a signal, sized and with its verdict, under the account's limits."""

from leadline import risk, signals
from leadline.alignment import UNUSED
from leadline.calibration import Calibration
from leadline.moment import Moment
from leadline.proposals import Proposal
from leadline.records import Start
from leadline.risk import Account
from leadline.settings import Decision
from leadline.signals import Sized
from leadline.times import SECOND_NS
from leadline.trade_plan import TradePlan
from operators.live_trades import order_ns
from operators.signal_rows import Judged


def judge(
    m: Moment, start: Start, p: Proposal, account: Account, calibration: Calibration, rules: Decision,
    modified: bool = True,
) -> Judged:  # fmt: skip
    """Return what a proposal comes to; `modified` False sizes it without the alignment's modifier."""
    candidate, instrument = p.candidate, p.view.instrument
    applies = modified and rules.advice.size_modifier
    modifier = p.alignment.size_modifier if applies else UNUSED.size_modifier
    budget, room = risk.budget(account, modifier, rules), risk.room(account, rules)
    size = signals.sized(p.view, p.at, candidate.side, budget, room, rules)
    calibrated = calibration.of(candidate.setup, p.strength, rules.paper.calibration_outcomes)
    verdict, reasons = signals.verdict(
        size, instrument, instrument.price(p.at.entry), rules.risk.max_break_even,
        None if calibrated is None else calibrated.upper,
    )  # fmt: skip
    if reasons == ["below_minimum_size"] and "notional_cap" in size.notes:
        verdict, reasons = "filtered", ["notional_cap"]
    elif verdict == "tradable":
        reasons = risk.refusals(account, candidate.symbol, size.risk_quote, rules)
        verdict = "filtered" if reasons else verdict
    return Judged(
        signals.signal_id(start.tape_id, start.config_hash, m.seq, candidate.symbol, candidate.setup), size, modifier,
        account.equity_quote, m.clock_ns + round(rules.setups.expiry_seconds * SECOND_NS), verdict, reasons, calibrated,
    )  # fmt: skip


def plan_of(
    m: Moment, p: Proposal, signal_id: str, verdict: str, size: Sized, confidence: float, rules: Decision
) -> TradePlan:
    """Return the plan of a signal's trades. A size below the venue's minimum is followed at the minimum."""
    instrument, candidate, at = p.view.instrument, p.candidate, p.at
    arrives_ns = order_ns(m, rules)
    return TradePlan(
        signal_id, candidate.symbol, candidate.setup, candidate.side, verdict, at.entry, at.stop, at.target,
        max(size.size, instrument.least_units), p.view.bid_keys[-1] - p.view.ask_keys[-1], arrives_ns,
        arrives_ns + round(rules.paper.maker_wait_seconds * SECOND_NS),
        m.clock_ns + round(rules.setups.expiry_seconds * SECOND_NS),
        instrument.price_scale, instrument.qty_scale, size.costs.loss_bps, p.strength, confidence,
        size.costs.breakeven_win_rate, p.reading.score, candidate.armed_ns,
    )  # fmt: skip
