"""Hands each bias that an analysis found over to the scalper of the same data folder."""

from collections.abc import Callable, Collection
from typing import Any

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from leadline import bias_record
from leadline.errors import LeadlineError
from leadline.moment import Row

Put = Callable[[dict[str, Any]], None]


class BiasInboxSink(DynamicSink[tuple[str, Row]]):
    """Gives `put` a bias record for each row of `bias` of some symbols. Stream: (symbol, Row). No state.

    `on_error` gets the one line that ends the run.
    """

    def __init__(self, put: Put, symbols: Collection[str], on_error: Callable[[str], None]) -> None:
        self._put, self._symbols, self._on_error = put, frozenset(symbols), on_error

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "BiasInboxPartition":
        """Return the partition."""
        return BiasInboxPartition(self._put, self._symbols, self._on_error)


class BiasInboxPartition(StatelessSinkPartition[tuple[str, Row]]):
    """Hands over row by row; what is not a bias of its symbols is left alone."""

    def __init__(self, put: Put, symbols: Collection[str], on_error: Callable[[str], None]) -> None:
        self._put, self._symbols, self._on_error = put, symbols, on_error

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        for symbol, row in items:
            if row.table == "bias" and symbol in self._symbols:
                try:
                    self._put(bias_record.payload(row.values))
                except LeadlineError as e:
                    self._on_error(str(e))
