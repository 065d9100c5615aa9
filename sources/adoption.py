"""Adoption: a tape that a crash cut short before the engine's first snapshot.

The engine then resumes from nothing, though the tape has it all: the run goes on with that
tape from its beginning, so that a kill in the first seconds loses nothing either. A snapshot of
a run that never reached its venue is one of nothing, too: that run has left no tape.
"""

from contextlib import suppress
from pathlib import Path

import msgspec

from leadline import records
from leadline.errors import TapeError
from leadline.records import Start
from sources import tape
from sources.tape import Position
from sources.tape_reader import TapeReader, first_record, last_segment
from sources.tape_writer import is_being_written

SAME = ("config_hash", "symbols", "depth", "level", "mode", "venue")  # else it is another run's


def unfinished(tapes: Path, *starts: Start) -> str | None:
    """Return the id of the newest tape if it has no end and was begun like one of `starts`: same config and symbols."""
    folders = tape.tapes(tapes)
    if not folders or is_being_written(folders[-1]) or tape.segments(folders[-1])[0].first_seq:
        return None
    newest = folders[-1]
    try:
        begun = msgspec.json.decode(first_record(newest).payload, type=Start)
    except (TapeError, msgspec.MsgspecError):
        return None
    return newest.name if _what(begun) in map(_what, starts) and not _ended(newest) else None


def is_of_nothing(tapes: Path, tape_id: str, at: Position) -> bool:
    """Return whether a snapshot was taken before there was a tape."""
    return at.seq == 0 and not tape.segments(tapes / tape_id)


def _what(start: Start) -> list[object]:
    return [getattr(start, name) for name in SAME]


def end_ns(folder: Path) -> int:
    """Return the newest time of a tape's last segment that has records, by its own clock.

    A kill between a rotation and the first write behind it leaves a segment without any.
    """
    for segment in reversed(tape.segments(folder)):
        reader = TapeReader(folder, Position(segment.index, 0, segment.first_seq))
        with suppress(TapeError):  # its header was not written either
            if newest := max((record.wall_ns for record in reader), default=0):
                return newest
    return 0


def _ended(folder: Path) -> bool:
    """Return whether a tape's last segment holds an end."""
    return any(record.kind == records.END for record in last_segment(folder))
