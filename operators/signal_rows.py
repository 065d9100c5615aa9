"""Rows of a candidate that has ended and of a signal, as the store keeps them."""

from typing import Any, NamedTuple

from leadline import hft, signals
from leadline.calibration import Calibrated
from leadline.candidates import Candidate
from leadline.moment import Moment
from leadline.proposals import Proposal
from leadline.records import Start
from leadline.settings import Decision

SIDES = {1: "buy", -1: "sell"}


def candidate_row(m: Moment, candidate: Candidate, outcome: str, reason: str) -> dict[str, Any]:
    """Return the row of a candidate that has ended."""
    return {
        "candidate_id": candidate.candidate_id, "ts": candidate.armed_ns, "symbol": candidate.symbol,
        "setup": candidate.setup, "side": SIDES[candidate.side], "theta": candidate.theta,
        "ended_at": m.clock_ns, "outcome": outcome, "reason": reason, "tape_seq": m.seq,
    }  # fmt: skip


class Judged(NamedTuple):
    """What the paper stage made of a proposal."""

    signal_id: str
    size: signals.Sized
    size_modifier: float  # as applied
    equity_quote: float
    expires_ns: int
    verdict: str
    reasons: list[str]
    calibrated: Calibrated | None

    @property
    def proven(self) -> bool:
        """Whether the lower bound of the calibrated win rate is above break-even."""
        breakeven = self.size.costs.breakeven_win_rate
        return self.calibrated is not None and breakeven is not None and self.calibrated.lower > breakeven


def signal_row(m: Moment, start: Start, p: Proposal, judged: Judged, rules: Decision) -> dict[str, Any]:
    """Return the row of a signal; everything in it follows from the tape and the config."""
    view, reading, at, alignment, candidate = p.view, p.reading, p.at, p.alignment, p.candidate
    instrument, size, calibrated = view.instrument, judged.size, judged.calibrated
    parts = hft.components(reading, rules.hft)
    entry, size_base = instrument.price(at.entry), instrument.qty(size.size)
    complete = parts.score_ratio is not None
    prior = signals.prior_confidence(p.strength, at.stop_bps, at.target_bps)
    in_force = {} if p.in_force is None else {"bias_id": p.in_force.id, "key_level": p.in_force.key_level}
    return in_force | {
        "signal_id": judged.signal_id, "candidate_id": candidate.candidate_id, "ts": m.clock_ns,
        "armed_at": candidate.armed_ns, "symbol": candidate.symbol, "setup": candidate.setup,
        "side": SIDES[candidate.side],
        "entry": entry, "stop": instrument.price(at.stop), "target": instrument.price(at.target),
        "expires_at": judged.expires_ns, "stop_bps": at.stop_bps, "target_bps": at.target_bps,
        "size_base": size_base, "size_quote": size_base * entry, "risk_quote": size.risk_quote,
        "equity_quote": judged.equity_quote, "account_model": rules.paper.fill_model,
        "strength": p.strength, "confidence": prior if calibrated is None else calibrated.p,
        "confidence_lower": None if calibrated is None else calibrated.lower,
        "confidence_upper": None if calibrated is None else calibrated.upper,
        "calibrated": calibrated is not None, "proven": judged.proven,
        "hft_score": reading.score, "hft_score_linear": parts.linear,
        "hft_class": hft.hft_class(reading.score, rules.hft.thresholds),
        "hft_confidence": hft.confidence(reading.score, reading.spread_bps, complete, reading.age_s, rules.hft),
        "score_imbalance": parts.score_imbalance, "score_ratio": parts.score_ratio,
        "spread_quality": parts.spread_quality, "missing": [] if complete else ["score_ratio"],
        "imbalance": reading.imbalance, "imbalance_ema": reading.imbalance_ema,
        "bid_orders": reading.bid_orders, "ask_orders": reading.ask_orders,
        "expected_duration": hft.expected_duration(reading.score),
        "alerts": hft.alerts(reading, reading.age_s, rules.hft),
        "alignment": alignment.kind, "size_modifier": judged.size_modifier, "advice": alignment.advice,
        "bias": p.bias, "technical": candidate.technical,
        "spread_bps": reading.spread_bps, "mid": (view.bid_keys[-1] - view.ask_keys[-1]) / 2 / instrument.price_scale,
        "entry_slippage_bps": size.entry_slip_bps, "stop_slippage_bps": size.stop_slip_bps, "deep_fill": size.deep,
        "cost_bps": size.costs.cost_bps, "loss_bps": size.costs.loss_bps, "win_bps": size.costs.win_bps,
        "net_rr": size.costs.net_rr, "breakeven_win_rate": size.costs.breakeven_win_rate,
        "verdict": judged.verdict, "reasons": list(dict.fromkeys([*judged.reasons, *size.notes])),
        "data_level": "L2" if reading.bid_orders is None else "L3",
        "trust": "verified", "age_s": reading.age_s, "tape_seq": m.seq, "tape_id": start.tape_id,
        "config_hash": start.config_hash,
    }  # fmt: skip
