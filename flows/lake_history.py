"""Warm-up from the lake: the candles that an earlier live run left, as a history record takes them.

Only live rows count, and only the newest unbroken run of complete minutes: within a history a
minute that is left out means that nothing traded, which an outage does not.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from leadline.errors import StoreError
from sinks import catalog

LIMIT = 720  # one-minute candles, as Kraken's own history has
MINUTE_S = 60
QUERY = f"""
    SELECT epoch(open_time), open, high, low, close, vwap, volume, n_trades FROM candles
    WHERE mode = 'live' AND venue = ? AND symbol = ? AND timeframe = '1m' AND NOT partial
    ORDER BY open_time DESC LIMIT {LIMIT}
"""


def unbroken(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    """Return the newest minutes without a hole, oldest first, of rows that come newest first.

    >>> unbroken([(300, 5.0), (240, 4.0), (120, 2.0)])
    [[240, 4.0], [300, 5.0]]
    """
    run: list[list[Any]] = []
    for row in rows:
        open_s = round(row[0])
        if run and open_s != run[-1][0] - MINUTE_S:
            break
        run.append([open_s, *row[1:]])
    return run[::-1]


def from_lake(data_dir: Path, venue: str) -> Callable[[str], dict[str, Any] | None]:
    """Return what gives a symbol's history payload; None where the lake has none, or cannot be read."""

    def history(symbol: str) -> dict[str, Any] | None:
        try:
            with catalog.connect(data_dir) as store:
                candles = unbroken(store.execute(QUERY, [venue, symbol]).fetchall())
        except (duckdb.Error, OSError, StoreError):
            return None  # the venue's own history, or the stream, will do
        return {"symbol": symbol, "interval_s": MINUTE_S, "candles": candles} if candles else None

    return history
