"""Rows of the paper stage: a trade that ended, one that is open, the account."""

from typing import Any

from leadline.moment import Moment
from leadline.paper import PaperTrade
from leadline.paper_result import Result
from leadline.risk import Account
from operators.signal_rows import SIDES


def _of(trade: PaperTrade, account_model: str) -> dict[str, Any]:
    plan = trade.plan
    return {
        "trade_id": trade.trade_id, "signal_id": plan.signal_id, "symbol": plan.symbol, "setup": plan.setup,
        "side": SIDES[plan.side], "verdict": plan.verdict, "fill_model": trade.model,
        "account_model": trade.model == account_model,
    }  # fmt: skip


def trade_row(
    m: Moment, trade: PaperTrade, money: Result, account_model: str, equity_after: float | None, config_hash: str
) -> dict[str, Any]:
    """Return the row of a trade that has ended; `equity_after` where it was the account's."""
    plan, ended_ns = trade.plan, trade.exit_ns or m.clock_ns
    held_ns = None if trade.entry_ns is None else ended_ns - trade.entry_ns
    return _of(trade, account_model) | {
        "ts": m.clock_ns, "on_account": equity_after is not None, "armed_at": plan.armed_ns,
        "entry_ts": trade.entry_ns, "entry_price": money.entry_price, "exit_ts": ended_ns,
        "exit_price": money.exit_price, "exit_reason": trade.exit_reason, "size_base": money.size_base,
        "fees_quote": money.fees_quote, "gross_quote": money.gross_quote, "slippage_bps": money.slippage_bps,
        "pnl_quote": money.pnl_quote, "pnl_bps": money.pnl_bps, "risk_quote": money.risk_quote,
        "r_multiple": money.r_multiple, "mae_r": money.mae_r, "mfe_r": money.mfe_r,
        "seconds_held": None if held_ns is None else held_ns * 1e-9,
        "outage": trade.outage, "deep_fill": trade.deep, "strength": plan.strength, "confidence": plan.confidence,
        "breakeven_win_rate": plan.breakeven_win_rate, "hft_score": plan.hft_score, "equity_after": equity_after,
        "tape_seq": m.seq, "config_hash": config_hash,
    }  # fmt: skip


def mark_row(m: Moment, trade: PaperTrade, money: Result, account_model: str) -> dict[str, Any]:
    """Return the row of a trade that is open: what it would come to if it left now."""
    plan = trade.plan
    return _of(trade, account_model) | {
        "ts": m.clock_ns, "state": trade.state, "entry_ts": trade.entry_ns, "entry_price": money.entry_price,
        "size_base": money.size_base, "stop": plan.stop / plan.price_scale, "target": plan.target / plan.price_scale,
        "expires_at": plan.expires_ns, "mark_price": trade.touch / plan.price_scale if trade.touch else None,
        "pnl_quote": money.pnl_quote, "r_multiple": money.r_multiple, "mae_r": money.mae_r, "mfe_r": money.mfe_r,
        "outage": trade.outage,
    }  # fmt: skip


def account_row(m: Moment, account: Account, event: str, trade_id: str | None, config_hash: str) -> dict[str, Any]:
    """Return the account as it is after an event: start, trade (the end of `trade_id`), day, latch or reset."""
    return {
        "ts": m.clock_ns, "event": event, "trade_id": trade_id, "equity_quote": account.equity_quote,
        "marked_quote": account.marked_quote, "day_start_quote": account.day_start_quote,
        "day_loss": account.day_loss, "peak_quote": account.peak_quote, "drawdown": account.drawdown,
        "open_risk_quote": account.open_risk_quote, "n_open": len(account.positions), "latched": account.latched,
        "latch_reason": account.latch_reason, "tape_seq": m.seq, "config_hash": config_hash,
    }  # fmt: skip
