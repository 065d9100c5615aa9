"""The tape's writer: appends batches of records, rotates segments, compresses closed ones.

A batch is one write. Nothing that was received is ever deleted here: the part of a record that a crash
cut short is moved to a file beside its segment, since the next one would be unreadable behind it;
damage is left as it is, and followed by a segment of its own.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import zstandard

from files import lock
from files.whole import sync_folder
from leadline.errors import LeadlineError, TapeError
from leadline.records import DamagedRecord, decode
from sources import tape
from sources.tape import Position, Segment

LEVEL = 3  # zstd: 100 MB/s and more, a tenth of the size
Write = Callable[[int, memoryview], int]


class TapeWriter:
    """Writes one tape. Opening a folder that has segments goes on behind their last whole record."""

    def __init__(
        self, folder: Path, tape_id: str, *, segment_bytes: int, segment_seconds: float,
        clock: Callable[[], float] = time.monotonic, write: Write = os.write,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._tape_id = tape_id
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._clock = clock
        self._write = write
        self._fd: int | None = None
        self._compressors: list[threading.Thread] = []
        self.cut_bytes = 0  # of a record that a crash cut short, moved aside
        self._lock: int | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            self._reopen()
        except OSError as e:
            self._release()
            raise self._unusable(e) from e
        except LeadlineError:
            self._release()
            raise

    @property
    def position(self) -> Position:
        """Where the next record will be."""
        return Position(self._index, self._offset, self._seq)

    def append(self, encoded: list[bytes]) -> None:
        """Append records with one write; raises TapeError when the disk refuses."""
        if self._is_full():
            self._rotate()
        self._put(b"".join(encoded))
        self._seq += len(encoded)

    def _is_full(self) -> bool:
        return self._seq > self._first_seq and (
            self._offset >= self._segment_bytes or self._clock() - self._opened >= self._segment_seconds
        )

    def sync(self) -> None:
        """Make sure that everything appended is on disk."""
        if self._fd is not None:
            try:
                os.fsync(self._fd)
            except OSError as e:
                raise self._unusable(e) from e

    def close(self, *, ended: bool = False) -> None:
        """Close the tape; its last segment stays as it is for a resume to go on in, or is compressed if it `ended`."""
        if self._lock is None:
            return
        try:
            self.sync()
            if ended and self._fd is not None:
                self._compress_later(Segment(self._index, self._first_seq, self._path))
        finally:
            for thread in self._compressors:
                thread.join()
            self._release()

    def _release(self) -> None:
        for fd in (self._fd, self._lock):
            if fd is not None:
                os.close(fd)
        self._fd = self._lock = None

    def _locked(self) -> int:
        held = lock.hold(self._folder / tape.LOCK)
        if held is None:
            raise TapeError(f"the tape {self._folder} is being written by another run: stop that one first")
        return held

    def _reopen(self) -> None:
        """Go on behind the last whole record; behind damage in a segment of its own, since a gap takes a number."""
        existing = tape.segments(self._folder)
        if not existing:
            self._open_segment(0, 0)
            return
        last = existing[-1]
        end = _whole_part(last)
        if end.cut and end.offset == 0:  # the crash came while its header was written
            last.path.unlink()
            self._open_segment(last.index, last.first_seq)
        elif last.compressed or end.damaged:
            self._open_segment(last.index + 1, end.seq + end.damaged)
        else:
            self._go_on_in(last, end)
        for segment in tape.segments(self._folder):
            if segment.index < self._index and not segment.compressed:
                self._compress_later(segment)
            elif segment.compressed:  # a crash came before the plain one was deleted
                segment.path.with_suffix("").unlink(missing_ok=True)

    def _go_on_in(self, last: Segment, end: "_WholePart") -> None:
        self._fd = os.open(last.path, os.O_RDWR)
        self.cut_bytes = os.fstat(self._fd).st_size - end.offset
        if self.cut_bytes:  # nearly always part of one record; should it be damage, it is not lost
            torn = last.path.with_name(f"{last.path.name}.torn-{end.offset}")
            torn.write_bytes(os.pread(self._fd, self.cut_bytes, end.offset))
        os.ftruncate(self._fd, end.offset)
        os.lseek(self._fd, end.offset, os.SEEK_SET)
        self._path, self._index, self._first_seq = last.path, last.index, last.first_seq
        self._offset, self._seq, self._opened = end.offset, end.seq, self._clock()

    def _open_segment(self, index: int, seq: int) -> None:
        self._path = tape.segment_path(self._folder, index, seq)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._index, self._first_seq = index, seq
        self._offset, self._seq, self._opened = 0, seq, self._clock()
        self._put(tape.header(self._tape_id, seq))
        sync_folder(self._folder)

    def _rotate(self) -> None:
        self.sync()
        assert self._fd is not None
        os.close(self._fd)
        self._fd = None
        closed = Segment(self._index, self._first_seq, self._path)
        try:
            self._open_segment(self._index + 1, self._seq)
        except OSError as e:
            raise self._unusable(e) from e
        self._compress_later(closed)

    def _compress_later(self, segment: Segment) -> None:
        self._compressors = [thread for thread in self._compressors if thread.is_alive()]
        thread = threading.Thread(target=compress, args=(segment.path,), name="tape-zstd", daemon=True)
        thread.start()
        self._compressors.append(thread)

    def _put(self, data: bytes) -> None:
        """Write all of it, or take back what part of it was written and raise TapeError."""
        if self._fd is None:
            raise TapeError(f"the tape {self._folder} is closed")
        view, done = memoryview(data), 0
        try:
            while done < len(data):
                done += self._write(self._fd, view[done:])  # os.write may be short
        except OSError as e:
            with suppress(OSError):  # else it is cut off when the tape is opened again
                os.ftruncate(self._fd, self._offset)
                os.lseek(self._fd, self._offset, os.SEEK_SET)
            raise self._unusable(e) from e
        self._offset += len(data)

    def _unusable(self, e: OSError) -> TapeError:
        return TapeError(
            f"cannot write the tape {self._folder}: {e.strerror or e}. Make room or change storage.data_dir; "
            "what was received is kept up to here"
        )


def compress(path: Path) -> None:
    """Replace a closed segment by its compressed form; a failure leaves it as it is, still readable."""
    target = path.with_name(path.name.removesuffix(tape.RAW) + tape.COMPRESSED)
    unfinished = target.with_suffix(".tmp")
    try:
        with path.open("rb") as source, unfinished.open("wb") as sink:
            zstandard.ZstdCompressor(level=LEVEL).copy_stream(source, sink, size=path.stat().st_size)
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.rename(target)
        sync_folder(path.parent)
        path.unlink()
    except (OSError, zstandard.ZstdError):
        unfinished.unlink(missing_ok=True)


def is_being_written(folder: Path) -> bool:
    """Return whether a writer, of any process, has the tape open."""
    return lock.is_held(folder / tape.LOCK)


class _WholePart(NamedTuple):
    """How far a segment can be read."""

    offset: int  # behind the last whole record, 0 where not even the header is whole
    seq: int  # of the record that would follow
    cut: bool = False  # it ends within a record
    damaged: bool = False  # something else than a record follows


def _whole_part(segment: Segment) -> _WholePart:
    data, damage = tape.read(segment)
    seq, broken = segment.first_seq, damage is not None
    try:
        _, offset = tape.read_header(data, segment.path)
    except ValueError as e:
        cut = isinstance(e, tape.CutHeader) and not segment.compressed
        return _WholePart(0, seq, cut, not cut)
    try:
        for record, stop in decode(data, offset, seq):
            offset, seq = stop, record.seq + 1
    except DamagedRecord as e:
        cut = e.truncated and not segment.compressed
        return _WholePart(offset, seq, cut, not cut)
    return _WholePart(offset, seq, damaged=broken)
