"""The recorder: numbers what was received, and puts it on the tape before anyone sees it.

Without a tape it only numbers. A fresh tape is made when the first records come, so that a run
which never reached its venue leaves none behind.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from leadline import records
from leadline.errors import TapeError
from leadline.records import Record
from leadline.settings import Retention
from sources import retention
from sources.counters import FeedCounters
from sources.tape import Position
from sources.tape_writer import TapeWriter

RETENTION_S = 60.0
SNAPSHOTS_KEPT = 2  # a crash while one is stored resumes from the one before it

Item = tuple[int, int, int, int, bytes]  # kind, connection, wall ns, monotonic ns, payload


class TapeSettings(NamedTuple):
    """Where and how a live run keeps its tape."""

    tapes: Path  # holds one folder a tape
    segment_bytes: int
    segment_seconds: float
    retention: Retention


class Recorder:
    """Writes one tape, from the beginning or where it was left."""

    def __init__(
        self, tape_id: str, settings: TapeSettings | None, counters: FeedCounters, resumed: Position | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._tape_id = tape_id
        self._settings = settings
        self._counters = counters
        self._clock = clock
        self._writer: TapeWriter | None = None
        self._unrecorded = resumed or Position()
        self._snapshots: deque[Position] = deque([resumed or Position()], SNAPSHOTS_KEPT)
        self._retention_due = 0.0
        if settings is not None and resumed is not None:
            self._writer = self._reopened(settings, resumed)

    def _reopened(self, settings: TapeSettings, resumed: Position) -> TapeWriter:
        folder = settings.tapes / self._tape_id
        if not folder.is_dir():
            raise TapeError(f"the tape {folder} of the run to resume is gone: run without -r, or with a new folder")
        writer = self._open(settings)
        if writer.position.seq < resumed.seq:
            writer.close()
            raise TapeError(
                f"the tape {folder} ends at record {writer.position.seq}, before {resumed.seq} where the run is to "
                "resume: run without -r, or with a new folder"
            )
        return writer

    def _open(self, settings: TapeSettings) -> TapeWriter:
        return TapeWriter(
            settings.tapes / self._tape_id, self._tape_id, segment_bytes=settings.segment_bytes,
            segment_seconds=settings.segment_seconds,
        )  # fmt: skip

    @property
    def position(self) -> Position:
        """Where the next record will be."""
        return self._unrecorded if self._writer is None else self._writer.position

    def write(self, items: list[Item]) -> list[Record]:
        """Put items on the tape in one write and return them as records."""
        seq = self.position.seq
        if self._settings is None:
            self._unrecorded = Position(0, 0, seq + len(items))
        else:
            if self._writer is None:
                self._writer = self._open(self._settings)
            encoded = [records.encode(*item) for item in items]
            self._writer.append(encoded)
            self._counters.tape_bytes += sum(map(len, encoded))
            self._retain(self._settings)
        return [Record(seq + i, *item) for i, item in enumerate(items)]

    def _retain(self, settings: TapeSettings) -> None:
        now = self._clock()
        if now >= self._retention_due:
            self._retention_due = now + RETENTION_S
            rules = settings.retention
            retention.apply(
                settings.tapes, max_age_s=rules.tape_days * 86400, max_bytes=round(rules.tape_gib * 2**30),
                keep=(self._tape_id, self._snapshots[0]),
            )  # fmt: skip

    def sync(self) -> None:
        """Make sure that everything written is on disk."""
        if self._writer is not None:
            self._writer.sync()

    def snapshot(self, handed: Position) -> None:
        """Make sure that a snapshot's position is on disk, and stays there while it may be resumed from."""
        self.sync()
        self._snapshots.append(handed)

    def close(self, *, ended: bool) -> None:
        """Close the tape."""
        if self._writer is not None:
            self._writer.close(ended=ended)
