"""The live source: writes what it hears to the tape, then hands it to the line.

Records reach the tape in one write a batch before they are emitted, so nothing the line ever saw can
be missing from it. The snapshot is the tape's position: a resumed run first reads back what had been
received after it, and only then connects.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from files.beat import Beat
from leadline import records
from leadline.errors import FeedError, LeadlineError, TapeError
from leadline.records import Record, Start
from sources import adoption, fatal, stopping, tape
from sources.counters import FeedCounters
from sources.inbox import Inbox
from sources.kraken.level3 import Level3Settings
from sources.listening import Listening
from sources.live_plan import LivePlan
from sources.pace import PAST
from sources.recorder import Item, Recorder
from sources.resyncs import ResyncQueue
from sources.tape import Position
from sources.tape_reader import TapeReader

log = logging.getLogger("leadline.sources")


class LivePosition(msgspec.Struct, frozen=True):
    """The snapshot: which tape, where on it, the number of the newest connection, and what the run decides on."""

    tape_id: str
    at: Position
    conn: int = 0
    level: str = "L2"


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
        self._recorder: Recorder | None = None
        self._read_back: Iterator[list[Record]] | None = None
        self._listening: Listening | None = None
        self._inbox = None if plan.data_dir is None else Inbox(plan.data_dir)
        self._pulse = None if plan.data_dir is None else Beat(plan.data_dir)
        self._ended = False
        if resume is not None and adoption.is_of_nothing(plan.tapes, resume.tape_id, resume.at):
            resume = None
        self._position = resume or LivePosition(plan.start.tape_id, Position())
        try:
            resume = resume or self._adopted()
            self._recorder = self._opened(resume)
        except LeadlineError as e:  # an exception here would end the engine with a traceback
            fatal.fail(str(e))

    def _adopted(self) -> LivePosition | None:
        """Return the beginning of a tape that a crash cut short before its first snapshot, if there is one."""
        if not (self._plan.recoverable and self._plan.record):
            return None
        tape_id = adoption.unfinished(self._plan.tapes, self._plan.begun("L2"), self._plan.begun("L3"))
        if tape_id is None:
            return None
        if self._account_ahead(tape_id):
            told = (
                "the tape %s ends before the account's last event: it stays as it is, a new one begins with the account"
            )
            log.warning(told, tape_id, extra={"event": "tape_behind_account"})
            return None
        told = "going on with the tape %s, which a crash cut short"
        log.warning(told, self._plan.tapes / tape_id, extra={"event": "tape_adopted"})
        return LivePosition(tape_id, Position())

    def _account_ahead(self, tape_id: str) -> bool:
        plan, folder = self._plan, self._plan.tapes / tape_id
        known = plan.record and tape.segments(folder)  # else the recorder says what is wrong with it
        return plan.account_ahead(tape_id, lambda: adoption.end_ns(folder) if known else plan.account_ns)

    def _opened(self, resume: LivePosition | None) -> Recorder:
        if resume is None:
            return Recorder(self._position.tape_id, self._plan.tape, self._counters, None)
        if resume.at.seq and self._account_ahead(resume.tape_id):
            gone_on = (self._plan.account_of or "") > resume.tape_id
            raise TapeError((self._plan.account_went_on if gone_on else self._plan.tape_behind)(resume.tape_id))
        self._position = resume
        recorder = Recorder(resume.tape_id, self._plan.tape, self._counters, resume.at)
        if self._plan.record:
            reader = TapeReader(self._plan.tapes / resume.tape_id, resume.at)
            self._read_back = self._rest(reader, recorder.position.seq)
        return recorder

    def _rest(self, reader: TapeReader, end_seq: int) -> Iterator[list[Record]]:
        while reader.position.seq < end_seq and (batch := reader.read_batch(self._plan.batch)):
            self._handed(batch, reader.position)
            yield batch

    def _handed(self, batch: list[Record], position: Position) -> None:
        conn = max(self._position.conn, *(r.conn for r in batch))
        level = self._position.level
        if batch[0].kind == records.START:
            level = msgspec.json.decode(batch[0].payload, type=Start).level
        self._position = LivePosition(self._position.tape_id, position, conn, level)

    def next_batch(self) -> list[tuple[str, list[Record]]]:
        """Return the next records, in one item; waits a moment for the first. It is called for as long as all moves."""
        if self._pulse is not None:
            self._pulse.beat()
        return fatal.batch(self._line, self._next)

    def _next(self) -> list[Record]:
        if self._ended or self._recorder is None:
            raise StopIteration
        if stopping.stopping():
            return self._finish()
        if self._read_back is not None:
            batch = next(self._read_back, None)
            if batch is not None:
                return batch
            self._read_back = None
        if self._listening is None:
            self._listening = self._listen()
        return self._with_inbox(self._listening.items()) if self._listening.settled() else []

    def _with_inbox(self, items: list[Item]) -> list[Record]:
        """Write items, and at a tick what the inbox holds behind them; the inbox forgets it once it is on the tape."""
        assert self._recorder is not None
        if self._inbox is None or not self._recorder.position.seq or not any(i[0] == records.TICK for i in items):
            return self._written(items)
        asked = self._inbox.items(time.time_ns(), time.monotonic_ns())
        batch = self._written([*items, *asked])
        if asked:
            self._recorder.sync()
            self._inbox.taken()
        return batch

    def _listen(self) -> Listening:
        """Start to listen; a run that goes on stays on its level."""
        assert self._recorder is not None
        plan, seq = self._plan, self._recorder.position.seq
        level = self._position.level if seq else None
        if level == "L3" and not isinstance(plan.level3, Level3Settings):
            raise FeedError(plan.cannot_go_on())
        if level == "L2" and plan.level3 is not None:
            told = plan.stays_on_level2(self._position.tape_id)
            log.warning(told, extra={"event": "level2_resumed"})
        self._resyncs.live_from = seq
        listening = Listening(plan, self._counters, self._resyncs, level)
        listening.start(self._position.conn)
        return listening

    def _written(self, items: list[Item]) -> list[Record]:
        """Put items on the tape, then return them as records; a fresh tape begins with the start record."""
        assert self._recorder is not None and self._listening is not None
        fresh = self._recorder.position.seq == 0
        if not items or (fresh and items[-1][0] == records.TICK):  # a tick alone: nothing was heard yet
            return []
        if fresh:
            items = [*self._plan.opening(self._listening.level, self._listening.denied, items[0]), *items]
        batch = self._recorder.write(items)
        self._handed(batch, self._recorder.position)
        return batch

    def _finish(self) -> list[Record]:
        """End in order: stop listening and write what was still received, so that nothing is lost."""
        self._ended = True
        if self._listening is None:
            return []
        self._listening.stop()
        if self._listening.level is None:
            return []
        items = self._listening.rest()
        if not self._plan.recoverable and self._position.at.seq + len(items):
            reason = msgspec.json.encode({"reason": "stopped"})
            items.append((records.END, 0, time.time_ns(), time.monotonic_ns(), reason))
        return self._written(items)

    def next_awake(self) -> datetime | None:
        """Return a time in the past: `next_batch` itself waits."""
        return PAST

    def snapshot(self) -> LivePosition:
        """Return the position behind what was handed over, once it is surely on disk."""
        try:
            if self._recorder is not None:
                self._recorder.snapshot(self._position.at)
        except LeadlineError as e:
            fatal.fail(str(e))
        return self._position

    def close(self) -> None:
        """Stop the threads and close the tape."""
        if self._listening is not None:
            self._listening.stop()
        try:
            if self._recorder is not None:
                self._recorder.close(ended=not self._plan.recoverable)
        except LeadlineError as e:
            fatal.fail(str(e))
