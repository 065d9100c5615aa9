"""Rows: what the stages want stored leaves the line here, towards the sinks only.

Each row of a table gets the run's id, its mode and the venue, as the tape's start record gave
them; a resumed run keeps them, since they are recovered state. The last row of a run that was ended by
an error says which one; the line itself knows only that it was stopped.
"""

from collections.abc import Callable

import bytewax.operators as op
from bytewax.operators import KeyedStream, StatefulBatchLogic

from leadline.moment import Moment, Row
from leadline.records import START

UNTAGGED = ("telemetry", "status", "resync", "notice")  # go to the console and the metrics, not to the store

Tags = dict[str, str]
Failed = Callable[[], str | None]


class RowsLogic(StatefulBatchLogic[list[Moment], Row, Tags]):
    """Takes the rows out of the moments, in the order in which the stages emitted them."""

    def __init__(self, resume: Tags | None, failed: Failed = lambda: None) -> None:
        self._failed = failed
        self._tags: Tags = dict(resume or {})

    def on_batch(self, values: list[list[Moment]]) -> tuple[list[Row], bool]:
        """Return the rows of each slab's moments."""
        rows: list[Row] = []
        for slab in values:
            for m in slab:
                if m.kind == START:
                    start = m.event
                    self._tags = {
                        "run_id": start.run_id, "mode": start.mode, "venue": start.venue, "tape_id": start.tape_id,
                    }  # fmt: skip
                if m.rows is not None:
                    for row in m.rows:
                        if row.table not in UNTAGGED:
                            row.values.update(self._tags)
                        if row.table == "runs" and row.values.get("exit_reason") == "stopped":
                            row.values["exit_reason"] = self._failed() or "stopped"
                    rows += m.rows
        return rows, StatefulBatchLogic.RETAIN

    def snapshot(self) -> Tags:
        """Return the run's tags."""
        return dict(self._tags)


def rows(step_id: str, up: KeyedStream[list[Moment]], failed: Failed = lambda: None) -> KeyedStream[Row]:
    """Take the rows out of the line.

    `up: (line, [Moment])` -> `(line, Row)`; state: the run's tags. `failed` gives the error
    that ended the run, or None.
    """
    return op.stateful_batch(step_id, up, lambda resume: RowsLogic(resume, failed))
