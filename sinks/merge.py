"""Upkeep of the lake: an hour that is over becomes one segment a table and day.

The originals stay under their names for an hour, because a query that has listed them still
opens them; the merged segment's name says what it stands for and from when, and the views go by
that (`sinks.row_sql`). Its footer lists the originals by name: only these are ever deleted. A merged
segment may itself be merged into a larger one (`sinks.compaction`), by the same rules.
"""

import contextlib
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from files.whole import sync_folder
from leadline.times import HOUR_NS, SECOND_NS
from sinks import segments
from sinks.segments import Segment
from sinks.tables import TABLES

GRACE_NS = 120 * SECOND_NS  # after an hour, for a writer that took its name at the last moment
NOTICE_NS = 10 * SECOND_NS  # from a merged segment's appearance to its coming into force
MANY = 4  # fewer segments than this are not worth a merge
GROUP_ROWS = 50_000  # rows of a Parquet row group; bounds memory
REPLACES = b"leadline.replaces"
LOCK = ".upkeep.lock"  # held by the one who looks after the lake

Keep = Callable[[pa.Table], pa.Table]  # which rows of some a merged segment holds

log = logging.getLogger(__name__)


def every(rows: pa.Table) -> pa.Table:
    """Return all rows, as a merge does that changes no answer."""
    return rows


class Upkeep:
    """Merges the hours that are over and sweeps what was merged an hour ago.

    One process at a time does it. What cannot be done now is left for the next time, also when
    `stopping` says that the process wants to end.
    """

    def __init__(
        self, data_dir: Path, clock: Callable[[], int] = time.time_ns, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._stopping = stopping

    def run(self) -> None:
        """Look after every folder of the lake once."""
        with contextlib.suppress(Stopping), _alone(segments.lake(self._data_dir)) as alone:
            if alone:
                for table in TABLES:
                    for folder in segments.folders(self._data_dir, table):
                        self._one(folder)

    def _one(self, folder: Path) -> None:
        try:
            self.merge(folder)
            self.sweep(folder)
        except (OSError, pa.ArrowException) as e:
            log.warning("merge_failed", extra={"folder": str(folder), "error": str(e)})

    def merge(self, folder: Path) -> None:
        """Merge each hour of a folder that is over, has many segments and is not merged yet."""
        found = segments.find(folder)
        merged = [s for s in found if s.covers]
        loose = [s for s in found if not s.covers and s.time_ns and not _covered(s, merged)]
        for hour, group in groupby(loose, key=lambda s: s.time_ns // HOUR_NS):
            originals = list(group)
            if len(originals) >= MANY and (hour + 1) * HOUR_NS + GRACE_NS <= self._clock():
                self._merge(folder, originals)

    def _merge(
        self, folder: Path, originals: list[Segment], keep: Keep | None = every, *, waiting: Sequence[Segment] = (),
        notice_ns: int = NOTICE_NS,
    ) -> int:  # fmt: skip
        """Announce a segment that stands for others, and return from when on; `waiting` are replaced already.

        `keep` None: none of their rows.
        """
        temporary = folder / f".{os.getpid()}-{time.monotonic_ns()}.tmp"
        names = [s.path.name for s in (*originals, *waiting)]
        try:
            self._write(temporary, [s.path for s in originals], names, keep)
            in_force_ns = max(self._clock() + notice_ns, *(s.time_ns + 1 for s in originals))
            first_ns, last_ns = min(s.first_ns for s in originals), max(s.last_ns for s in originals)
            name = f"merged.{first_ns}.{last_ns}-{in_force_ns}.parquet"
            os.rename(temporary, folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(folder)
        return in_force_ns

    def _write(self, target: Path, originals: list[Path], names: list[str], keep: Keep | None) -> None:
        shape = pa.unify_schemas([pq.read_schema(path).remove_metadata() for path in originals])
        shape = shape.with_metadata({REPLACES: json.dumps(names).encode()})
        with open(target, "xb") as out:
            with pq.ParquetWriter(out, shape, **segments.parquet_options(shape)) as writer:
                for group in _groups(originals, shape) if keep is not None else ():
                    if self._stopping():
                        raise Stopping
                    writer.write_table(keep(group) if keep is not None else group)
            out.flush()
            os.fsync(out.fileno())

    def sweep(self, folder: Path) -> None:
        """Delete what a segment merged an hour ago replaced, and what a killed writer left behind.

        An original that the merged segment covers but does not hold came late, against the rules of
        the clock: it gets a new name, so that nothing is ever lost.
        """
        found, now_ns = segments.find(folder), self._clock()
        for merged in found:
            if merged.covers and merged.time_ns + HOUR_NS <= now_ns:
                covered = [s for s in found if not s.covers and _covered(s, [merged])]
                covered += [s for s in found if s.covers and within(s, merged)]
                if covered:
                    _sweep(merged, covered, now_ns)
        for left in folder.glob(".*.tmp"):
            if left.stat().st_mtime_ns + HOUR_NS <= now_ns:
                left.unlink(missing_ok=True)


class Stopping(Exception):
    """The process wants to end; a merge half done is thrown away."""


@contextlib.contextmanager
def _alone(lake: Path) -> Iterator[bool]:
    try:
        handle = os.open(lake / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        yield False
        return
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _covered(segment: Segment, merged: list[Segment]) -> bool:
    return any(m.covers and m.covers[0] <= segment.time_ns <= m.covers[1] for m in merged)


def within(smaller: Segment, larger: Segment) -> bool:
    """Return whether a merged segment was merged into another."""
    return (
        larger.first_ns <= smaller.first_ns
        and smaller.last_ns <= larger.last_ns
        and smaller.time_ns < larger.time_ns
        and smaller.path != larger.path
    )


def replaces(merged: Segment) -> set[str]:
    """Return the names of the files that a merged segment holds, or stands for without a row."""
    metadata = pq.read_schema(merged.path).metadata or {}
    return set(json.loads(metadata.get(REPLACES, b"[]")))


def _groups(originals: list[Path], shape: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.Table] = [shape.empty_table()]
    n = 0
    for path in originals:
        with pq.ParquetFile(path) as file:
            for k in range(file.num_row_groups):
                held.append(file.read_row_group(k))
                n += held[-1].num_rows
                if n >= GROUP_ROWS:
                    yield _joined(held, shape)
                    held, n = [shape.empty_table()], 0
    if n:
        yield _joined(held, shape)


def _joined(tables: list[pa.Table], shape: pa.Schema) -> pa.Table:
    joined = pa.concat_tables(tables, promote_options="default")
    return joined.select(shape.names).combine_chunks().replace_schema_metadata(shape.metadata)


def _sweep(merged: Segment, covered: list[Segment], now_ns: int) -> None:
    replaced = replaces(merged)
    for i, segment in enumerate(covered):
        if segment.path.name in replaced:
            segment.path.unlink(missing_ok=True)
        elif not segment.covers:
            segment.path.rename(segment.path.with_name(f"late-{now_ns + i}.parquet"))
