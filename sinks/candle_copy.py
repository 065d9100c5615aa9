"""Candles of one market, copied out of the store's view as they are asked for.

The view is slow where questions are many, and years of one-minute candles are slow to copy. So only the
stretches of time that a question is about are copied, each once; and where bars of an hour or more are
made of minutes, the hours are copied, put together on the way.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from leadline.history import SPANS_NS, made_of
from leadline.times import HOUR_NS
from sinks.candle_pieces import Asked, Stretch, Wanted, inside, single, together
from sinks.market import Market, time_of

COLUMNS = (
    "symbol, venue, tape_id, run_id, timeframe, open_time, open, high, low, close, volume, filled, partial, origin"
)
PIECE = "timeframe, first, last, open, high, low, close, units, parts, archived, traded"
HOURS = (
    "timeframe VARCHAR, first TIMESTAMP, last TIMESTAMP, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, "
    "units HUGEINT, parts BIGINT, archived BOOLEAN, traded BOOLEAN"
)


class Held:
    """Which stretches of which timeframes are there already; what ends later than `end` is cut off there."""

    def __init__(self, end: datetime) -> None:
        self._end = end
        self._has: dict[str, list[Stretch]] = {}

    def lacking(self, timeframes: Sequence[str], stretches: Sequence[Stretch]) -> Wanted:
        """Return what of these is not there, and take note that it will be."""
        found: dict[tuple[Stretch, ...], list[str]] = {}
        for name in timeframes:
            parts = tuple(part for start, end in stretches for part in self._lacking(name, start, min(end, self._end)))
            if parts:
                found.setdefault(parts, []).append(name)
        return [(names, parts) for parts, names in found.items()]

    def _lacking(self, timeframe: str, start: datetime, end: datetime) -> list[Stretch]:
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


class CandleCopy:
    """A connection whose tables hold what was needed so far, nothing that opens at `as_of_ns` or later.

    `candles` is as the view is; `hours` has finer candles, an hour a piece. `begins` says since when the store has
    candles, us, of each timeframe that it has.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, market: Market, as_of_ns: int, begins: Mapping[str, int]
    ) -> None:
        self.connection, self.begins, self._market = connection, begins, market
        self._candles, self._hours = Held(time_of(as_of_ns)), Held(time_of(as_of_ns))
        self._view = f"{_quoted(connection.execute('SELECT current_database()').fetchall()[0][0])}.main.candles"
        connection.execute(f"CREATE TEMP TABLE candles AS SELECT {COLUMNS} FROM candles LIMIT 0")
        connection.execute(f"CREATE TEMP TABLE hours ({HOURS})")

    def parts(self, timeframe: str) -> list[str]:
        """Return the timeframes that a bar may be made of and the store has, the coarsest first."""
        return [name for name in made_of(timeframe) if name in self.begins]

    def of(self, timeframe: str, parts: Sequence[str], stretches: Sequence[Stretch]) -> Asked:
        """Return the pieces from which bars of a timeframe are made in some stretches; these are copied first."""
        by_hour = [name for name in parts if SPANS_NS[name] < HOUR_NS <= SPANS_NS[timeframe]]
        as_they_are = [name for name in parts if name not in by_hour]
        found: list[str] = []
        values: list[Any] = []
        if as_they_are:
            self.need(as_they_are, stretches)
            sql, values = single(self._market, [(as_they_are, stretches)], timeframe)
            found.append(sql)
        if by_hour:
            self._need_hours(by_hour, stretches)
            within, more = inside("first", [(by_hour, stretches)])
            found.append(f"SELECT {PIECE} FROM hours WHERE {within}")
            values = [*values, *more]
        return " UNION ALL ".join(found), values

    def need(self, timeframes: Sequence[str], stretches: Sequence[Stretch]) -> None:
        """Copy the candles of these timeframes that open in these stretches and are not there yet."""
        wanted = self._candles.lacking(timeframes, stretches)
        if wanted:
            (where, parameters), (within, values) = self._market.sql(), inside("open_time", wanted)
            self.connection.execute(
                f"INSERT INTO temp.candles SELECT {COLUMNS} FROM {self._view} WHERE {where} AND {within}",
                [*parameters, *values],
            )

    def _need_hours(self, timeframes: Sequence[str], stretches: Sequence[Stretch]) -> None:
        wanted = self._hours.lacking(timeframes, stretches)
        if wanted:
            pieces, parameters = single(self._market, wanted, view=self._view)
            self.connection.execute(f"INSERT INTO hours SELECT {PIECE} FROM ({together(pieces, '1h')})", parameters)


def _quoted(name: str) -> str:
    """Return a name as SQL takes it: a database is called by its file.

    >>> _quoted('my-"own" store')
    '"my-""own"" store"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def copying(
    connection: duckdb.DuckDBPyConnection, market: Market, as_of_ns: int, begins: Mapping[str, int]
) -> Iterator[CandleCopy]:
    """Give a copy, empty as yet, on a cursor of a connection."""
    with connection.cursor() as own:
        yield CandleCopy(own, market, as_of_ns, begins)
