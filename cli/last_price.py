"""The last known price of a symbol: of the run that lives, else the newest that was stored of a verified book."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from leadline.errors import StoreError

STORED = """
SELECT best_bid, best_ask, ts FROM features
WHERE mode = 'live' AND ts >= ? AND symbol = ? AND (? IS NULL OR venue = ?)
    AND trust = 'verified' AND best_bid > 0 AND best_ask > 0
ORDER BY ts DESC LIMIT 1
"""
KNOWN = timedelta(days=7)  # an older price says little of the market


class LastPrice(NamedTuple):
    """The touch in quote currency, and when it was seen, UTC."""

    bid: float
    ask: float
    ts: datetime


def last_price(data_dir: Path, symbol: str, venue: str | None) -> LastPrice | None:
    """Return a symbol's price on the live line's market; None where nobody knows one."""
    return _told(data_dir, symbol) or _stored(data_dir, symbol, venue)


def _told(data_dir: Path, symbol: str) -> LastPrice | None:
    """Return what the metrics of the folder's own run tell of a verified book."""
    from cli.watching.told import Metrics
    from sinks import metrics_address

    address = metrics_address.read(data_dir)
    if address is None:
        return None
    metrics = Metrics(address.url)
    try:
        told = metrics.ask()
    finally:
        metrics.close()
    book = None if told is None or told.started != address.started else told.books.get(symbol)
    if told is None or book is None or book.trust != "verified" or not (book.bid and book.ask):
        return None
    return LastPrice(book.bid, book.ask, datetime.fromtimestamp(told.at, UTC).replace(tzinfo=None))


def _stored(data_dir: Path, symbol: str, venue: str | None) -> LastPrice | None:
    import duckdb

    from sinks import catalog
    from sinks.tables import TABLES

    since = datetime.now(UTC).replace(tzinfo=None) - KNOWN
    try:
        catalog.require(data_dir)
        with catalog.views_in_memory(data_dir, [TABLES["features"]]) as store:
            found = store.execute(STORED, [since, symbol, venue, venue]).fetchall()
    except (duckdb.Error, StoreError):
        return None  # a warning is not worth a failure: the line looks, too
    return LastPrice(*found[0]) if found else None
