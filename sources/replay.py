"""The replay source: plays a tape to its end, in batches of any size."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from leadline import records
from leadline.errors import LeadlineError
from leadline.records import Record, Start
from sources import fatal, stopping
from sources.tape import Position
from sources.tape_reader import TapeReader

Restart = Callable[[Start], Start]
PAST = datetime(2000, 1, 1, tzinfo=UTC)


class ReplaySource(FixedPartitionedSource[tuple[str, list[Record]], Position]):
    """A tape's records as `(line, [Record])`; one partition; the snapshot is the position.

    `restart` makes this run's start record of the tape's own. `realtime` keeps the time
    between the records as it was; otherwise they come as fast as the line takes them.
    """

    def __init__(self, folder: Path, batch: int, restart: Restart, *, realtime: bool = False, line: str = "main"):
        self._folder = folder
        self._batch = batch
        self._restart = restart
        self._realtime = realtime
        self._line = line

    def list_parts(self) -> list[str]:
        """Return the one partition."""
        return [self._line]

    def build_part(self, step_id: str, for_part: str, resume_state: Position | None) -> "ReplayPartition":
        """Return the partition, where a crash left it."""
        stopping.install()
        reader = TapeReader(self._folder, resume_state)
        return ReplayPartition(self._line, reader, self._batch, self._restart, Pace(self._realtime))


class Pace:
    """Says when a record is due: as it was on the tape, or at once."""

    def __init__(self, realtime: bool, clock: Callable[[], float] = time.time) -> None:
        self._realtime = realtime
        self._clock = clock
        self._shift: float | None = None

    def wait(self, record: Record) -> float:
        """Return the seconds until a record is due."""
        if not self._realtime or not record.wall_ns:
            return 0.0
        if self._shift is None:
            self._shift = self._clock() - record.wall_ns * 1e-9
        return record.wall_ns * 1e-9 + self._shift - self._clock()


class ReplayPartition(StatefulSourcePartition[tuple[str, list[Record]], Position]):
    """Reads the tape batch by batch."""

    def __init__(self, line: str, reader: TapeReader, batch: int, restart: Restart, pace: Pace) -> None:
        self._line = line
        self._reader = reader
        self._size = batch
        self._restart = restart
        self._pace = pace
        self._position = reader.position
        self._awake = PAST
        self._held: list[Record] = []

    def next_batch(self) -> list[tuple[str, list[Record]]]:
        """Return the next records, in one item."""
        if stopping.stopping():
            raise StopIteration
        try:
            batch = self._held or self._reader.read_batch(self._size)
        except LeadlineError as e:
            fatal.fail(str(e))
            raise StopIteration from None
        if not batch:
            raise StopIteration
        wait = self._pace.wait(batch[0])
        if wait > 0.0:
            self._held = batch
            self._awake = datetime.now(UTC) + timedelta(seconds=min(wait, 0.2))  # a stop is noticed soon
            return []
        self._held, self._awake = [], PAST
        self._position = self._reader.position
        return [(self._line, [self._restarted(r) if r.kind == records.START else r for r in batch])]

    def _restarted(self, record: Record) -> Record:
        start = self._restart(msgspec.json.decode(record.payload, type=Start))
        return Record(record.seq, record.kind, record.conn, record.wall_ns, record.mono_ns, msgspec.json.encode(start))

    def next_awake(self) -> datetime | None:
        """Return when the next record is due."""
        return self._awake

    def snapshot(self) -> Position:
        """Return the position behind what was handed over."""
        return self._position
