"""What an analysis of one symbol is made of, read from the store: closed bars and the newest order book.

Only one world is read. The real one is every row whose venue is not the simulator; of the
simulator's, one tape. Nothing later than `as_of_ns` is looked at.
"""

from datetime import datetime, timedelta
from typing import Any

import duckdb

from leadline.analysis import bars_needed
from leadline.analysis.inputs import Book, Inputs, World
from leadline.errors import StoreError
from sinks.analysis_bars import closed_bars

EPOCH = datetime(1970, 1, 1)  # as the store has it: UTC, without a zone
READING_DAYS = 1  # how far back the newest reading is looked for, to tell its age


def world(connection: duckdb.DuckDBPyConnection, venue: str) -> World:
    """Return the world of a venue; of the simulator's tapes the one that was stored last."""
    if venue != "simulator":
        return World(venue)
    found = connection.execute(
        "SELECT coalesce(tape_id, run_id) FROM candles WHERE venue = 'simulator' ORDER BY stored_at DESC LIMIT 1"
    ).fetchall()
    return World(venue, found[0][0] if found else None)


def condition(of: World) -> tuple[str, list[Any]]:
    """Return what is true of a world's rows, as SQL and its parameters."""
    if of.simulated:
        return "venue = 'simulator' AND coalesce(tape_id, run_id) = ?", [of.tape_id or ""]
    return "venue <> 'simulator'", []


def read(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> Inputs:
    """Return the inputs of an analysis; StoreError where the store has no bar of the symbol by then."""
    found = closed_bars(connection, symbol, as_of_ns, bars_needed(), *condition(of))
    if not found:
        raise StoreError(_nothing(connection, symbol, as_of_ns, of))
    return Inputs(symbol, as_of_ns, of, found, newest_book(connection, symbol, as_of_ns, of))


def newest_book(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> Book | None:
    """Return the newest verified reading by a time, at most a day old."""
    where, parameters = condition(of)
    until = at(as_of_ns)
    found = connection.execute(
        f"SELECT epoch_ns(ts), {', '.join(Book._fields[1:])} FROM features WHERE symbol = ? AND ts <= ? AND ts > ? "
        f"AND {where} AND trust = 'verified' AND hft_score IS NOT NULL ORDER BY ts DESC, stored_at DESC LIMIT 1",
        [symbol, until, until - timedelta(days=READING_DAYS), *parameters],
    ).fetchall()
    return Book(*found[0]) if found else None


def at(time_ns: int) -> datetime:
    """Return a time as the store compares it."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)


def _nothing(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> str:
    where, parameters = condition(of)
    begins = dict(
        connection.execute(
            f"SELECT symbol, min(open_time) FROM candles WHERE {where} GROUP BY symbol ORDER BY symbol", parameters
        ).fetchall()
    )
    if symbol in begins:
        why = f"its first bar opens {begins[symbol]:%Y-%m-%d %H:%M} UTC; choose a later ultimate_analyzer.as_of"
    else:
        has = f"the store has {', '.join(begins)}" if begins else "the store has no history"
        why = f"{has}; bring some with `leadline history import FILE` or `leadline history backfill {symbol}`"
    return f"no bar of {symbol} is closed by {at(as_of_ns):%Y-%m-%d %H:%M} UTC: {why}"
