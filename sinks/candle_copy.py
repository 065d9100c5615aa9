"""Candles of one market, copied out of the store's view as they are asked for.

The view is slow where questions are many, and years of one-minute candles are slow to copy: so only
the stretches of time that a question is about are copied, each once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb

from sinks.history import Market, time_of

COLUMNS = (
    "symbol, venue, tape_id, run_id, timeframe, open_time, open, high, low, close, volume, filled, partial, origin"
)
Stretch = tuple[datetime, datetime]  # [from, to), UTC


class CandleCopy:
    """A connection whose table `candles` holds what was needed so far, nothing that opens at `as_of_ns` or later."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, market: Market, as_of_ns: int) -> None:
        self.connection, self._market, self._end = connection, market, time_of(as_of_ns)
        self._view = f"{_quoted(connection.execute('SELECT current_database()').fetchall()[0][0])}.main.candles"
        self._has: dict[str, list[Stretch]] = {}
        connection.execute(f"CREATE TEMP TABLE candles AS SELECT {COLUMNS} FROM candles LIMIT 0")

    def need(self, timeframes: Sequence[str], stretches: Sequence[Stretch]) -> None:
        """Copy what of these timeframes opens in these stretches and is not there yet."""
        wanted = [
            (timeframe, *part)
            for timeframe in timeframes
            for start, end in stretches
            for part in self._missing(timeframe, start, min(end, self._end))
        ]
        if not wanted:
            return
        where, parameters = self._market.sql()
        within = " OR ".join("(timeframe = ? AND open_time >= ? AND open_time < ?)" for _ in wanted)
        bounds = [min(start for _, start, _ in wanted), max(end for *_, end in wanted)]
        view = f"SELECT {COLUMNS} FROM {self._view} WHERE {where} AND open_time >= ? AND open_time < ?"
        self.connection.execute(
            f"INSERT INTO temp.candles {view} AND ({within})",
            [*parameters, *bounds, *(value for one in wanted for value in one)],
        )

    def _missing(self, timeframe: str, start: datetime, end: datetime) -> list[Stretch]:
        """Return the parts of a stretch that are not there, and take note that they will be."""
        has, parts = self._has.setdefault(timeframe, []), []
        for known_start, known_end in sorted(has):
            if known_end <= start or known_start >= end:
                continue
            if known_start > start:
                parts.append((start, known_start))
            start = max(start, known_end)
        if start < end:
            parts.append((start, end))
        has += parts
        return parts


def _quoted(name: str) -> str:
    """Return a name as SQL takes it: a database is called by its file.

    >>> _quoted('my-"own" store')
    '"my-""own"" store"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def copying(connection: duckdb.DuckDBPyConnection, market: Market, as_of_ns: int) -> Iterator[CandleCopy]:
    """Give a copy, empty as yet, on a cursor of a connection."""
    with connection.cursor() as own:
        yield CandleCopy(own, market, as_of_ns)
