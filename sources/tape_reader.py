"""The tape's reader: records in order, whatever happened to the disk.

Damage never raises: a record cut short at the very end is left out and counted; anything else
that cannot be read (a corrupt record or segment, a missing one) becomes one GAP record, numbered
as the first record that is lost, and reading goes on with the next segment. Only a tape of another
format, or none at all, is an error.
"""

from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from leadline import records
from leadline.errors import TapeError
from leadline.records import DamagedRecord, Record, decode
from sources import tape
from sources.tape import Position, Segment

RETIRED = "deleted by retention"


class TapeReader:
    """Reads one tape from a position to its end as it is now.

    Where retention has deleted the beginning, the start record that it kept comes first, then a gap.
    """

    def __init__(self, folder: Path, position: Position | None = None) -> None:
        self._folder = folder
        found = tape.segments(folder)
        if not found:
            raise TapeError(f"{folder} holds no tape: name a tape's folder")
        self.position = position or Position()
        self.truncated = 0  # records cut short at the very end
        self.gaps = 0
        self.damage: list[str] = []  # a line for each gap but that of retention
        self._start = tape.saved_start(folder) if self.position == Position() and found[0].first_seq else None
        self._records = self._all()

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def read_batch(self, n: int) -> list[Record]:
        """Return up to `n` records, none at the end; `position` is behind the last one."""
        return list(islice(self._records, n))

    def _all(self) -> Iterator[Record]:
        if self._start is not None:
            self.position = Position(0, 0, 1)
            yield self._start
        while True:
            at = self.position
            left = [s for s in tape.segments(self._folder) if s.index >= at.segment]
            if not left:
                return
            segment, behind = left[0], left[1] if len(left) > 1 else None
            if at.seq != segment.first_seq and not (at.segment == segment.index and at.offset):
                where = f"records {at.seq} to {segment.first_seq - 1}, before {segment.path.name}"
                yield self._gap(self._why_missing(at), where, Position(segment.index, 0, segment.first_seq))
            renamed = yield from self._segment(segment, behind)
            if renamed:
                continue
            if behind is None:
                return  # `position` stays at this segment's end: a writer may go on in it
            if self.position.segment <= segment.index:
                self.position = Position(behind.index, 0, self.position.seq)

    def _why_missing(self, at: Position) -> str:
        return RETIRED if self._start is not None and at == Position(0, 0, 1) else "missing"

    def _segment(self, segment: Segment, behind: Segment | None) -> Generator[Record, None, bool]:
        """Yield a segment's records; return whether it has another name by now, as after its compression."""
        at, index = self.position, segment.index
        try:
            data, damage = tape.read(segment)
            _, offset = tape.read_header(data, segment.path)
        except FileNotFoundError:
            if segment not in tape.segments(self._folder):
                return True
            yield from self._broken("cannot be opened", segment, behind)
            return False
        except PermissionError as e:
            raise TapeError(f"cannot read {segment.path}: {e.strerror}; make it readable") from e
        except (ValueError, OSError) as e:
            yield from self._broken(str(e), segment, behind, cut=isinstance(e, tape.CutHeader))
            return False
        seq = segment.first_seq
        if at.segment == index and at.offset:
            offset, seq = at.offset, at.seq
        try:
            for record, offset in decode(data, offset, seq):  # noqa: B020 - the records come with where they end
                self.position = Position(index, offset, record.seq + 1)
                yield record
        except DamagedRecord as e:
            yield from self._broken(damage or str(e), segment, behind, cut=e.truncated)
            return False
        if damage is not None:
            yield from self._broken(damage, segment, behind)
        return False

    def _broken(self, reason: str, segment: Segment, behind: Segment | None, cut: bool = False) -> Iterator[Record]:
        """Leave a damaged segment: with a gap, unless nothing is lost or a record is cut short at the very end."""
        seq = self.position.seq
        if behind is not None and behind.first_seq == seq:
            return
        if cut and behind is None and not segment.compressed:
            self.truncated += 1
            return
        next_seq = seq + 1 if behind is None else behind.first_seq
        yield self._gap(reason, segment.path.name, Position(segment.index + 1, 0, next_seq))

    def _gap(self, reason: str, where: str, then: Position) -> Record:
        """Go to `then` and return the record that stands for what is lost."""
        seq, self.position = self.position.seq, then
        self.gaps += 1
        if reason != RETIRED:
            self.damage.append(f"{where}: {reason}")
        payload = msgspec.json.encode({"reason": reason, "where": where})
        return Record(seq, records.GAP, 0, 0, 0, payload)  # the line's clock never goes back: it happens "now"


def first_record(folder: Path) -> Record:
    """Return a tape's start record; raises TapeError where it does not begin with one."""
    reader = TapeReader(folder)
    first = next(iter(reader), None)
    if first is None:
        raise TapeError(f"the tape {folder} is empty: its run ended before it received anything; take another")
    if first.kind != records.START:
        why = reader.damage[0] if reader.damage else "its first record is no start record"
        raise TapeError(f"the tape {folder} cannot be played, its beginning is damaged ({why}): take another")
    return first


def last_segment(folder: Path) -> TapeReader:
    """Return a reader of a tape's last segment, from its first record; raises TapeError where there is no tape."""
    found = tape.segments(folder)
    return TapeReader(folder, Position(found[-1].index, 0, found[-1].first_seq) if found else None)


def end_of(folder: Path) -> int:
    """Return the number of the record behind a tape's last; raises TapeError where there is no tape."""
    reader = last_segment(folder)
    for _ in reader:
        pass
    return reader.position.seq
