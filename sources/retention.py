"""Retention: which closed segments are too old, or too much, and may go.

Oldest first, over all tapes of a data folder. Never the segment that a crash would resume from
or anything after it on that tape, and never a tape's last segment.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sources import tape
from sources.tape import Position, Segment


def apply(
    tapes: Path, *, max_age_s: float, max_bytes: int, keep: tuple[str, Position], now: float | None = None
) -> list[Path]:
    """Delete what is past its age or over the bytes; return what was deleted."""
    now = time.time() if now is None else now
    everything = [(s, s.path.stat()) for folder in tape.tapes(tapes) for s in tape.segments(folder)]
    total = sum(stat.st_size for _, stat in everything)
    deletable = {segment.path for segment in _deletable(tapes, keep)}
    gone = []
    for segment, stat in sorted(everything, key=lambda pair: pair[1].st_mtime_ns):
        too_old = now - stat.st_mtime > max_age_s
        if segment.path in deletable and (too_old or total > max_bytes):
            segment.path.unlink(missing_ok=True)
            total -= stat.st_size
            gone.append(segment.path)
    _remove_empty(tapes, keep[0])
    return gone


def _deletable(tapes: Path, keep: tuple[str, Position]) -> Iterator[Segment]:
    for folder in tape.tapes(tapes):
        listed = tape.segments(folder)
        if folder.name == keep[0]:
            yield from (s for s in listed[:-1] if s.index < keep[1].segment)
        else:
            yield from listed


def _remove_empty(tapes: Path, current: str) -> None:
    for folder in tapes.iterdir():
        if folder.is_dir() and folder.name != current and not tape.segments(folder):
            shutil.rmtree(folder, ignore_errors=True)
