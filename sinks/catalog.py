"""The catalog: `<data_dir>/leadline.duckdb`, which holds views over the lake and nothing else.

It is made in a temporary file and renamed, then left alone: the flow holds no lock on it, so a SQL
prompt may stay open while the flow runs and starts again. The storage format is DuckDB 1.5's, so
that its released command line opens it. Paths are absolute; `refresh` mends them after a move.

What you create in this file yourself is gone at the next start: keep it elsewhere, or `export`.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from leadline.errors import StoreError
from sinks import segments
from sinks.tables import TABLES, Table
from sinks.views import VIEWS

STORAGE = {"storage_compatibility_version": "v1.5.0"}
NAME = "leadline.duckdb"
NO_SUCH_FILE_OR_COLUMN = (duckdb.IOException, duckdb.BinderException)  # of a table that is new since the store was made


def path(data_dir: Path) -> Path:
    """Return where the catalog of a data folder is."""
    return data_dir / NAME


def refresh(data_dir: Path) -> Path:
    """Write the catalog anew and return its path; the folder must be prepared.

    Raises StoreError where it cannot be written.
    """
    data_dir = data_dir.absolute()
    target = path(data_dir)
    _write(target, lambda connection: _views(connection, data_dir))
    target.with_name(NAME + ".wal").unlink(missing_ok=True)  # a killed prompt's, of the file that was here
    return target


def export(data_dir: Path, target: Path) -> dict[str, int]:
    """Write the tables' rows, one per id, into a DuckDB file of its own; return rows by table."""
    require(data_dir)
    data_dir, counts = data_dir.absolute(), {}

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        try:
            copy(connection)
        except NO_SUCH_FILE_OR_COLUMN as e:
            raise unreadable(data_dir, e) from e

    def copy(connection: duckdb.DuckDBPyConnection) -> None:
        for table in TABLES.values():
            connection.execute(f"CREATE TABLE {table.name} AS {view_sql(table, data_dir)}")
            _comment(connection, table, "TABLE")
            counts[table.name] = connection.execute(f"SELECT count(*) FROM {table.name}").fetchall()[0][0]
        add_derived(connection)

    _write(target.absolute(), fill)
    return counts


def require(data_dir: Path) -> None:
    """Raise StoreError if there is no lake here to read."""
    if not segments.lake(data_dir).is_dir():
        raise StoreError(
            f"there is no store in {str(data_dir)!r}; run the flow first, or give its folder with --data-dir"
        )


def connect(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory with the views over a lake; nothing on disk is opened for writing."""
    require(data_dir)
    connection = views_in_memory(data_dir, TABLES.values())
    add_derived(connection, data_dir.absolute())
    return connection


def views_in_memory(data_dir: Path, tables: Iterable[Table]) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory with the views of some tables; StoreError where the lake does not have them."""
    connection = duckdb.connect()
    try:
        for table in tables:
            add_view(connection, table, data_dir.absolute())
    except NO_SUCH_FILE_OR_COLUMN as e:
        raise unreadable(data_dir, e) from e
    return connection


def broken(data_dir: Path, e: duckdb.Error) -> StoreError:
    """Return what is to be said of a store that a query fails on."""
    return StoreError(f"the store in {str(data_dir)!r} cannot be read: {first_line(e)}")


def unreadable(data_dir: Path, e: Exception) -> StoreError:
    """Return what is to be said of a store whose files a query does not find, or lack a column of it."""
    return StoreError(
        f"the store in {str(data_dir)!r} cannot be read ({first_line(e)}); if an older Leadline wrote it, "
        "`leadline catalog refresh` brings it up to date"
    )


def _write(target: Path, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    if not target.parent.is_dir():
        raise StoreError(f"cannot write {str(target)!r}: its folder does not exist; make it first, or choose another")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        with duckdb.connect(str(temporary), config=dict(STORAGE)) as connection:
            connection.begin()  # one transaction: a commit for each comment took 0.2 s
            fill(connection)
            connection.commit()
        os.rename(temporary, target)
    except (OSError, duckdb.IOException) as e:
        raise StoreError(f"cannot write {str(target)!r}: {first_line(e)}") from e
    finally:
        for left in (temporary, temporary.with_name(temporary.name + ".wal")):
            left.unlink(missing_ok=True)


def first_line(e: Exception) -> str:
    """Return the first line of an error: DuckDB's go on with the query, and a way of its own."""
    return str(e).partition("\n")[0]


def _views(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> None:
    for table in TABLES.values():
        add_view(connection, table, data_dir)
        _comment(connection, table, "VIEW")
    add_derived(connection, data_dir)


def add_view(connection: duckdb.DuckDBPyConnection, table: Table, data_dir: Path) -> None:
    """Add a table's view; raises duckdb.Error where its segments cannot be read, or are of another version."""
    connection.execute(f"CREATE VIEW {table.name} AS {view_sql(table, data_dir)}")


def add_derived(connection: duckdb.DuckDBPyConnection, data_dir: Path | None = None) -> None:
    """Add the views over the tables' views; with a data folder, those of single runs ask its lake."""
    for view in VIEWS:
        own = [f"{name} AS NOT MATERIALIZED ({_by_run(TABLES[name], data_dir)})" for name in view.by_run if data_dir]
        given = f"WITH {', '.join(own)} " if own else ""
        connection.execute(f"CREATE VIEW {view.name} AS {given}{view.sql}")
        connection.execute(f"COMMENT ON VIEW {view.name} IS {_text(view.about)}")
        for name, *_ in connection.execute(f"DESCRIBE {view.name}").fetchall():
            about = view.columns.get(name) or _ABOUT[name]
            connection.execute(f'COMMENT ON COLUMN {view.name}."{name}" IS {_text(about)}')


_ABOUT = {column.name: column.about for table in TABLES.values() for column in table.columns}


def _comment(connection: duckdb.DuckDBPyConnection, table: Table, kind: str) -> None:
    connection.execute(f"COMMENT ON {kind} {table.name} IS {_text(table.about)}")
    for column in table.columns:
        connection.execute(f'COMMENT ON COLUMN {table.name}."{column.name}" IS {_text(column.about)}')


def view_sql(table: Table, data_dir: Path) -> str:
    """Return the query behind a view: every segment in force, and of each id one row."""
    if table.unique:
        return in_force(table, data_dir, "*")
    one = _one(table)
    if not table.imported:
        return f"{in_force(table, data_dir, '*')} {one}"
    streamed, imported = in_force(table, data_dir, "date=*"), in_force(table, data_dir, "year=*")
    days = _DAYS.format(files=segment_glob(data_dir, table, "date=*"))
    day = f"{table.time}::DATE"
    return _WITH_IMPORTED.format(streamed=streamed, imported=imported, day=day, days=days, one=one)


def _one(table: Table) -> str:
    return f"QUALIFY row_number() OVER (PARTITION BY {', '.join(table.id)} ORDER BY {table.prefer}) = 1"


def _by_run(table: Table, data_dir: Path) -> str:
    return view_sql(table._replace(id=("run_id", *table.id)), data_dir)


def run_sql(table: Table, data_dir: Path, run_id: str) -> str:
    """Return the query of one run's rows, of each id one: also those that the view has from another run."""
    return f"SELECT * FROM ({_by_run(table, data_dir)}) WHERE run_id = {_text(run_id)}"


def runs_sql(table: Table, data_dir: Path, run_ids: Iterable[str]) -> str:
    """Return the query of some runs' rows, of each id one: also those that the view has from another run."""
    rows = f"SELECT * FROM ({_by_run(table, data_dir)}) WHERE run_id IN ({', '.join(map(_text, run_ids))})"
    return rows if table.unique else f"{rows} {_one(table)}"


def in_force(table: Table, data_dir: Path, folders: str) -> str:
    """Return the query of all rows in some folders' segments, whatever their ids."""
    files = segment_glob(data_dir, table, folders)
    columns = ", ".join(f'"{name}"' for name in table.names())
    return (
        f"SELECT {columns} FROM read_parquet({files}, filename = true, union_by_name = true, "
        f"hive_partitioning = false) WHERE filename NOT IN ({_NOT_IN_FORCE.format(files=files)})"
    )


# What was imported is unique in itself, and there are millions of it: only the days of which a flow
# wrote are looked through for doubles. Measured on 4.7 million rows: 3 s instead of 17. IN and NOT IN
# let a condition on the time through to the files, which a join does not; and no part of it is a WITH,
# which would read every column for a query that asks for two.
_WITH_IMPORTED = """
SELECT * FROM (
    {streamed} UNION ALL SELECT * FROM ({imported}) WHERE {day} IN ({days})
) {one}
UNION ALL SELECT * FROM ({imported}) WHERE {day} NOT IN ({days})
"""
_DAYS = """
SELECT TRY_CAST(regexp_extract(file, 'date=([0-9-]+)[/\\\\][^/\\\\]*$', 1) AS DATE) AS day
FROM glob({files}) WHERE day IS NOT NULL
"""


# Merged segments whose time has not come, and segments, merged or not, that a merged one of the same
# folder stands for by now. `now()` is the start of the query, and a merged segment appears seconds before
# its time, so that a file listing of this query cannot contradict it.
_NOT_IN_FORCE = """
WITH named AS (
    SELECT file, regexp_extract(file, '^(.*)[/\\\\]', 1) AS folder, regexp_extract(
        file, '(?:merged\\.(\\d+)\\.(\\d+)|[^/\\\\]*)-(\\d+)\\.parquet$', ['first', 'last', 'time']) AS name
    FROM glob({files})
), segment AS MATERIALIZED (
    SELECT file, folder, TRY_CAST(name.first AS BIGINT) AS first, TRY_CAST(name.last AS BIGINT) AS last,
        TRY_CAST(name.time AS BIGINT) AS time, epoch_us(now()) * 1000 AS now
    FROM named
)
SELECT file FROM segment WHERE first IS NOT NULL AND time > now
UNION ALL
SELECT original.file FROM segment original JOIN segment merged ON original.folder = merged.folder
    AND original.first IS NULL AND merged.first IS NOT NULL AND merged.time <= merged.now
    AND original.time BETWEEN merged.first AND merged.last
UNION ALL
SELECT smaller.file FROM segment smaller JOIN segment larger ON smaller.folder = larger.folder
    AND smaller.first IS NOT NULL AND larger.first IS NOT NULL
    AND larger.time <= larger.now AND smaller.time < larger.time
    AND smaller.first >= larger.first AND smaller.last <= larger.last
"""


def segment_glob(data_dir: Path, table: Table, folders: str = "*") -> str:
    """Return the SQL text that matches a table's segments, whatever characters the path has."""
    folder = str(segments.lake(data_dir) / table.name)
    escaped = "".join(f"[{c}]" if c in "[*?" else c for c in folder)
    return _text(f"{escaped}/{folders}/*.parquet")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
