"""Rows of the signals stage: a signal and a candidate as the store keeps them."""

from typing import Any

from leadline import hft, signals
from leadline.alignment import Alignment
from leadline.candidates import Candidate
from leadline.hft import Reading
from leadline.moment import BookView, Moment
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


def signal_row(
    m: Moment, start: Start, candidate: Candidate, view: BookView, reading: Reading, at: signals.Prices,
    size: signals.Sized, alignment: Alignment, rules: Decision, bias: str, strength: float, signal_id: str,
    expires_ns: int, verdict: str, reasons: list[str],
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a signal; everything in it follows from the tape and the config."""
    instrument = view.instrument
    parts = hft.components(reading, rules.hft)
    entry, size_base = instrument.price(at.entry), instrument.qty(size.size)
    complete = parts.score_ratio is not None
    return {
        "signal_id": signal_id, "candidate_id": candidate.candidate_id, "ts": m.clock_ns,
        "symbol": candidate.symbol, "setup": candidate.setup, "side": SIDES[candidate.side],
        "entry": entry, "stop": instrument.price(at.stop), "target": instrument.price(at.target),
        "expires_at": expires_ns, "stop_bps": at.stop_bps, "target_bps": at.target_bps,
        "size_base": size_base, "size_quote": size_base * entry, "risk_quote": size.risk_quote,
        "strength": strength, "confidence": signals.prior_confidence(strength, at.stop_bps, at.target_bps),
        "calibrated": False, "proven": False,
        "hft_score": reading.score, "hft_score_linear": parts.linear,
        "hft_class": hft.hft_class(reading.score, rules.hft.thresholds),
        "hft_confidence": hft.confidence(reading.score, reading.spread_bps, complete, reading.age_s, rules.hft),
        "score_imbalance": parts.score_imbalance, "score_ratio": parts.score_ratio,
        "spread_quality": parts.spread_quality, "missing": [] if complete else ["score_ratio"],
        "imbalance": reading.imbalance, "imbalance_ema": reading.imbalance_ema,
        "bid_orders": reading.bid_orders, "ask_orders": reading.ask_orders,
        "expected_duration": hft.expected_duration(reading.score),
        "alerts": hft.alerts(reading, reading.age_s, rules.hft),
        "alignment": alignment.kind, "size_modifier": alignment.size_modifier, "advice": alignment.advice,
        "bias": bias, "technical": candidate.technical,
        "spread_bps": reading.spread_bps, "mid": (view.bid_keys[-1] - view.ask_keys[-1]) / 2 / instrument.price_scale,
        "entry_slippage_bps": size.entry_slip_bps, "stop_slippage_bps": size.stop_slip_bps, "deep_fill": size.deep,
        "cost_bps": size.costs.cost_bps, "loss_bps": size.costs.loss_bps, "win_bps": size.costs.win_bps,
        "net_rr": size.costs.net_rr, "breakeven_win_rate": size.costs.breakeven_win_rate,
        "verdict": verdict, "reasons": reasons, "data_level": "L2" if reading.bid_orders is None else "L3",
        "trust": "verified", "age_s": reading.age_s, "tape_seq": m.seq, "tape_id": start.tape_id,
        "config_hash": start.config_hash,
    }  # fmt: skip
