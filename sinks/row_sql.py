"""Row SQL: the queries for the rows of a table: of the segments in force, and one row of each id."""

from collections.abc import Iterable
from pathlib import Path

from sinks import segments
from sinks.tables import Table


def of_table(table: Table, data_dir: Path) -> str:
    """Return the query behind a view: every segment in force, and of each id one row."""
    if table.unique:
        return in_force(table, data_dir, "*")
    one = _one(table)
    if not table.imported:
        return f"{in_force(table, data_dir, '*')} {one}"
    streamed, imported = in_force(table, data_dir, "date=*"), in_force(table, data_dir, "year=*")
    days = _DAYS.format(files=_segment_glob(data_dir, table, "date=*"))
    day = f"{table.time}::DATE"
    return _WITH_IMPORTED.format(streamed=streamed, imported=imported, day=day, days=days, one=one)


def _one(table: Table) -> str:
    return f"QUALIFY row_number() OVER (PARTITION BY {', '.join(table.id)} ORDER BY {table.prefer}) = 1"


def by_run(table: Table, data_dir: Path) -> str:
    """Return the query of every run's rows, of each id one a run."""
    return of_table(table._replace(id=("run_id", *table.id)), data_dir)


def of_run(table: Table, data_dir: Path, run_id: str) -> str:
    """Return the query of one run's rows, of each id one: also those that the view has from another run."""
    return f"SELECT * FROM ({by_run(table, data_dir)}) WHERE run_id = {quoted(run_id)}"


def of_runs(table: Table, data_dir: Path, run_ids: Iterable[str]) -> str:
    """Return the query of some runs' rows, of each id one: also those that the view has from another run."""
    rows = f"SELECT * FROM ({by_run(table, data_dir)}) WHERE run_id IN ({', '.join(map(quoted, run_ids))})"
    return rows if table.unique else f"{rows} {_one(table)}"


def in_force(table: Table, data_dir: Path, folders: str) -> str:
    """Return the query of all rows in some folders' segments, whatever their ids."""
    files = _segment_glob(data_dir, table, folders)
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


def _segment_glob(data_dir: Path, table: Table, folders: str = "*") -> str:
    """Return the SQL text that matches a table's segments, whatever characters the path has."""
    folder = str(segments.lake(data_dir) / table.name)
    escaped = "".join(f"[{c}]" if c in "[*?" else c for c in folder)
    return quoted(f"{escaped}/{folders}/*.parquet")


def quoted(value: str) -> str:
    """Return a text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
