"""The resync sink: hands the line's wishes for a fresh snapshot to the live source.

Within the process, through a queue: the engine has no feedback edge. On a replay there is
nobody to ask, and the wishes end here.
"""

from collections.abc import Callable

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from leadline.moment import Row

Ask = Callable[[int, str, str], None]  # record number, symbol, reason


class ResyncSink(DynamicSink[tuple[str, Row]]):
    """Calls `ask` for each `resync` row. Stream: `(line, Row)`, all tables. No state."""

    def __init__(self, ask: Ask | None) -> None:
        self._ask = ask

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "ResyncPartition":
        """Return the worker's partition."""
        return ResyncPartition(self._ask)


class ResyncPartition(StatelessSinkPartition[tuple[str, Row]]):
    """Passes the wishes on as they come."""

    def __init__(self, ask: Ask | None) -> None:
        self._ask = ask

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        if self._ask is not None:
            for _, row in items:
                if row.table == "resync":
                    self._ask(row.values["seq"], row.values["symbol"], row.values["reason"])
