"""Compaction: the segments of days that are over become one a folder, and old days go.

By the rules of `sinks.merge`: what replaces others is announced, comes into force a moment later, and
the originals are deleted an hour after that, by the next compaction or by a flow. A day that is past
its retention is replaced by a segment without rows, which is deleted in its turn. So a flow may run
and a SQL prompt may read meanwhile. Imported years are merged too; retention never touches them.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from leadline.times import DAY_NS, HOUR_NS
from sinks import segments
from sinks.merge import GRACE_NS, LOCK, MANY, Stopping, Upkeep, within
from sinks.segments import Segment
from sinks.tables import TABLES

DATE = "date="


class Outcome(NamedTuple):
    """What became of one folder."""

    table: str
    merged: int = 0  # segments that one now stands for
    retired: int = 0  # segments of a day past its retention
    swept: int = 0  # files that were deleted
    waiting: int = 0  # files that stand for nothing any more, deleted within the hour
    error: str | None = None


class Task(NamedTuple):
    """One folder, and whether it is past its retention."""

    table: str
    folder: Path
    expired: bool


def tasks(data_dir: Path, days: Callable[[str], float | None], now_ns: int) -> Iterator[Task]:
    """Yield every folder of the lake; `days` says how many days of a table are kept, None for all."""
    for table in TABLES:
        kept = days(table)
        oldest = None if kept is None else segments.day_name(int(now_ns - kept * DAY_NS) // DAY_NS)
        for folder in segments.folders(data_dir, table):
            expired = oldest is not None and folder.name.startswith(DATE) and folder.name < oldest
            yield Task(table, folder, expired)


class Compaction(Upkeep):
    """Compacts one folder after the other; each alone, other upkeep of the lake waits for it."""

    def compact(self, task: Task) -> Outcome:
        """Do what can be done about a folder now."""
        with alone(segments.lake(self._data_dir)):
            try:
                before = segments.find(task.folder)
                self.sweep(task.folder)
                return self._compact(task, before, segments.find(task.folder))
            except Stopping:
                return Outcome(task.table)
            except (OSError, ValueError) as e:  # of Arrow, too
                return Outcome(task.table, error=f"{task.folder}: {e}")

    def _compact(self, task: Task, before: list[Segment], found: list[Segment]) -> Outcome:
        outcome = Outcome(task.table, swept=len(before) - len(found), waiting=len(replaced(found)))
        over = self._over(found)
        if outcome.waiting or not over:
            return outcome
        if task.expired:
            return self._retire(task, outcome, over, len(found))
        if len(over) < MANY:
            return outcome
        self._merge(task.folder, over)
        return outcome._replace(merged=len(over), waiting=len(over))

    def _over(self, found: list[Segment]) -> list[Segment]:
        """Return the segments that were written on days that are over for every writer; none if one is too fresh."""
        now_ns = self._clock()
        midnight_ns = (now_ns - GRACE_NS) // DAY_NS * DAY_NS
        over = [s for s in found if s.time_ns and s.last_ns < midnight_ns]
        fresh = any(s.covers and s.time_ns + HOUR_NS > now_ns for s in over)
        return [] if fresh else sorted(over, key=lambda s: s.first_ns)

    def _retire(self, task: Task, outcome: Outcome, over: list[Segment], n_found: int) -> Outcome:
        if n_found == 1 and over[0].covers and not pq.read_metadata(over[0].path).num_rows:
            over[0].path.unlink(missing_ok=True)
            _remove_empty(task.folder)
            return outcome._replace(swept=outcome.swept + 1)
        self._merge(task.folder, over, keep=None)
        return outcome._replace(retired=len(over), waiting=len(over))


def replaced(found: list[Segment]) -> list[Segment]:
    """Return the segments of a folder for which a merged one stands, or will in a moment."""
    merged = [s for s in found if s.covers]
    return [
        s
        for s in found
        if any(within(s, m) if s.covers else m.first_ns <= s.time_ns <= m.last_ns for m in merged if m is not s)
    ]


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # somebody writes to it
        return


@contextmanager
def alone(lake: Path) -> Iterator[None]:
    """Wait until nobody else looks after the lake."""
    handle = os.open(lake / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
