"""Adoption: a tape that a crash cut short before the engine's first snapshot.

The engine then resumes from nothing, though the tape has it all: the run goes on with that
tape from its beginning, so that a kill in the first seconds loses nothing either.
"""

from itertools import islice
from pathlib import Path

import msgspec

from leadline import records
from leadline.records import Start
from sources import tape
from sources.tape_reader import TapeReader


def unfinished(tapes: Path, start: Start) -> str | None:
    """Return the id of the newest tape if it has no end and was begun by the same config and symbols."""
    folders = tape.tapes(tapes)
    if not folders:
        return None
    newest = folders[-1]
    first = next(islice(TapeReader(newest), 1), None)
    if first is None or first.kind != records.START:
        return None
    begun = msgspec.json.decode(first.payload, type=Start)
    same = (begun.config_hash, begun.symbols, begun.depth) == (start.config_hash, start.symbols, start.depth)
    if not same or any(record.kind == records.END for record in TapeReader(newest)):
        return None
    return newest.name
