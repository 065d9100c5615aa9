"""Signals: prices, size, strength, confidence, cost and verdict of a setup that fired.

`side` is +1 to buy and -1 to sell. Prices are computed in whole ticks from the touch, so a
mirrored book gives the mirrored signal exactly.
"""

import hashlib
from math import ceil, floor
from typing import Any, NamedTuple

import msgspec

from leadline.alignment import Alignment
from leadline.costs import Costs, costs, round_trip, slippage
from leadline.instrument import Instrument
from leadline.moment import Bar, BookView
from leadline.settings import Decision
from leadline.setups import SetupName, quality

PRIOR_SLOPE = 0.10  # win probability per 50 points of strength


class Prices(NamedTuple):
    """Entry, stop and target in price units, and what the stop and target are in bps of entry."""

    entry: int
    stop: int
    target: int
    stop_bps: float
    target_bps: float


def stop_distance(atr: float, entry: float, spread: float, decision: Decision) -> float:
    """Return the planned distance to the stop, in the unit of its inputs: the widest of ATR, bps and spread."""
    rules = decision.setups
    return max(rules.stop_atr * atr, rules.stop_min_bps * entry / 1e4, rules.stop_spreads * spread)


def prices(view: BookView, side: int, atr: float, decision: Decision) -> Prices:
    """Return a signal's prices: entry at the touch a taker pays, the rest on the tick.

    The stop is rounded away from the entry and the target towards it.
    """
    instrument = view.instrument
    bid, ask = view.bid_keys[-1], -view.ask_keys[-1]
    entry = ask if side > 0 else bid
    tick = instrument.tick_units
    distance = stop_distance(atr * instrument.price_scale, entry, ask - bid, decision)  # whole units stay whole
    stop_units = ceil(distance / tick) * tick
    target_units = floor(distance * decision.setups.reward_ratio / tick) * tick
    return Prices(
        entry, entry - side * stop_units, entry + side * target_units, 1e4 * stop_units / entry,
        1e4 * target_units / entry,
    )  # fmt: skip


def strength(name: SetupName, bar: Bar, side: int, score: float | None, theta: float, alignment: Alignment) -> float:
    """How strong a signal is, 0..100; `score` is None where the order book is not asked."""
    push = 0.0 if score is None else min(max((side * score - theta) / (80.0 - theta), 0.0), 1.0)
    volume = min(max(((bar.relative_volume or 0.0) - 1.0) / 2.0, 0.0), 1.0)
    return 100.0 * (0.4 * push + 0.3 * quality(name, bar, side) + 0.2 * alignment.agreement + 0.1 * volume)


def prior_confidence(strength: float, stop_bps: float, target_bps: float) -> float:
    """Win probability before there is evidence: a driftless walk's, tilted by strength."""
    p = stop_bps / (stop_bps + target_bps) + PRIOR_SLOPE * (strength - 50.0) / 50.0
    return min(max(p, 0.0), 1.0)


class Sized(NamedTuple):
    """A signal's size in size units with the costs at that size."""

    size: int
    risk_quote: float  # what a planned stop-out loses: size * entry * L
    costs: Costs
    entry_slip_bps: float
    stop_slip_bps: float
    deep: bool
    notes: tuple[str, ...]  # why the size is smaller than the budget allows


def sized(view: BookView, at: Prices, side: int, budget: float, room: float, decision: Decision) -> Sized:
    """Return the size whose planned stop-out costs the budget, fees and slippage inside.

    Slippage walks the book at the size without slippage; the result is floored to the lot and
    held to what the book can fill and to `room`, the notional that the account has left.
    """
    instrument = view.instrument
    fee = round_trip(decision.fees, decision.paper.fill_model)
    entry = at.entry / instrument.price_scale
    first = costs(at.stop_bps, at.target_bps, fee.stop_bps, 0.0, 0.0, fee.target_bps)
    slip = slippage(view, side, _affordable(budget, entry, first, instrument))
    final = costs(at.stop_bps, at.target_bps, fee.stop_bps, slip.entry_bps, slip.stop_bps, fee.target_bps)
    size = _affordable(budget, entry, final, instrument)
    notes = []
    cap = _units(room / entry, instrument)
    if size > cap:
        size, notes = cap, ["notional_cap"]
    if size > slip.available:
        size = slip.available - slip.available % instrument.lot_units
        notes.append("thin_book")
    risk = instrument.qty(size) * entry * final.loss_bps * 1e-4
    return Sized(size, risk, final, slip.entry_bps, slip.stop_bps, slip.deep, tuple(notes))


def _affordable(budget: float, entry: float, costs: Costs, instrument: Instrument) -> int:
    """Return the size whose loss L is the budget; none where a rebate leaves nothing to lose."""
    return _units(budget / (entry * costs.loss_bps * 1e-4), instrument) if costs.loss_bps > 0 else 0


def _units(base: float, instrument: Instrument) -> int:
    units = floor(base * instrument.qty_scale)
    return units - units % instrument.lot_units


def verdict(
    sized: Sized, instrument: Instrument, entry: float, max_break_even: float, win_rate_upper: float | None = None
) -> tuple[str, list[str]]:
    """Return tradable or not_tradable, with every reason.

    `win_rate_upper` is the upper bound of the calibrated win rate, None while there is none.
    """
    reasons = []
    breakeven = sized.costs.breakeven_win_rate
    if breakeven is None:
        reasons.append("impossible")
    elif breakeven > max_break_even:
        reasons.append("break_even_too_high")
    if breakeven is not None and win_rate_upper is not None and win_rate_upper < breakeven:
        reasons.append("win_rate_below_break_even")
    cost = instrument.qty(sized.size) * entry
    if sized.size <= 0 or instrument.qty(sized.size) < instrument.qty_min or cost < instrument.cost_min:
        reasons.append("below_minimum_size")
    return ("not_tradable" if reasons else "tradable"), reasons


def signal_id(tape_id: str, config_hash: str, seq: int, symbol: str, setup: str) -> str:
    """Return a signal's id: the same tape and config give the same id wherever it runs.

    >>> signal_id("t", "c", 1, "BTC/USD", "ema_pullback")
    'cf15dcd9531298e5'
    """
    return hashlib.sha256(f"{tape_id}|{config_hash}|{seq}|{symbol}|{setup}".encode()).hexdigest()[:16]


def canonical(row: dict[str, Any]) -> bytes:
    """Return a row as the bytes that are hashed: keys sorted, floats at 10 significant digits."""
    plain = {k: f"{v:.10g}" if isinstance(v, float) else v for k, v in row.items() if not k.startswith("_")}
    return msgspec.json.encode(plain, order="deterministic")


def chain(previous: bytes, row: dict[str, Any]) -> bytes:
    """Return the next digest of the chain that `signals_hash` is."""
    return hashlib.sha256(previous + canonical(row)).digest()
