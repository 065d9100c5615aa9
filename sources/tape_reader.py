"""The tape's reader: records in order, whatever happened to the disk.

Damage never raises: a record cut short at the very end is left out and counted; anything else
that cannot be read (a corrupt record or segment, a missing one) becomes one GAP record, and
reading goes on with the next segment. Only a tape of another format, or none at all, is an error.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec
import zstandard

from leadline import records
from leadline.errors import TapeError
from leadline.records import DamagedRecord, Record, decode
from sources import tape
from sources.tape import Position, Segment


class TapeReader:
    """Reads one tape from a position to its end as it is now."""

    def __init__(self, folder: Path, position: Position | None = None) -> None:
        self._folder = folder
        if not tape.segments(folder):
            raise TapeError(f"{folder} holds no tape: name a tape's folder")
        self.position = position or Position()
        self.truncated = 0  # records cut short at the very end
        self.gaps = 0
        self._records = self._all()

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def read_batch(self, n: int) -> list[Record]:
        """Return up to `n` records, none at the end; `position` is behind the last one."""
        return list(islice(self._records, n))

    def _all(self) -> Iterator[Record]:
        at = self.position
        listed = [s for s in tape.segments(self._folder) if s.index >= at.segment]
        expected = at.segment
        for segment in listed:
            if segment.index != expected:
                yield self._gap(segment, f"segments {expected} to {segment.index - 1} are missing")
            yield from self._segment(segment, segment is listed[-1])
            expected = segment.index + 1

    def _segment(self, segment: Segment, last: bool) -> Iterator[Record]:
        resumed = self.position.segment == segment.index and self.position.offset > 0
        try:
            data = _bytes(segment)
            _, start = tape.read_header(data, segment.path)
        except (ValueError, OSError, zstandard.ZstdError) as e:
            if last and not segment.compressed:
                self.truncated += 1
            else:
                yield self._gap(segment, f"unreadable: {e}")
            return
        offset, seq = (self.position.offset, self.position.seq) if resumed else (start, segment.first_seq)
        try:
            for record, end in decode(data, offset, seq):
                self.position = Position(segment.index, end, record.seq + 1)
                yield record
        except DamagedRecord as e:
            if e.truncated and last:
                self.truncated += 1
            else:
                yield self._gap(segment, str(e))

    def _gap(self, segment: Segment, reason: str) -> Record:
        """Return the record that stands for what is missing; it happens where the tape's clock stands."""
        self.gaps += 1
        payload = msgspec.json.encode({"reason": reason, "where": segment.path.name})
        return Record(self.position.seq, records.GAP, 0, 0, 0, payload)


def _bytes(segment: Segment) -> bytes:
    """Return a segment's bytes; it may have been compressed since it was listed."""
    if not segment.compressed:
        try:
            return segment.path.read_bytes()
        except FileNotFoundError:
            pass
    path = segment.path.with_name(segment.path.name.split(".")[0] + tape.COMPRESSED)
    with path.open("rb") as source:
        return zstandard.ZstdDecompressor().stream_reader(source).read()


@dataclass
class TapeReport:
    """What a tape holds; `damage` is empty when all of it can be read."""

    tape_id: str
    folder: str
    segments: int = 0
    bytes: int = 0
    records: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    first_ns: int | None = None
    last_ns: int | None = None
    ended: bool = False
    truncated: int = 0
    damage: list[str] = field(default_factory=list)


def report(folder: Path) -> TapeReport:
    """Read a whole tape and say what is on it."""
    listed = tape.segments(folder)
    reader = TapeReader(folder)
    found = TapeReport(tape_id=folder.name, folder=str(folder), segments=len(listed))
    found.bytes = sum(s.path.stat().st_size for s in listed)
    kinds: Counter[int] = Counter()
    for record in reader:
        kinds[record.kind] += 1
        if record.kind == records.GAP:
            detail = record.json()
            found.damage.append(f"{detail['where']}: {detail['reason']}")
        elif record.wall_ns:
            found.first_ns = record.wall_ns if found.first_ns is None else min(found.first_ns, record.wall_ns)
            found.last_ns = max(found.last_ns or 0, record.wall_ns)
        if record.kind == records.START:
            found.tape_id = str(record.json().get("tape_id", found.tape_id))
    found.kinds = {records.KIND_NAMES.get(kind, str(kind)): n for kind, n in sorted(kinds.items())}
    found.records = sum(kinds.values())
    found.ended = kinds[records.END] > 0
    found.truncated = reader.truncated
    return found
