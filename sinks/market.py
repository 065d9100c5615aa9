"""Market: whose rows a question about history is of, and a time as the store compares it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1)  # UTC, as the store has it


class Market(NamedTuple):
    """Whose candles: a symbol at a venue, of the simulator one tape's."""

    symbol: str
    venue: str = "kraken"
    tape_id: str | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """Return the condition on a row, and its parameters."""
        if self.venue != "simulator":
            return "symbol = ? AND venue = ?", [self.symbol, self.venue]
        return "symbol = ? AND venue = ? AND coalesce(tape_id, run_id) = ?", [*self[:2], self.tape_id or ""]


def time_of(time_ns: int) -> datetime:
    """Return a time as the store compares it."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)
