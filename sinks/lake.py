"""The lake sink: rows in, Parquet segments out.

The Bytewax shell of `sinks.lake_buffer`, which says when a table's rows are due; whatever is left is
published in `snapshot()` and at the end. A thread publishes, so that neither a quiet stream holds
rows back nor a disk holds the line up.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from leadline.errors import LeadlineError
from leadline.moment import Row
from sinks import segments
from sinks.lake_buffer import Buffer
from sinks.merge import Upkeep
from sinks.resume import Recovered

UPKEEP_SECONDS = 60.0
CATCH_UP_SECONDS = 60.0  # an older frame comes from the tape, read back after a crash

prepare = segments.prepare  # what a flow needs is imported from here


class LakePartition(StatefulSinkPartition[Row, Recovered | None]):
    """The sink's one partition, and the thread that publishes for it."""

    def __init__(self, sink: "LakeSink", worker: str, resume_state: Recovered | None) -> None:
        self._sink = sink
        self._buffer = Buffer(sink.data_dir, worker)
        self._wake = threading.Event()
        self._closed = False
        self._error: LeadlineError | None = None
        self._told = False
        if resume_state is not None:
            self._buffer.resume(resume_state)
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)
        self._thread.start()

    def write_batch(self, values: list[Row]) -> None:
        """Take rows. Waits for the disk only if it is far behind."""
        if self._buffer.append([self._timed(row) if row.table == "signals" else row for row in values]):
            self._wake.set()
        if self._error is None and self._buffer.full:
            self._publish(everything=False)
        self._raise()

    def snapshot(self) -> Recovered | None:
        """Publish the buffer, so that what the engine acknowledges is on disk."""
        if not self._sink.recovery:
            return None
        published = self._publish(everything=True)
        self._raise()
        return self._buffer.snapshot(published)

    def close(self) -> None:
        """Publish what is left and stop the thread."""
        self._closed = True
        self._wake.set()
        self._thread.join()
        self._publish(everything=True)
        self._raise()

    def _timed(self, row: Row) -> Row:
        received_ns = row.values.get("_mono_ns")
        if received_ns is None or row.values.get("mode") != "live":
            return row
        elapsed_s = (time.monotonic_ns() - received_ns) / 1e9
        if not 0.0 <= elapsed_s <= CATCH_UP_SECONDS:
            return row
        if self._sink.on_signal is not None:
            self._sink.on_signal(elapsed_s)
        return Row(row.table, {**row.values, "latency_ms": elapsed_s * 1e3})

    def _publish(self, everything: bool) -> bool:
        try:
            self._buffer.publish(everything)
        except LeadlineError as e:
            if self._error is None:
                self._error = e
                if self._sink.on_error is not None:
                    self._told = True
                    self._sink.on_error(str(e))
            return False
        return True

    def _raise(self) -> None:
        if self._error is not None and not self._told:
            self._told = True  # a second exception, out of close(), would abort the process
            raise self._error

    def _run(self) -> None:
        upkeep = Upkeep(self._sink.data_dir, stopping=lambda: self._closed)
        next_upkeep = time.monotonic()
        while not self._closed and self._error is None:
            self._publish(everything=False)
            if time.monotonic() >= next_upkeep:
                upkeep.run()
                next_upkeep = time.monotonic() + UPKEEP_SECONDS
            self._wake.wait(max(0.0, min(self._buffer.next_due(), next_upkeep) - time.monotonic()))
            self._wake.clear()


class LakeSink(FixedPartitionedSink[Row, Recovered | None]):
    """Where rows are stored.

    Stream: `(line, Row)`. Rows of PASSING tables are let by. State: the
    time up to which segments are acknowledged; resumes from the last snapshot without doubles.

    `recovery`: whether the flow has a recovery store; without one a snapshot publishes nothing
    early. `on_signal` gets the seconds from a signal's causing frame to here (live rows, which have
    `_mono_ns`). `on_error` gets the one line that ends the run; without it the error is raised.
    """

    def __init__(
        self, data_dir: Path, line: str = "main", *, recovery: bool = True,
        on_signal: Callable[[float], None] | None = None, on_error: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.data_dir = data_dir.absolute()
        self.recovery = recovery
        self.on_signal = on_signal
        self.on_error = on_error
        self._line = line

    def list_parts(self) -> list[str]:
        """Return the one partition, named after the line."""
        return [self._line]

    def build_part(self, step_id: str, for_part: str, resume_state: Recovered | None) -> LakePartition:
        """Return the partition, resumed from a snapshot where there is one."""
        return LakePartition(self, for_part, resume_state)
