"""Imported history, by the import that brought it, and how it is taken out again.

By the rules of `sinks.merge`: what is left of a year becomes a segment that stands for the others, comes into
force a moment later, and the files with what was removed are deleted an hour after that. So flows may run and
prompts may read meanwhile. Rows of flows are never touched: they are in other folders. Times in ns, UTC.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from leadline.errors import StoreError
from leadline.history import close_ns
from leadline.times import SECOND_NS
from sinks import catalog, row_sql, segments
from sinks.compaction import alone
from sinks.history_writer import alone as only_writer
from sinks.market import ns_of, time_of
from sinks.merge import Upkeep, replaces
from sinks.tables import TABLES

MARKET = "coalesce(tape_id, run_id)"  # names a simulated market
NOTICE_NS = SECOND_NS  # a reader that has listed the files may see for so long what is removed: no harm


class Wanted(NamedTuple):
    """Which rows are meant; None: whatever they have there. Only candles have a timeframe."""

    symbol: str | None = None
    venue: str | None = None
    timeframe: str | None = None
    source: str | None = None
    import_id: str | None = None
    tape_id: str | None = None  # of a simulated market; one without an id is named by its import

    def columns(self) -> dict[str, str]:
        """Return what the columns of a row, or MARKET, must be."""
        told = {"symbol": self.symbol, "venue": self.venue, "timeframe": self.timeframe, "source": self.source,
                "run_id": self.import_id, MARKET: self.tape_id}  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}


class Brought(NamedTuple):
    """What one import brought of one series; `timeframe` None: trades."""

    venue: str
    tape_id: str | None
    symbol: str
    timeframe: str | None
    origin: str
    source: str | None
    import_id: str
    stored_at: datetime  # the first row
    from_time: datetime  # of the first row
    to_time: datetime  # when the last candle closes, or when the last trade was
    n: int
    years: list[int]


def brought(data_dir: Path, wanted: Wanted) -> list[Brought]:
    """Return what imports brought, by series and age; StoreError where the store cannot be read."""
    catalog.require(data_dir)
    try:
        with duckdb.connect() as connection:
            found = [row for table in ("candles", "trades") for row in _brought(connection, data_dir, table, wanted)]
    except duckdb.Error as e:
        raise catalog.broken(data_dir, e) from e
    return sorted(found, key=lambda one: (one.venue, one.symbol, one.timeframe or "", one.stored_at))


def _brought(connection: duckdb.DuckDBPyConnection, data_dir: Path, table: str, wanted: Wanted) -> list[Brought]:
    of, columns = TABLES[table], wanted.columns()
    if table == "trades" and wanted.timeframe is not None:
        return []
    timeframe = "NULL" if table == "trades" else "timeframe"
    where = " AND ".join([*(f"{name} = ?" for name in columns), "true"])
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT venue, CASE WHEN venue = 'simulator' THEN {MARKET} END AS tape, symbol, {timeframe} AS timeframe, "
        "origin, source, run_id, min(stored_at), "
        f"min({of.time}), max({of.time}), count(*), list(DISTINCT year({of.time})) "
        f"FROM ({row_sql.in_force(of, data_dir.absolute(), 'year=*')}) WHERE {where} GROUP BY ALL",
        list(columns.values()),
    ).fetchall()
    return [_closed(Brought(*row)) for row in rows]


def _closed(one: Brought) -> Brought:
    """Return what was brought, its candles to the close of the last."""
    if one.timeframe is None:
        return one
    return one._replace(to_time=time_of(close_ns(ns_of(one.to_time), one.timeframe)))


class Remover(Upkeep):
    """Takes rows out of imported years, alone; whoever else looks after the lake waits."""

    def __init__(
        self, data_dir: Path, clock: Callable[[], int] = time.time_ns, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        super().__init__(data_dir, clock)
        self._sleep = sleep

    def remove(self, wanted: Wanted, found: list[Brought]) -> None:
        """Take out what was found to be wanted; when this returns, no question is answered with it any more."""
        lake, in_force_ns = segments.lake(self._data_dir), 0
        try:
            with only_writer(self._data_dir), alone(lake):
                for table in ("candles", "trades"):
                    years = {y for one in found if (one.timeframe is None) == (table == "trades") for y in one.years}
                    for year in sorted(years):
                        folder = lake / table / segments.year_name(year)
                        in_force_ns = max(in_force_ns, self._without(folder, wanted))
                self._sleep(max(0, in_force_ns - self._clock()) / 1e9)
        except (OSError, pa.ArrowException) as e:
            raise StoreError(f"the history in {str(self._data_dir)!r} cannot be changed: {e}") from e

    def _without(self, folder: Path, wanted: Wanted) -> int:
        found = [s for s in segments.find(folder) if s.time_ns]
        held = set().union(*(replaces(s) for s in found if s.covers))
        originals, waiting = [s for s in found if s.path.name not in held], [s for s in found if s.path.name in held]
        return self._merge(
            folder, originals, lambda rows: rows.filter(_others(rows, wanted)), waiting=waiting, notice_ns=NOTICE_NS
        )


def _others(rows: pa.Table, wanted: Wanted) -> pa.Array:
    """Return which rows are not wanted."""
    meant = pa.array([True] * rows.num_rows)
    for name, value in wanted.columns().items():
        column = pc.coalesce(rows["tape_id"], rows["run_id"]) if name == MARKET else rows[name]
        meant = pc.and_(meant, pc.fill_null(pc.equal(column, value), False))
    return pc.invert(meant)
