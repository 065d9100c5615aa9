"""Compaction: `python -m bytewax.run flows.compact`, once a day or when you like.

Folders of the lake in, each compacted by itself, one line a table out. The rules are those of
`sinks.compaction`; a flow may run and a SQL prompt may read meanwhile.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from rich.console import Console
from rich.progress import Progress

from flows.configuration import load
from flows.refusing import refuse
from leadline.errors import LeadlineError
from leadline.settings import Retention
from sinks import catalog, segments
from sinks.compaction import Compaction, Outcome, Task, tasks
from sources import stopping

SAMPLES = ("features", "trade_marks")  # a row a second and more: most of a lake


def days_of(retention: Retention, table: str) -> float | None:
    """Return how many days of a table are kept; None for all."""
    told = (retention.lake_days, retention.features_days if table in SAMPLES else None)
    return min((days for days in told if days is not None), default=None)


class Folders(DynamicSource[Task]):
    """Every folder of the lake, one an item; ends when it is asked to stop."""

    def __init__(self, found: list[Task]) -> None:
        self._found = found

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "FolderPartition":
        """Return this worker's share."""
        return FolderPartition(iter(self._found[worker_index::worker_count]))


class FolderPartition(StatelessSourcePartition[Task]):
    """One worker's folders."""

    def __init__(self, left: Iterator[Task]) -> None:
        self._left = left

    def next_batch(self) -> list[Task]:
        """Return the next folder."""
        if stopping.stopping():
            raise StopIteration
        return [next(self._left)]


class Summary(DynamicSink[Outcome]):
    """Adds up what was done, with a bar where someone looks on, and says it at the end."""

    def __init__(self, n_folders: int) -> None:
        self._n_folders = n_folders

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "SummaryPartition":
        """Return this worker's part."""
        return SummaryPartition(self._n_folders)


class SummaryPartition(StatelessSinkPartition[Outcome]):
    """The sums of one worker."""

    def __init__(self, n_folders: int) -> None:
        console = Console(stderr=True)
        self._bar = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("compacting", total=n_folders)
        self._outcomes: list[Outcome] = []
        self._bar.start()

    def write_batch(self, items: list[Outcome]) -> None:
        """Take outcomes."""
        self._outcomes += items
        self._bar.update(self._task, advance=len(items))

    def close(self) -> None:
        """Say what was done."""
        self._bar.stop()
        print("\n".join(said(self._outcomes)), flush=True)


def said(outcomes: list[Outcome]) -> list[str]:
    """Return what was done, a line a table.

    >>> said([Outcome("runs", merged=4, waiting=4), Outcome("runs", swept=2)])
    ['runs: 4 segments merged into 1, 2 files deleted, 4 to be deleted in an hour']
    """
    lines = []
    for table in dict.fromkeys(outcome.table for outcome in outcomes):
        of = [outcome for outcome in outcomes if outcome.table == table]
        merged, retired, swept, waiting = (
            sum(getattr(outcome, name) for outcome in of) for name in ("merged", "retired", "swept", "waiting")
        )
        into = sum(outcome.merged > 0 for outcome in of)
        parts = [
            f"{merged} segments merged into {into}" if merged else "",
            f"{retired} past their retention" if retired else "",
            f"{swept} files deleted" if swept else "",
            f"{waiting} to be deleted in an hour" if waiting else "",
            *(f"failed: {outcome.error}" for outcome in of if outcome.error),
        ]
        if any(parts):
            lines.append(f"{table}: {', '.join(part for part in parts if part)}")
    return lines or ["nothing to compact"]


def build(data_dir: Path, retention: Retention, **compaction: Any) -> Dataflow:
    """Return the dataflow for a lake."""
    worker = Compaction(data_dir, **compaction)
    clock = compaction.get("clock", time.time_ns)
    found = list(tasks(data_dir, lambda table: days_of(retention, table), clock()))
    dataflow = Dataflow("compact")
    folders = op.input("folders", dataflow, Folders(found))
    outcomes = op.map("compact", folders, worker.compact)
    op.output("summary", outcomes, Summary(len(found)))
    return dataflow


def flow() -> Dataflow:
    """Return the dataflow of the configured lake; Bytewax calls this by its name."""
    stopping.install()
    try:
        storage = load().settings.storage
        data_dir = Path(storage.data_dir)
        catalog.require(data_dir)
        segments.prepare(data_dir)
        catalog.refresh(data_dir)  # an older view would not know that a merged segment can be merged
    except LeadlineError as e:
        refuse(e)
    return build(data_dir, storage.retention, stopping=stopping.stopping)
