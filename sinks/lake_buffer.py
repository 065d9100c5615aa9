"""The lake's buffer: rows by table, on their way to Parquet segments. It knows no engine.

Event tables (`fast`) are due within a second of a row, the others every minute or every MAX_ROWS rows.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from leadline.errors import StoreError
from leadline.moment import Row
from sinks import segments
from sinks.resume import Published, Recovered
from sinks.segments import FreshTime, Values
from sinks.tables import PASSING, TABLES, Table

SETTLE_SECONDS = 0.05  # rows of one moment share a segment
FAST_SECONDS = 0.5  # between two segments of an event table; half of what is promised
HURRIED_SECONDS = 4.0  # the same where the tape runs far ahead of the wall clock, as at `pace: max`
HURRIED = 20.0  # tape seconds a wall second that count as far ahead
SLOW_SECONDS = 60.0
MAX_ROWS = 10_000  # rows of a slow table, about 30 MB as Python values
FULL_ROWS = 50_000  # beyond this the stream waits for the disk

Clock = Callable[[], float]


class Held:
    """Rows of one table that wait for their segment."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: list[Values] = []
        self.since = 0.0  # monotonic time of the oldest row
        self.published = float("-inf")  # monotonic time of the last segment
        self.tape_ns = 0  # tape time at that segment
        self.gap = FAST_SECONDS

    def due(self) -> float:
        """Return the monotonic time at which the rows should be published."""
        if not self.rows:
            return float("inf")
        if self.table.fast:
            return max(self.since + SETTLE_SECONDS, self.published + self.gap)
        return self.since if len(self.rows) >= MAX_ROWS else self.since + SLOW_SECONDS

    def mark(self, now: float) -> None:
        """Note that the rows were taken, and how fast the tape runs against the wall."""
        tape_ns = max(row[self.table.time] for row in self.rows)
        tape_s, wall_s = (tape_ns - self.tape_ns) / 1e9, now - self.published
        self.gap = HURRIED_SECONDS if self.tape_ns and tape_s > HURRIED * wall_s else FAST_SECONDS
        self.published, self.tape_ns = now, tape_ns


class Buffer:
    """Rows on their way to the lake. Its methods may be called from any thread."""

    def __init__(self, data_dir: Path, worker: str, clock: Clock = time.monotonic) -> None:
        self._data_dir = data_dir
        self._worker = f"{worker.replace('/', '_')}.{os.getpid()}"
        self._clock = clock
        self._fresh = FreshTime()
        self._held = {name: Held(table) for name, table in TABLES.items()}
        self._published = Published()
        self._run_id: str | None = None
        self.full = False  # the disk is so far behind that the stream should wait
        self._rows_lock = threading.Lock()
        self._disk_lock = threading.Lock()

    def append(self, rows: Sequence[Row]) -> bool:
        """Take rows; return whether the publisher should look again."""
        with self._rows_lock:
            woken = False
            for table, values in rows:
                if table in PASSING:
                    continue
                held = self._held.get(table)
                if held is None:
                    raise StoreError(f"there is no table {table!r}; declare it in sinks/tables")
                held.rows.append(values)
                self._run_id = values.get("run_id")
                n = len(held.rows)
                if n == 1:
                    held.since = self._clock()
                    woken = True
                elif n == MAX_ROWS:
                    woken = True
                elif n == FULL_ROWS:
                    self.full = True
            return woken

    def next_due(self) -> float:
        """Return the monotonic time of the next publication."""
        with self._rows_lock:
            return min(held.due() for held in self._held.values())

    def publish(self, everything: bool = False) -> None:
        """Publish what is due, or all; raise StoreError if the disk refuses, with the rows kept."""
        with self._disk_lock:
            for held in self._held.values():
                rows = self._take(held, everything)
                if rows:
                    self._store(held, rows)

    def _take(self, held: Held, everything: bool) -> list[Values]:
        with self._rows_lock:
            now = self._clock()
            if not held.rows or not (everything or held.due() <= now):
                return []
            held.mark(now)
            rows, held.rows, self.full = held.rows, [], False
            return rows

    def _store(self, held: Held, rows: list[Values]) -> None:
        rows = each(rows)
        days = segments.by_day(held.table, self._published.new(held.table, rows) if held.table.unique else rows)
        try:
            for day in list(days):
                self._store_day(held.table, day, days[day])
                del days[day]
        except (OSError, StoreError) as e:
            with self._rows_lock:
                held.rows = [row for left in days.values() for row in left] + held.rows
            raise segments.unusable(self._data_dir, e) if isinstance(e, OSError) else e from e

    def _store_day(self, table: Table, day: str, rows: list[Values]) -> None:
        stored_ns = self._fresh.take(len(rows), step=1000)
        data = segments.encode(segments.arrow_table(table, rows, stored_ns))
        segments.publish(segments.lake(self._data_dir) / table.name / day, data, self._name)

    def _name(self) -> str:
        return f"{self._worker}-{self._fresh.take()}.parquet"

    def snapshot(self, published: bool) -> Recovered:
        """Return what a resume needs to know; `published`: nothing had to be kept back."""
        with self._rows_lock:
            pending = {} if published else {name: list(held.rows) for name, held in self._held.items() if held.rows}
            return Recovered(self._published.since_ns(self._fresh.take()), self._run_id, pending)

    def resume(self, recovered: Recovered) -> None:
        """Go on from a snapshot: take its pending rows, and read back the ids published after it."""
        self._run_id = recovered.run_id
        self._published.load(self._data_dir, recovered)
        for name, rows in recovered.pending.items():
            self.append([Row(name, dict(values)) for values in rows])


def each(rows: Sequence[Values]) -> list[Values]:
    """Return rows; in place of one that stands for many (`_many`, their columns) those, which share the rest of it.

    >>> each([{"a": 1}, {"a": 2, "b": 5, "_many": {"b": [3, 4]}}])
    [{'a': 1}, {'a': 2, 'b': 3}, {'a': 2, 'b': 4}]
    """
    found: list[Values] = []
    for row in rows:
        many = row.get("_many")
        if many is None:
            found.append(row)
            continue
        shared = {name: value for name, value in row.items() if name != "_many"}
        found += [shared | dict(zip(many, values, strict=True)) for values in zip(*many.values(), strict=True)]
    return found
