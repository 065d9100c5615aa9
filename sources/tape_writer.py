"""The tape's writer: appends batches of records, rotates segments, compresses closed ones.

A batch is one write. Nothing that was received is ever deleted here; a record cut short by a
crash is, since the next one would be unreadable behind it.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import zstandard

from leadline.errors import TapeError
from leadline.records import DamagedRecord, decode
from sources import tape
from sources.tape import Position, Segment

LEVEL = 3  # zstd: 100 MB/s and more, a tenth of the size
Write = Callable[[int, bytes], int]


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
        self.cut_bytes = 0  # of a record that a crash cut short
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            self._reopen()
        except OSError as e:
            raise self._unusable(e) from e

    @property
    def position(self) -> Position:
        """Where the next record will be."""
        return Position(self._index, self._offset, self._seq)

    def append(self, encoded: list[bytes]) -> None:
        """Append records with one write; raises TapeError when the disk refuses."""
        if self._offset >= self._segment_bytes or self._clock() - self._opened >= self._segment_seconds:
            self._rotate()
        self._put(b"".join(encoded))
        self._seq += len(encoded)

    def sync(self) -> None:
        """Make sure that everything appended is on disk."""
        if self._fd is not None:
            try:
                os.fsync(self._fd)
            except OSError as e:
                raise self._unusable(e) from e

    def close(self) -> None:
        """Close the tape; its last segment stays as it is, since a resume goes on in it."""
        if self._fd is None:
            return
        self.sync()
        os.close(self._fd)
        self._fd = None
        for thread in self._compressors:
            thread.join()
        os.close(self._lock)

    def _locked(self) -> int:
        lock = os.open(self._folder / tape.LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            os.close(lock)
            raise TapeError(f"the tape {self._folder} is being written by another run: stop that one first") from e
        return lock

    def _reopen(self) -> None:
        existing = tape.segments(self._folder)
        if not existing:
            self._open_segment(0, 0)
            return
        last = existing[-1]
        if last.compressed:
            self._open_segment(last.index + 1, _next_seq(last))
            return
        self._go_on_in(last)
        for segment in existing[:-1]:
            if not segment.compressed:
                self._compress_later(segment)

    def _go_on_in(self, last: Segment) -> None:
        data = last.path.read_bytes()
        end, seq = _whole(data, last)
        self.cut_bytes = len(data) - end
        if end == 0:  # not even its header is whole
            last.path.unlink()
            self._open_segment(last.index, last.first_seq)
            return
        self._fd = os.open(last.path, os.O_WRONLY)
        os.ftruncate(self._fd, end)
        os.lseek(self._fd, end, os.SEEK_SET)
        self._path, self._index, self._offset, self._seq, self._opened = (
            last.path, last.index, end, seq, self._clock(),
        )  # fmt: skip

    def _open_segment(self, index: int, seq: int) -> None:
        self._path = tape.segment_path(self._folder, index, seq)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._index, self._offset, self._seq, self._opened = index, 0, seq, self._clock()
        self._put(tape.header(self._tape_id, seq))

    def _rotate(self) -> None:
        self.sync()
        assert self._fd is not None
        os.close(self._fd)
        closed = Segment(self._index, 0, self._path)
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
        assert self._fd is not None
        view, done = memoryview(data), 0
        try:
            while done < len(data):
                done += self._write(self._fd, view[done:])  # type: ignore[arg-type]  # os.write may be short
        except OSError as e:
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
        path.unlink()
    except OSError:
        unfinished.unlink(missing_ok=True)


def _whole(data: bytes, segment: Segment) -> tuple[int, int]:
    """Return (offset behind the last whole record, number of the next record)."""
    seq = segment.first_seq
    try:
        _, offset = tape.read_header(data, segment.path)
    except ValueError:
        return 0, seq
    try:
        for record, stop in decode(data, offset, seq):
            offset, seq = stop, record.seq + 1
    except DamagedRecord:
        pass
    return offset, seq


def _next_seq(segment: Segment) -> int:
    with segment.path.open("rb") as source:
        data = zstandard.ZstdDecompressor().stream_reader(source).read()
    return _whole(data, segment)[1]
