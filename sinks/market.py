"""Market: whose rows a question about history is of, and a time as the store compares it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

REST = "rest:"  # begins the tape id of what a backfill from a simulated exchange brought
EPOCH = datetime(1970, 1, 1)  # UTC, as the store has it


class Market(NamedTuple):
    """Whose candles: a symbol at a venue, of the simulator one tape's and those of its past."""

    symbol: str
    venue: str = "kraken"
    tape_id: str | None = None
    past: str | None = None  # the tape that a simulated exchange's own past is kept under

    def sql(self) -> tuple[str, list[Any]]:
        """Return the condition on a row, and its parameters."""
        where, parameters = rows_of(self.venue, self.tape_id, self.past)
        return f"symbol = ? AND {where}", [self.symbol, *parameters]


def rows_of(venue: str, tape_id: str | None, past: str | None) -> tuple[str, list[Any]]:
    """Return the condition on a row of any symbol of a market, and its parameters."""
    if venue != "simulator":
        return "venue = ?", [venue]
    return "venue = ? AND coalesce(tape_id, run_id) IN (?, ?)", [venue, tape_id or "", past or tape_id or ""]


def time_of(time_ns: int) -> datetime:
    """Return a time as the store compares it."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)


def ns_of(time: datetime) -> int:
    """Return a time of the store in ns.

    >>> ns_of(time_of(1_700_000_000_000_001_000))
    1700000000000001000
    """
    return (time - EPOCH) // timedelta(microseconds=1) * 1000
