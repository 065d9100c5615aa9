"""Files of recorded frames: `{"rx_ns": N, "frame": ...}` a line, plain, gzip or zstd.

`frame` is the JSON value as received, or a JSON string that holds it; its bytes come out exactly as
they are in the file. What cannot be read is a `Fault`, a line number with a reason, never an exception.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import zstandard

from leadline.errors import TapeError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
LATEST_NS = 1 << 62  # the year 2116: a later time is no time
DAMAGE = (OSError, EOFError, zlib.error, zstandard.ZstdError)


@dataclass(frozen=True)
class Fault:
    """A line that is left out, and why."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Frame:
    """One message as received, and when; `rx_ns` by whatever clock the recorder had."""

    rx_ns: int
    payload: bytes


class _Line(msgspec.Struct):
    rx_ns: int | None = None
    frame: msgspec.Raw = msgspec.Raw()
    kind: str | None = None  # in the lines of `leadline tape cat`


_decode_line = msgspec.json.Decoder(_Line).decode
_decode_text = msgspec.json.Decoder(str).decode
Advance = Callable[[int], None]


def read(path: Path, seen: Callable[[bytes], None], advance: Advance) -> Iterator[Frame | Fault]:
    """Yield a file's frames and faults; `seen` gets each line, `advance` the bytes of the file read so far."""
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_unpacked(file), 1):
                seen(line)
                found = parse(path, number, line) if not line.isspace() else None
                if found is not None:
                    yield found
                if number % 1024 == 0:
                    advance(file.tell())
            advance(file.tell())
    except FileNotFoundError as e:
        raise TapeError(f"there is no file {path} to import: check its name") from e
    except DAMAGE as e:
        if not number and isinstance(e, OSError) and e.errno:
            raise TapeError(f"cannot read {path}: {e.strerror}; name a file of recorded frames") from e
        yield Fault(path, number + 1, f"the file is damaged from here on ({e})")


def _unpacked(file: BinaryIO) -> BinaryIO:
    """Return a file's lines, unpacked by what it begins with: a name can be wrong."""
    head = file.read(4)
    file.seek(0)
    if head.startswith(GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if head == ZSTD:
        packed = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=False)
        return io.BufferedReader(cast(io.RawIOBase, packed), 1 << 16)
    return file


def parse(path: Path, number: int, line: bytes) -> Frame | Fault | None:
    """Return a line's frame, or what is wrong with it; None for a line of `tape cat` that is no frame."""
    try:
        found = _decode_line(line)
        payload = bytes(found.frame)
        if payload.startswith(b'"'):
            payload = _decode_text(payload).encode()
    except (msgspec.MsgspecError, ValueError, RecursionError) as e:
        return Fault(path, number, str(e))
    if found.kind is not None and found.kind != "frame":
        return None
    if found.rx_ns is None or not payload:
        return Fault(path, number, f"a line without {'frame' if found.rx_ns is not None else 'rx_ns'}")
    if not 0 <= found.rx_ns < LATEST_NS:
        return Fault(path, number, f"rx_ns {found.rx_ns} is no time in ns")
    return Frame(found.rx_ns, payload)
