"""Pairs: what REST's AssetPairs says of each symbol: whether it trades, its digits, what it costs. Pure.

One pair of the answer, much shortened; fees are percent by the 30 days' volume, the maker's only where
they differ from the taker's:

    "XXBTZUSD": {"altname":"XBTUSD","wsname":"XBT/USD","pair_decimals":1,"lot_decimals":8,"status":"online",
                 "fees":[[0,0.4],[10000,0.35]],"fees_maker":[[0,0.25],[10000,0.2]]}
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sources.kraken.symbols import new_name

Schedule = tuple[tuple[float, float], ...]  # from this volume on, so many bps; the lowest first


class Pair(NamedTuple):
    """One symbol at the venue."""

    symbol: str  # as the websocket v2 calls it
    rest_name: str
    status: str  # online, cancel_only, post_only, limit_only, reduce_only, maintenance, delisted, ...
    price_precision: int
    qty_precision: int
    taker: Schedule
    maker: Schedule


def pairs(result: Mapping[str, Any]) -> dict[str, Pair]:
    """Return the venue's pairs by symbol; one that cannot be read is left out.

    >>> told = {"wsname": "XBT/USD", "altname": "XBTUSD", "pair_decimals": 1, "lot_decimals": 8, "fees": [[0, 0.4]]}
    >>> pairs({"XXBTZUSD": told})["BTC/USD"][2:]
    ('online', 1, 8, ((0.0, 40.0),), ((0.0, 40.0),))
    """
    found = {}
    for name, told in result.items():
        try:
            taker = _schedule(told["fees"])
            pair = Pair(
                new_name(told["wsname"]), name, told.get("status", "online"), int(told["pair_decimals"]),
                int(told["lot_decimals"]), taker, _schedule(told.get("fees_maker") or told["fees"]),
            )  # fmt: skip
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
        found[pair.symbol] = pair
    return found


def _schedule(rows: list[Any]) -> Schedule:
    return tuple(sorted((float(volume), round(100 * float(percent), 6)) for volume, percent in rows))


def fee_bps(schedule: Schedule, volume: float) -> float | None:
    """Return what is paid at a volume, in bps; None where the schedule does not say.

    >>> fee_bps(((0.0, 40.0), (10_000.0, 35.0)), 10_000.0)
    35.0
    """
    reached = [fee for since, fee in schedule if since <= volume]
    return reached[-1] if reached else None
