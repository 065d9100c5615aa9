"""Retention: which closed segments are too old, or too much, and may go.

Oldest first, over all tapes of a data folder. Of the tape that is being written only what lies
before the position that a crash would resume from, and never its last segment; nothing of a tape
that another run is writing. A tape that loses its beginning keeps its start record in a file of
its own, so that the rest of it can still be played.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from files import whole
from leadline import records
from sources import tape
from sources.tape import Position, Segment
from sources.tape_reader import TapeReader
from sources.tape_writer import is_being_written


def apply(
    tapes: Path, *, max_age_s: float, max_bytes: int, keep: tuple[str, Position], now: float | None = None
) -> list[Path]:
    """Delete what is past its age or over the bytes; return what was deleted.

    `keep`: the tape that is being written, and the oldest position it may be resumed from.
    """
    now = time.time() if now is None else now
    everything = [(s, s.path.stat()) for folder in tape.tapes(tapes) for s in tape.segments(folder)]
    total = sum(stat.st_size for _, stat in everything)
    deletable = {segment.path for segment in _deletable(tapes, keep)}
    gone = []
    for segment, stat in sorted(everything, key=lambda pair: (pair[1].st_mtime_ns, pair[0].path)):
        too_old = now - stat.st_mtime > max_age_s
        if segment.path in deletable and (too_old or total > max_bytes):
            _delete(segment)
            total -= stat.st_size
            gone.append(segment.path)
    for folder in {path.parent for path in gone}:
        if not tape.segments(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return gone


def _deletable(tapes: Path, keep: tuple[str, Position]) -> Iterator[Segment]:
    for folder in tape.tapes(tapes):
        listed = tape.segments(folder)
        if folder.name == keep[0]:
            yield from (s for s in listed[:-1] if s.index < keep[1].segment)
        elif not is_being_written(folder):
            yield from listed


def _delete(segment: Segment) -> None:
    if segment.first_seq == 0:
        _save_start(segment.path.parent)
    segment.path.unlink(missing_ok=True)


def _save_start(folder: Path) -> None:
    first = next(iter(TapeReader(folder)), None)
    if first is None or first.kind != records.START:
        return
    encoded = records.encode(first.kind, first.conn, first.wall_ns, first.mono_ns, first.payload)
    whole.put(folder / tape.SAVED_START, encoded)
