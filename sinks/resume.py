"""Resume: what the sink must remember so that a crash doubles no row.

A resume re-emits what came after the recovered snapshot. Views keep one row per id; for `unique`
tables, whose views do not, the ids already published since that snapshot are read back and their
second coming is dropped, until the tape has passed the last of them. A snapshot made before that
point still remembers the older one, for the case that the process dies again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from sinks import segments
from sinks.segments import Values
from sinks.tables import TABLES, Table

Id = tuple[Any, ...]


class Recovered(NamedTuple):
    """The sink's snapshot: all before `published_ns` is on disk but `pending`, which the disk refused."""

    published_ns: int
    run_id: str | None
    pending: dict[str, list[Values]]


class Published:
    """Ids of `unique` tables that are in the lake already and may be emitted again."""

    def __init__(self) -> None:
        self._ids: dict[str, set[Id]] = {}
        self._last: dict[str, int] = {}  # by table, the latest time among them, in microseconds
        self._since_ns = 0

    def load(self, data_dir: Path, recovered: Recovered) -> None:
        """Read back what was published after a snapshot."""
        self._since_ns = recovered.published_ns
        for table in TABLES.values():
            ids = ids_since(data_dir, table, recovered) if table.unique else set()
            if ids:
                self._ids[table.name] = ids
                self._last[table.name] = max(id_[table.id.index(table.time)] for id_ in ids)

    def since_ns(self, now_ns: int) -> int:
        """Return the time from which a resume must read back: now, unless the tape has not caught up."""
        return self._since_ns if self._ids else now_ns

    def new(self, table: Table, rows: Sequence[Values]) -> list[Values]:
        """Return the rows that are not in the lake, each id once."""
        once = {row_id(table, row): row for row in rows}
        known = self._ids.get(table.name)
        if known is None:
            return list(once.values())
        if max(row[table.time] for row in rows) // 1000 > self._last[table.name]:
            del self._ids[table.name]
        return [row for id_, row in once.items() if id_ not in known]


def row_id(table: Table, row: Values) -> Id:
    """Return a row's id as the lake has it, times in microseconds."""
    return tuple(row[c] // 1000 if c == table.time else row[c] for c in table.id)


def ids_since(data_dir: Path, table: Table, recovered: Recovered) -> set[Id]:
    """Return the ids of the run that a table's segments of after the snapshot hold."""
    ids: set[Id] = set()
    for folder in segments.folders(data_dir, table.name):
        for segment in segments.find(folder):
            last_ns = segment.covers[1] if segment.covers else segment.time_ns
            if last_ns > recovered.published_ns:
                ids.update(_ids(segment.path, table))
    run = table.id.index("run_id")
    return {id_ for id_ in ids if recovered.run_id in (None, id_[run])}


def _ids(path: Path, table: Table) -> list[Id]:
    data = pq.ParquetFile(path).read(columns=list(table.id))
    columns = [data.column(c).cast("int64") if c == table.time else data.column(c) for c in table.id]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))
