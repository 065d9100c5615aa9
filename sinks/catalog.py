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
from sinks import row_sql, segments
from sinks.tables import TABLES, Table
from sinks.views import VIEWS, View

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
            connection.execute(f"CREATE TABLE {table.name} AS {row_sql.of_table(table, data_dir)}")
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
    connection.execute(f"CREATE VIEW {table.name} AS {row_sql.of_table(table, data_dir)}")


def add_derived(connection: duckdb.DuckDBPyConnection, data_dir: Path | None = None) -> None:
    """Add the views over the tables' views; with a data folder, those of single runs ask its lake."""
    for view in VIEWS:
        add_derived_view(connection, view, data_dir)


def add_derived_view(connection: duckdb.DuckDBPyConnection, view: View, data_dir: Path | None = None) -> None:
    """Add one of them; raises duckdb.Error where a table that it is over cannot be read."""
    by_run = {name: row_sql.by_run(TABLES[name], data_dir) for name in view.by_run} if data_dir else {}
    own = ", ".join(f"{name} AS NOT MATERIALIZED ({sql})" for name, sql in by_run.items())
    given = f"WITH {own} " if own else ""
    connection.execute(f"CREATE VIEW {view.name} AS {given}{view.sql}")
    connection.execute(f"COMMENT ON VIEW {view.name} IS {row_sql.quoted(view.about)}")
    for name, *_ in connection.execute(f"DESCRIBE {view.name}").fetchall():
        about = view.columns.get(name) or _ABOUT[name]
        connection.execute(f'COMMENT ON COLUMN {view.name}."{name}" IS {row_sql.quoted(about)}')


_ABOUT = {column.name: column.about for table in TABLES.values() for column in table.columns}


def _comment(connection: duckdb.DuckDBPyConnection, table: Table, kind: str) -> None:
    connection.execute(f"COMMENT ON {kind} {table.name} IS {row_sql.quoted(table.about)}")
    for column in table.columns:
        connection.execute(f'COMMENT ON COLUMN {table.name}."{column.name}" IS {row_sql.quoted(column.about)}')
