"""Biases: how what the analyzer found reaches the line, as records of the tape.

A running scalper, or the next one, finds the bias of each of its symbols in the inbox. A run that
begins takes up what is in force from the store, since an earlier run may have emptied the inbox.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from leadline import bias_record
from leadline.errors import StoreError
from leadline.settings import Settings
from sinks import catalog
from sinks.bias_inbox import BiasInboxSink
from sources import inbox

IN_FORCE = """
    SELECT symbol, venue, epoch_ns(as_of) AS as_of, epoch_ns(valid_until) AS valid_until, bias, key_level, breakouts,
           setups
    FROM bias
    WHERE venue = ? AND mode IN ('live', 'simulator') AND list_contains(?::TEXT[], symbol)
          AND epoch_ns(as_of) <= ? AND epoch_ns(valid_until) > ?
    QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY as_of DESC, stored_at DESC) = 1
    ORDER BY symbol
"""


def handing_over(settings: Settings, live: bool, on_error: Callable[[str], None]) -> BiasInboxSink:
    """Return the sink that leaves each bias in the inbox; none of them where the analysis is not as of now.

    What the scalper does with one is its own setting: on the tape it is, so that a replay can ask for more of it.
    """
    symbols = settings.symbols() if live else []
    return BiasInboxSink(partial(_put, Path(settings.storage.data_dir)), symbols, on_error)


def _put(data_dir: Path, payload: dict[str, Any]) -> None:
    inbox.put(data_dir, "bias", payload, about=payload["symbol"])


def in_force(data_dir: Path, venue: str, symbols: Sequence[str], now_ns: int) -> list[dict[str, Any]]:
    """Return the bias record of each symbol whose newest stored bias is in force; none where there is no store yet."""
    try:
        with catalog.connect(data_dir) as store:
            found = store.execute(IN_FORCE, [venue, list(symbols), now_ns, now_ns])
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except (duckdb.Error, OSError, StoreError):
        return []  # the lake says so itself where it cannot be read; the inbox will bring the next
    return [bias_record.payload(row) for row in rows]
