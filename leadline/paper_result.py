"""What a paper trade came to in money: fees, profit, R, slippage, excursions.

All amounts are in quote currency. Fees follow the role of each fill: what took pays the taker
fee, what rested the maker fee.
"""

from typing import NamedTuple

from leadline.paper import PaperTrade
from leadline.settings import Fees


class Result(NamedTuple):
    """The money of a trade, or of what it would be if it left at the newest touch now."""

    entry_price: float | None
    exit_price: float | None
    size_base: float
    entry_quote: float  # entry notional
    gross_quote: float  # before fees
    fees_quote: float
    pnl_quote: float  # after fees
    pnl_bps: float | None  # of the entry notional
    risk_quote: float  # R: what a planned stop-out of this size loses
    r_multiple: float | None
    slippage_bps: float | None  # both fills against the mid when each was decided; positive is a cost
    mae_r: float | None  # worst excursion while open, in R, at the touch an exit would hit
    mfe_r: float | None  # best


NOTHING = Result(None, None, 0.0, 0.0, 0.0, 0.0, 0.0, None, 0.0, None, None, None, None)


def result(trade: PaperTrade, fees: Fees) -> Result:
    """Return what the trade came to; what is still in is valued at the newest touch, as a taker.

    >>> result(PaperTrade(None, "taker"), Fees()).pnl_quote
    0.0
    """
    if not trade.filled:
        return NOTHING
    plan, side = trade.plan, trade.plan.side
    scale = plan.price_scale * plan.qty_scale
    left = trade.filled - trade.out
    taker_out = trade.got_taker + left * trade.touch
    got = taker_out + trade.got_maker
    entry_quote = trade.paid / scale
    maker_bps, taker_bps = fees.bps("maker"), fees.bps("taker")
    fees_quote = 1e-4 * (
        entry_quote * (maker_bps if trade.maker else taker_bps)
        + taker_out / scale * taker_bps
        + trade.got_maker / scale * maker_bps
    )
    gross = side * (got - trade.paid) / scale
    pnl = gross - fees_quote
    size = trade.filled / plan.qty_scale
    risk = size * (plan.entry / plan.price_scale) * plan.loss_bps * 1e-4
    return Result(
        trade.paid / trade.filled / plan.price_scale,
        got / trade.filled / plan.price_scale,
        size,
        entry_quote,
        gross,
        fees_quote,
        pnl,
        1e4 * pnl / entry_quote,
        risk,
        pnl / risk if risk > 0 else None,
        _slippage_bps(trade, got),
        _excursion_r(trade, trade.worst, risk, scale),
        _excursion_r(trade, trade.best, risk, scale),
    )


def _slippage_bps(trade: PaperTrade, got: int) -> float | None:
    """Return what both fills cost against the mid when each was decided; None while it is open."""
    if trade.exit_mid2 is None:
        return None
    side, filled, mid2 = trade.plan.side, trade.filled, trade.plan.mid2
    twice = side * (2 * trade.paid - filled * mid2) + side * (filled * trade.exit_mid2 - 2 * got)
    return 1e4 * twice / (filled * mid2)


def _excursion_r(trade: PaperTrade, touch: int | None, risk: float, scale: int) -> float | None:
    if touch is None or risk <= 0:
        return None
    return trade.plan.side * (touch * trade.filled - trade.paid) / scale / risk
