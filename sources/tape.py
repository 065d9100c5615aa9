"""A tape's folder: the names and headers of its segments, and where a reader stands.

    <data_dir>/tape/<tape_id>/00000000-000000000000.tape.zst    closed: compressed
                              00000001-000000481203.tape        the one being written
                              lock                              held by the writer
                              start                             the start record, once its segment is deleted

A name holds the segment's index and the number of its first record. A segment begins with a
header (magic, format version, number of the first record, tape id, CRC-32), the same in every
version of the format; records follow as `leadline.records` writes them. Offsets count uncompressed
bytes, so compression does not move a position.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from leadline.errors import TapeError, TapeVersionError
from leadline.records import FORMAT_VERSION, START, DamagedRecord, Record, decode

KEPT = "a live run keeps one in data/tape, a simulated one only with LEADLINE__FEED__RECORD=true"
MAGIC = b"LDTAPE"
_HEADER = struct.Struct("<6sHQH")  # magic, version, first record, length of the tape id
_CRC = struct.Struct("<I")
RAW, COMPRESSED = ".tape", ".tape.zst"
PIECE = 1 << 15  # compressed bytes at a time: what is unpacked together with damage is lost with it
LOCK, SAVED_START = "lock", "start"
_NAME = re.compile(r"^(\d{8})-(\d{12})\.tape(\.zst)?$")


class CutHeader(ValueError):
    """A segment's file ends within its header, as when a crash came while that was written."""


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a reader stands: the next record is number `seq`, at `offset` of segment `segment`."""

    segment: int = 0
    offset: int = 0  # 0: the segment's first record
    seq: int = 0


@dataclass(frozen=True, order=True)
class Segment:
    """One segment file."""

    index: int
    first_seq: int
    path: Path

    @property
    def compressed(self) -> bool:
        """Whether it is closed and compressed."""
        return self.path.name.endswith(COMPRESSED)


def segment_path(folder: Path, index: int, first_seq: int, suffix: str = RAW) -> Path:
    """Return a segment's path."""
    return folder / f"{index:08d}-{first_seq:012d}{suffix}"


def segments(folder: Path) -> list[Segment]:
    """Return the folder's segments in order; of one that is there twice, the compressed one."""
    found: dict[int, Segment] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        match = _NAME.match(path.name)
        if match and (match[3] or int(match[1]) not in found):
            found[int(match[1])] = Segment(int(match[1]), int(match[2]), path)
    return [found[index] for index in sorted(found)]


def header(tape_id: str, first_seq: int) -> bytes:
    """Return a segment's header."""
    name = tape_id.encode()
    head = _HEADER.pack(MAGIC, FORMAT_VERSION, first_seq, len(name)) + name
    return head + _CRC.pack(zlib.crc32(head))


def read_header(data: bytes, where: Path) -> tuple[str, int]:
    """Return (tape id, offset behind the header); raises TapeVersionError, and ValueError if it is damaged."""
    if data[:6] != MAGIC[: len(data)]:
        raise ValueError("no segment header")
    if len(data) < _HEADER.size:
        raise CutHeader("truncated segment header")
    _, version, _, length = _HEADER.unpack_from(data)
    end = _HEADER.size + length
    if len(data) < end + _CRC.size:
        raise CutHeader("truncated segment header")
    if _CRC.unpack_from(data, end)[0] != zlib.crc32(data[:end]):
        raise ValueError("the segment header's checksum does not match")
    if version != FORMAT_VERSION:
        raise TapeVersionError(
            f"{where} is of tape format {version}, this Leadline reads format {FORMAT_VERSION}: "
            "replay it with the version that wrote it"
        )
    return data[_HEADER.size : end].decode(), end + _CRC.size


def read(segment: Segment) -> tuple[bytes, str | None]:
    """Return a segment's bytes, uncompressed as far as that goes, and what is wrong behind them; raises OSError."""
    data = segment.path.read_bytes()
    if not segment.compressed:
        return data, None
    decoder = zstandard.ZstdDecompressor().decompressobj()
    parts = []
    try:
        for at in range(0, len(data), PIECE):
            parts.append(decoder.decompress(data[at : at + PIECE]))
            if decoder.eof:
                return b"".join(parts), None
    except zstandard.ZstdError as e:
        return b"".join(parts), str(e)
    return b"".join(parts), "the compressed segment is cut short"


def saved_start(folder: Path) -> Record | None:
    """Return the start record that retention kept of a tape whose beginning it deleted."""
    try:
        record, _ = next(decode((folder / SAVED_START).read_bytes(), 0, 0))
    except (OSError, DamagedRecord, StopIteration):
        return None
    return record if record.kind == START else None


def tapes(folder: Path) -> list[Path]:
    """Return the tapes directly below a folder, oldest first: their ids sort by time."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and segments(path)]


def resolve(path: Path) -> Path:
    """Return the tape that a user means: the folder itself, or the newest tape below it."""
    if segments(path):
        return path
    below = tapes(path) or tapes(path / "tape")
    if below:
        return max(below, key=lambda folder: segments(folder)[-1].path.stat().st_mtime_ns)
    missing = "is not there" if not path.exists() else "holds no tape"
    raise TapeError(f"{path} {missing}: name a tape's folder, such as data/tape/20260105T090000Z-1a2b3c; {KEPT}")
