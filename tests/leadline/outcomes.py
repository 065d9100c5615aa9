"""Outcomes for tests."""

from leadline.performance import Outcome
from leadline.times import HOUR_NS


def outcome(pnl=1.0, r=None, hour=0.0, held_s=60.0, **given) -> Outcome:
    """Return an outcome that was entered at an hour since the epoch; R is 1.0 of quote unless given."""
    entry_ns = round(hour * HOUR_NS)
    values = {
        "symbol": "A/USD", "setup": "ema_pullback", "side": "buy", "verdict": "tradable",
        "exit_reason": "target" if pnl > 0 else "stop", "entry_ns": entry_ns,
        "exit_ns": entry_ns + round(held_s * 1e9), "pnl_quote": pnl, "gross_quote": pnl + 0.25, "fees_quote": 0.25,
        "pnl_bps": 10 * pnl, "r_multiple": pnl if r is None else r, "mae_r": -0.5, "mfe_r": 1.0,
        "breakeven_win_rate": 0.5, "on_account": True, "equity_after": None,
    }  # fmt: skip
    return Outcome(**values | given)
