"""Offline: a tape played down the line without the engine, which gives the same rows.

Records come in, rows come out, one batch at a time, so hours of tape need no more memory than a
second of it. Nothing is stored and nothing is shown.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from flows.stages import STAGES
from flows.starting import new_id, replayed, start_record
from leadline import records
from leadline.errors import TapeError
from leadline.moment import Moment, Row
from leadline.records import Record, Start
from leadline.settings import Settings
from operators.decode import decode_records
from operators.rows import RowsLogic
from sources.kraken import wire
from sources.tape_reader import TapeReader, first_record

if TYPE_CHECKING:
    from simulator.tape import TapeSpec

BATCH = 512  # records on their way at a time

Progress = Callable[[Record], None]  # told the newest record of each batch


def play(
    tape: Iterable[Record], changes: dict[str, Any] | None = None, progress: Progress | None = None,
    run_id: str | None = None,
) -> Iterator[Row]:  # fmt: skip
    """Yield the rows of a tape as the sinks of a replay would get them, in their order.

    `changes` are nested deciding settings that go over the tape's own. Rows of telemetry, which tell
    how fast the engine's steps are, are not made here.
    """
    stages = [build() for _, build in STAGES]
    tagged = RowsLogic(None)
    for batch in _batches(_restarted(tape, changes or {}, run_id or new_id())):
        moments = decode_records(batch, wire.decode)
        for stage in stages:
            stage.process(moments)
        yield from tagged.on_batch([moments])[0]
        if progress is not None:
            progress(batch[-1])
    tail: list[Moment] = []
    for stage in stages:
        stage.process(tail)
        tail += stage.finish()
    yield from tagged.on_batch([tail])[0]


def _restarted(tape: Iterable[Record], changes: dict[str, Any], run_id: str) -> Iterator[Record]:
    """Yield the records to the end of the tape, its start as this run's own."""
    for record in tape:
        if record.kind == records.START:
            start = replayed(start_of(record), run_id, changes)
            yield msgspec.structs.replace(record, payload=msgspec.json.encode(start))
        else:
            yield record
        if record.kind == records.END:
            return


def _batches(tape: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(tape, BATCH)):
        yield batch


def start_of(record: Record) -> Start:
    """Return what a start record says; raises TapeError."""
    try:
        return msgspec.json.decode(record.payload, type=Start)
    except msgspec.MsgspecError as e:
        raise TapeError(f"the tape's start record cannot be read ({e}): take another tape") from e


def recorded(folder: Path) -> TapeReader:
    """Return a tape's records; its `damage` tells what could not be read. Raises TapeError if it has no beginning."""
    first_record(folder)
    return TapeReader(folder)


def simulated(spec: "TapeSpec", settings: Settings) -> Iterator[Record]:
    """Yield a simulated market's records, made as they are asked for, decided by `settings`."""
    from simulator.tape import MONO_START_NS, encoded

    start = start_record(settings, spec.tape_id, new_id())
    start.mode, start.venue, start.symbols = "simulator", "simulator", list(spec.symbols)
    start.level, start.depth = spec.level, spec.subscribed_depth
    yield Record(0, records.START, 0, spec.start_ns, MONO_START_NS, msgspec.json.encode(start))
    for seq, data in enumerate(encoded(spec), 1):
        for record, _ in records.decode(data, 0, seq):
            yield record
