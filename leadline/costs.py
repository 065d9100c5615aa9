"""Costs: what a signal pays, and the win rate at which it breaks even.

Everything is in bps of the entry price. L is what a planned stop-out loses, W what a target
wins, fees and slippage inside. A signal that cannot win (W <= 0) is impossible and says so.
"""

from typing import NamedTuple

from leadline.book import walk
from leadline.moment import BookView
from leadline.settings import Fees


class Costs(NamedTuple):
    """A signal's arithmetic, bps of entry unless said."""

    loss_bps: float  # L
    win_bps: float  # W, may be negative
    cost_bps: float  # fees and slippage of a trade that ends at its stop
    net_rr: float | None  # W / L; None where a rebate leaves nothing to lose
    breakeven_win_rate: float | None  # L / (L + W); None when impossible


class RoundTrip(NamedTuple):
    """Entry and exit fee together, bps: of a trade that ends at its stop, and of one that ends at its target."""

    stop_bps: float
    target_bps: float


def round_trip(fees: Fees, fill_model: str) -> RoundTrip:
    """Return what a trade pays: a stop always takes; elsewhere the dearer of the role set and the fill model's.

    So a role can make a plan more careful, and never kinder than what the account will be charged.

    >>> round_trip(Fees(profile="kraken_futures", entry="maker", exit="maker"), "taker")
    RoundTrip(stop_bps=10.0, target_bps=10.0)
    >>> round_trip(Fees(profile="kraken_futures", entry="maker", exit="maker"), "maker_pessimistic")
    RoundTrip(stop_bps=7.0, target_bps=4.0)
    """
    charged = fees.bps("taker" if fill_model == "taker" else "maker")
    entry, target = max(fees.bps(fees.entry), charged), max(fees.bps(fees.exit), charged)
    return RoundTrip(entry + fees.bps("taker"), entry + target)


def costs(
    stop_bps: float, target_bps: float, fee_bps: float, entry_slip_bps: float, stop_slip_bps: float,
    target_fee_bps: float | None = None,
) -> Costs:  # fmt: skip
    """Return the arithmetic of a trade; `fee_bps` is entry and exit fee together.

    `target_fee_bps` is the same of a trade that ends at its target, where that is not `fee_bps`.

    >>> costs(25, 50, 80, 0, 0).win_bps, costs(25, 50, 80, 0, 0).breakeven_win_rate
    (-30, None)
    >>> golden = costs(25, 50, 10, 0, 2)
    >>> golden.loss_bps, golden.win_bps, round(golden.breakeven_win_rate, 4)
    (37, 40, 0.4805)
    """
    loss = stop_bps + fee_bps + entry_slip_bps + stop_slip_bps
    win = target_bps - (fee_bps if target_fee_bps is None else target_fee_bps) - entry_slip_bps
    breakeven = max(loss, 0.0) / (loss + win) if win > 0 else None
    return Costs(loss, win, loss - stop_bps, win / loss if loss > 0 else None, breakeven)


class Slippage(NamedTuple):
    """What walking the book past the touch costs at a size, and whether the book had that much."""

    entry_bps: float
    stop_bps: float
    available: int  # size units that both sides can fill, at most the size asked
    deep: bool  # past the levels that the checksum vouches for


def slippage(view: BookView, side: int, size: int) -> Slippage:
    """Walk the book for an entry of `size` units (side +1 buys) and for its stop, as the book is now."""
    asks, bids = walk(view.ask_keys, view.ask_sizes, size), walk(view.bid_keys, view.bid_sizes, size)
    enter, leave = (asks, bids) if side > 0 else (bids, asks)
    entry_touch = abs((view.ask_keys if side > 0 else view.bid_keys)[-1])
    exit_touch = abs((view.bid_keys if side > 0 else view.ask_keys)[-1])
    if not enter.filled or not leave.filled:
        return Slippage(0.0, 0.0, 0, False)
    return Slippage(
        1e4 * abs(enter.notional - entry_touch * enter.filled) / (entry_touch * enter.filled),
        1e4 * abs(leave.notional - exit_touch * leave.filled) / (entry_touch * leave.filled),
        min(enter.filled, leave.filled),
        enter.deep or leave.deep,
    )
