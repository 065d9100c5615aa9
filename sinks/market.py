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
        if self.venue != "simulator":
            return "symbol = ? AND venue = ?", [self.symbol, self.venue]
        tapes = [self.tape_id or "", self.past or self.tape_id or ""]
        return "symbol = ? AND venue = ? AND coalesce(tape_id, run_id) IN (?, ?)", [self.symbol, self.venue, *tapes]


def time_of(time_ns: int) -> datetime:
    """Return a time as the store compares it."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)
