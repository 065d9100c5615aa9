"""The live source: writes what it hears to the tape, then hands it to the line.

Records reach the tape in one write a batch before they are emitted, so nothing the line ever
saw can be missing from it. The snapshot is the tape's position: a resumed run first reads back
what had been received after it, and only then connects. TICK records come at whole seconds of
the wall clock, between the frames received before and after.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from leadline import records
from leadline.errors import LeadlineError, TapeError
from leadline.records import Record, Start
from leadline.settings import Retention
from sources import adoption, fatal, retention, stopping
from sources.counters import FeedCounters
from sources.kraken.stream import Item, KrakenStream, StreamSettings
from sources.kraken.warmup import LakeHistory, WarmUp
from sources.resyncs import ResyncQueue
from sources.tape import Position
from sources.tape_reader import TapeReader
from sources.tape_writer import TapeWriter

WAIT_S = 0.005  # for the first frame of a batch: how soon a tick or a stop is noticed
SECOND_NS = 1_000_000_000
TICK_GRACE_NS = 20_000_000  # a frame received just before the second may still be in the queue
RETENTION_S = 60.0
PAST = datetime(2000, 1, 1, tzinfo=UTC)  # a constant: see ENGINE.md on blocking sources


@dataclass(frozen=True)
class LivePlan:
    """What a live run is to do."""

    stream: StreamSettings
    start: Start
    tapes: Path  # the folder that holds one folder a tape
    batch: int
    recoverable: bool  # the engine keeps a recovery store
    rest_url: str | None
    segment_bytes: int
    segment_seconds: float
    retention: Retention = field(default_factory=Retention)
    record: bool = True
    lake_history: LakeHistory | None = None


class LivePosition(msgspec.Struct, frozen=True):
    """The snapshot: which tape, and where on it."""

    tape_id: str
    at: Position


class LiveSource(FixedPartitionedSource[tuple[str, list[Record]], LivePosition]):
    """One line from Kraken. Emits `(line, [Record])`; one partition, since one socket is one order."""

    def __init__(self, plan: LivePlan, counters: FeedCounters, resyncs: ResyncQueue) -> None:
        self._plan = plan
        self._counters = counters
        self._resyncs = resyncs

    def list_parts(self) -> list[str]:
        """Return the one partition."""
        return [self._plan.start.line]

    def build_part(self, step_id: str, for_part: str, resume_state: LivePosition | None) -> "LivePartition":
        """Return the partition, where a crash left it."""
        stopping.install()
        return LivePartition(self._plan, self._counters, self._resyncs, resume_state)


class LivePartition(StatefulSourcePartition[tuple[str, list[Record]], LivePosition]):
    """Reads back the rest of an interrupted tape, then listens."""

    def __init__(
        self, plan: LivePlan, counters: FeedCounters, resyncs: ResyncQueue, resume: LivePosition | None
    ) -> None:
        self._plan = plan
        self._counters = counters
        self._resyncs = resyncs
        self._line = plan.start.line
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._reader: Iterator[list[Record]] | None = None
        self._stream: KrakenStream | None = None
        self._warm_up: WarmUp | None = None
        self._next_tick_ns = 0
        self._next_retention = 0.0
        self._conn = 0
        self._ended = False
        self._open_tape(resume or self._adopted())

    def _adopted(self) -> LivePosition | None:
        """Return the beginning of a tape that a crash cut short before its first snapshot, if there is one."""
        if not self._plan.recoverable:
            return None
        tape_id = adoption.unfinished(self._plan.tapes, self._plan.start)
        return None if tape_id is None else LivePosition(tape_id, Position())

    def _open_tape(self, resume: LivePosition | None) -> None:
        plan = self._plan
        self._tape_id = plan.start.tape_id if resume is None else resume.tape_id
        folder = plan.tapes / self._tape_id
        if resume is not None and not folder.is_dir():
            raise TapeError(f"the tape {folder} of the run to resume is gone: start without -r, or with a new store")
        self._writer = TapeWriter(
            folder, self._tape_id, segment_bytes=plan.segment_bytes, segment_seconds=plan.segment_seconds
        )
        self._handed: Position = self._writer.position if resume is None else resume.at
        if resume is not None:
            self._reader = self._read_back(TapeReader(folder, resume.at))

    def _read_back(self, reader: TapeReader) -> Iterator[list[Record]]:
        end_seq = self._writer.position.seq
        while batch := [r for r in reader.read_batch(self._plan.batch) if r.seq < end_seq]:
            self._handed = reader.position
            self._conn = max(self._conn, *(r.conn for r in batch))
            yield batch

    def next_batch(self) -> list[tuple[str, list[Record]]]:
        """Return the next records, in one item; waits a moment for the first."""
        try:
            batch = self._next()
        except LeadlineError as e:
            fatal.fail(str(e))
            raise StopIteration from None
        return [(self._line, batch)] if batch else []

    def _next(self) -> list[Record]:
        if self._ended:
            raise StopIteration
        if self._reader is not None and not stopping.stopping():
            batch = next(self._reader, None)
            if batch is not None:
                return batch
            self._reader = None
        if stopping.stopping():
            return self._finish()
        if self._stream is None:
            return self._begin()
        if self._stream.failure is not None and self._queue.empty():
            raise self._stream.failure
        return self._write(self._drain())

    def _begin(self) -> list[Record]:
        """Start listening; on a fresh tape the start record comes first."""
        plan = self._plan
        self._resyncs.live_from = self._writer.position.seq
        self._warm_up = WarmUp(plan.rest_url, plan.stream.symbols, self._queue, plan.lake_history)
        self._stream = KrakenStream(plan.stream, self._queue, self._resyncs, self._counters, self._warm_up.opened)
        self._warm_up.start()
        self._stream.start(self._conn)
        now_ns = time.time_ns()
        self._next_tick_ns = now_ns - now_ns % SECOND_NS + SECOND_NS
        if self._writer.position.seq:
            return []
        start = msgspec.json.encode(plan.start)
        return self._write([(records.START, 0, now_ns, time.monotonic_ns(), start)])

    def _drain(self) -> list[Item]:
        """Return what has been received, with the ticks that are due between."""
        items: list[Item] = []
        try:
            items.append(self._queue.get(timeout=WAIT_S))
            while len(items) < self._plan.batch:
                items.append(self._queue.get_nowait())
        except Empty:
            pass
        now_ns = time.time_ns()
        if (items and items[-1][2] < self._next_tick_ns) or now_ns < self._next_tick_ns + TICK_GRACE_NS * (not items):
            return items
        return self._with_ticks(items, now_ns)

    def _with_ticks(self, items: list[Item], now_ns: int) -> list[Item]:
        found: list[Item] = []
        for item in items:
            if item[2] >= self._next_tick_ns:
                found.append(self._tick(item[2]))
            found.append(item)
        if not items:
            found.append(self._tick(now_ns))
        return found

    def _tick(self, now_ns: int) -> Item:
        """Return one tick at the last whole second: after a stall the seconds between are left out."""
        second_ns = now_ns - now_ns % SECOND_NS
        self._next_tick_ns = second_ns + SECOND_NS
        return (records.TICK, 0, second_ns, time.monotonic_ns(), b"")

    def _write(self, items: list[Item]) -> list[Record]:
        """Put items on the tape, then return them as records."""
        if not items:
            return []
        seq = self._writer.position.seq
        if self._plan.record:
            encoded = [records.encode(*item) for item in items]
            self._writer.append(encoded)
            self._counters.tape_bytes += sum(len(one) for one in encoded)
        self._handed = self._writer.position
        self._retain()
        return [Record(seq + i, *item) for i, item in enumerate(items)]

    def _retain(self) -> None:
        now = time.monotonic()
        if now >= self._next_retention:
            self._next_retention = now + RETENTION_S
            rules = self._plan.retention
            retention.apply(
                self._plan.tapes, max_age_s=rules.tape_days * 86400, max_bytes=round(rules.tape_gib * 2**30),
                keep=(self._tape_id, self._handed),
            )  # fmt: skip

    def _finish(self) -> list[Record]:
        """End in order: stop listening and write what was still received, so that nothing is lost."""
        self._ended = True
        self._stop_threads()
        items: list[Item] = []
        while not self._queue.empty():
            items.append(self._queue.get_nowait())
        if not self._plan.recoverable and self._stream is not None:
            reason = msgspec.json.encode({"reason": "stopped"})
            items.append((records.END, 0, time.time_ns(), time.monotonic_ns(), reason))
        return self._write(items)

    def _stop_threads(self) -> None:
        if self._stream is not None:
            self._stream.stop()
        if self._warm_up is not None:
            self._warm_up.stop()

    def next_awake(self) -> datetime | None:
        """Return a time in the past: `next_batch` itself waits."""
        return PAST

    def snapshot(self) -> LivePosition:
        """Return the position behind what was handed over, once it is surely on disk."""
        try:
            self._writer.sync()
        except LeadlineError as e:
            fatal.fail(str(e))
        return LivePosition(self._tape_id, self._handed)

    def close(self) -> None:
        """Stop the threads and close the tape."""
        self._stop_threads()
        self._writer.close()
