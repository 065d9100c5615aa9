"""The replay source: plays a tape to its end, in batches of any size."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from leadline import records
from leadline.errors import TapeError
from leadline.records import Record, Start
from leadline.several import several
from sources import fatal, stopping
from sources.pace import PAST, Pace
from sources.tape import Position
from sources.tape_reader import TapeReader, first_record

Restart = Callable[[Start], Start]


class ReplaySource(FixedPartitionedSource[tuple[str, list[Record]], Position]):
    """A tape's records as `(line, [Record])`; one partition; the snapshot is the position.

    `restart` makes this run's start record of the tape's own. `realtime` keeps the time
    between the records as it was; otherwise they come as fast as the line takes them.
    """

    def __init__(
        self, folder: Path, batch: int, restart: Restart, *, realtime: bool = False, line: str = "main"
    ) -> None:
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
        return ReplayPartition(
            self._folder, resume_state or Position(), self._line, self._batch, self._restart, self._realtime
        )


class ReplayPartition(StatefulSourcePartition[tuple[str, list[Record]], Position]):
    """Reads the tape batch by batch; opens it at the first, so that whatever is wrong is said in one line."""

    def __init__(
        self, folder: Path, position: Position, line: str, batch: int, restart: Restart, realtime: bool
    ) -> None:
        self._folder = folder
        self._begin = position
        self._line = line
        self._size = batch
        self._restart = restart
        self._realtime = realtime
        self._pace: Pace[Position] | None = None
        self._reader: TapeReader | None = None
        self._awake = PAST
        self._ended = False

    def next_batch(self) -> list[tuple[str, list[Record]]]:
        """Return the next records, in one item."""
        if self._ended or stopping.stopping():
            raise StopIteration
        return fatal.batch(self._line, self._next)

    def _next(self) -> list[Record]:
        if self._pace is None:
            if self._begin == Position():
                first_record(self._folder)  # says what is wrong with a tape that has no beginning
            reader = self._reader = TapeReader(self._folder, self._begin)
            self._pace = Pace(reader.read_batch, lambda: reader.position, self._realtime)
        batch = self._pace.due(self._size)
        self._awake = self._pace.awake()
        if not batch and not self._pace.waiting:
            self._tell_damage()
            raise StopIteration
        for i, record in enumerate(batch):
            if record.kind == records.START:
                batch[i] = self._restarted(record)
            elif record.kind == records.END:
                self._ended = True
                self._tell_damage()
                return batch[: i + 1]
        return batch

    def _tell_damage(self) -> None:
        """Let the run end with an error where some of the tape could not be read."""
        if self._reader is not None and self._reader.damage:
            n, first = len(self._reader.damage), self._reader.damage[0]
            fatal.fail(
                f"the tape {self._folder} is damaged in {several(n, 'place')} ({first}); the rest was "
                "played. `leadline tape verify` names them; a copy that is whole gives the whole result"
            )

    def _restarted(self, record: Record) -> Record:
        try:
            start = msgspec.json.decode(record.payload, type=Start)
        except msgspec.MsgspecError as e:
            raise TapeError(f"the start record of {self._folder} cannot be read ({e}): take another tape") from e
        payload = msgspec.json.encode(self._restart(start))
        return Record(record.seq, record.kind, record.conn, record.wall_ns, record.mono_ns, payload)

    def next_awake(self) -> datetime | None:
        """Return when the next record is due."""
        return self._awake

    def snapshot(self) -> Position:
        """Return the position behind what was handed over."""
        return self._begin if self._pace is None else self._pace.position
