"""The line: one adapter between Bytewax and the stages.

A line is a stream of `(line name, slab)`; a slab is a list of moments in the tape's order. A
*stage* is a plain picklable object with `process(moments)`, which fills in its part of each
moment in place, and `finish()`, called once when the source has ended. How the tape was cut
into slabs must never change what a stage does.
"""

import pickle
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import bytewax.operators as op
from bytewax.operators import KeyedStream, StatefulBatchLogic

from leadline.moment import STOPPED, Moment

Slab = list[Moment]
TELEMETRY_S = 0.5


class Stage(Protocol):
    """One step of the line; its picklable attributes are its recovered state."""

    def process(self, moments: Slab) -> None:
        """Fill in this stage's part of each moment."""

    def finish(self) -> Slab:
        """Return moments to send on when the source has ended; usually none."""

    def telemetry(self) -> dict[str, Any]:
        """Return what the metrics should know of since the last call; nothing here decides."""


class StageLogic(StatefulBatchLogic[Slab, Slab, bytes]):
    """Drives one stage. Its snapshot is the stage pickled at once, so later changes cannot leak in.

    Telemetry goes out twice a second of *wall* time, so that a tape played fast does not spend
    its time on metrics that nobody could scrape.
    """

    def __init__(self, name: str, stage: Stage) -> None:
        self._name = name
        self._stage = stage
        self._busy_s: list[float] = []  # of each slab since the last telemetry
        self._snapshots_s: list[float] = []  # of each epoch since then; the whole line waits for them
        self._next_telemetry = 0.0

    def on_batch(self, values: list[Slab]) -> tuple[list[Slab], bool]:
        """Process each slab and pass it on."""
        for slab in values:
            started = perf_counter()
            self._stage.process(slab)
            ended = perf_counter()
            self._busy_s.append(ended - started)
            if slab and (ended >= self._next_telemetry or slab[-1].kind == STOPPED):
                self._next_telemetry = ended + TELEMETRY_S
                self._tell(slab[-1])
        return values, StatefulBatchLogic.RETAIN

    def _tell(self, moment: Moment) -> None:
        times = {"stages": {self._name: self._busy_s}, "snapshots": {self._name: self._snapshots_s}}
        moment.emit("telemetry", {**times, **self._stage.telemetry()})
        self._busy_s, self._snapshots_s = [], []

    def on_eof(self) -> tuple[list[Slab], bool]:
        """Let the stage say its last word; its state stays for a resume."""
        tail = self._stage.finish()
        if not tail:
            return [], StatefulBatchLogic.RETAIN
        self._tell(tail[-1])
        return [tail], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return the stage's state."""
        started = perf_counter()
        state = pickle.dumps(self._stage, protocol=pickle.HIGHEST_PROTOCOL)
        self._snapshots_s.append(perf_counter() - started)
        return state


def chain(step_id: str, up: KeyedStream[Slab], build: Callable[[], Stage]) -> KeyedStream[Slab]:
    """Put a stage on the line.

    `up: (line, slab)` -> `(line, slab)`, the same moments with this stage's part filled in;
    state: one stage per line; resumes from the stage's pickle.
    """

    def builder(resume: bytes | None) -> StageLogic:
        return StageLogic(step_id, build() if resume is None else pickle.loads(resume))

    return op.stateful_batch(step_id, up, builder)
