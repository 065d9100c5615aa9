"""Stores for the tests of the sinks, read as a user reads them."""

import os
from pathlib import Path
from typing import Any

import duckdb

from leadline.moment import Row
from sinks import catalog, row_sql, segments
from sinks.tables import TABLES


def new_lake(folder: Path) -> Path:
    """Return a data folder, prepared, without its catalog."""
    segments.prepare(folder)
    return folder


def new_store(folder: Path) -> Path:
    """Return a data folder, prepared and with its catalog."""
    catalog.refresh(new_lake(folder))
    return folder


_MEMORY = duckdb.connect()


def look(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    """Answer a question through the same views without a catalog: ten times faster."""
    for table in TABLES.values():
        if table.name in sql:
            _MEMORY.execute(f"CREATE OR REPLACE TEMP VIEW {table.name} AS {row_sql.of_table(table, data_dir)}")
    return _MEMORY.execute(sql).fetchall()


def ask(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    """Answer a question as a user does: open the catalog, ask, close."""
    with duckdb.connect(str(catalog.path(data_dir)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def put(data_dir: Path, rows: list[Row], at_ns: int) -> list[Path]:
    """Write rows of one table as segments of that time, one a UTC day."""
    table = TABLES[rows[0].table]
    days = segments.by_day(table, [row.values for row in rows])
    return [
        segments.publish(
            segments.lake(data_dir) / table.name / day,
            segments.encode(segments.arrow_table(table, held, at_ns)),
            lambda: f"test.{os.getpid()}-{at_ns}.parquet",
        )
        for day, held in days.items()
    ]


def stored(folder: Path, rows: list[Row], at_ns: int = 1_800_000_000_000_000_000) -> Path:
    """Return a new data folder that holds rows of any table, those that pass the store by left out."""
    new_lake(folder)
    for name in TABLES:
        of = [row for row in rows if row.table == name]
        for k, some in enumerate([[row] for row in of] if name == "runs" else [of] if of else []):
            put(folder, some, at_ns + 1_000_000 * k)
    return folder


def files(data_dir: Path, table: str) -> list[Path]:
    """Return a table's segments, but for the empty one."""
    return sorted(p for p in (segments.lake(data_dir) / table).rglob("*.parquet") if not p.name.startswith("empty"))
