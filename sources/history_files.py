"""Archive files: a CSV file, plain or gzip, or a ZIP of them, read in blocks of whole lines.

A block is a few megabytes, so a file of any size takes the same memory. What a file is, is told by
its first bytes, not by its name. What cannot be read at all is a StoreError.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, cast

from leadline.errors import StoreError

BLOCK_BYTES = 4 << 20
LONGEST_LINE = 1 << 16  # a longer one is no line of a CSV
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)  # the last two of ZIP
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
Advance = Callable[[int], None]


class Part(NamedTuple):
    """One CSV: a file, or a file in a ZIP."""

    path: Path
    member: str | None
    size: int  # in bytes as `blocks` reports its progress

    @property
    def name(self) -> str:
        """Return the file's own name."""
        return self.path.name if self.member is None else PurePosixPath(self.member).name

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path}: {self.member}"


class Block(NamedTuple):
    """Whole lines of a file, and the number of the first one, from 1."""

    line: int
    text: bytes


def parts(path: Path) -> list[Part]:
    """Return the CSVs of a file, in a ZIP's own order."""
    with _readable(str(path)):
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                if file.read(len(ZIP)) == ZIP:
                    raise StoreError(f"{str(path)!r} is the beginning of a ZIP, its end is missing: get the file again")
            return [Part(path, None, path.stat().st_size)]
        with zipfile.ZipFile(path) as archive:
            found = [Part(path, info.filename, info.file_size) for info in archive.infolist() if _is_csv(info)]
    if not found:
        raise StoreError(f"there is no CSV in {str(path)!r}: name Kraken's OHLCVT or trades archive, or a CSV")
    return found


def _is_csv(info: zipfile.ZipInfo) -> bool:
    hidden = info.filename.startswith("__MACOSX") or PurePosixPath(info.filename).name.startswith(".")
    return not info.is_dir() and info.filename.lower().endswith((".csv", ".txt")) and not hidden


def blocks(part: Part, advance: Advance = lambda n_bytes: None, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield a part's lines; `advance` gets the bytes of the part that were read so far.

    Raises StoreError where the file turns out to be damaged; what came before has been yielded.
    """
    line = 1
    with _readable(str(part)), part.path.open("rb") as file, _opened(part, file) as content:
        while text := content.read(size):
            if not text.endswith(b"\n"):
                text += content.readline(LONGEST_LINE)
            if not text.endswith(b"\n") and content.read(1):
                at = line + text.count(b"\n")
                raise StoreError(f"{part} is no CSV: line {at} is longer than {LONGEST_LINE} bytes")
            yield Block(line, text)
            line += text.count(b"\n")
            advance(content.tell() if part.member else file.tell())


@contextmanager
def _opened(part: Part, file: BinaryIO) -> Iterator[BinaryIO]:
    head = file.read(2)
    file.seek(0)
    if part.member is not None:
        with zipfile.ZipFile(file) as archive, archive.open(part.member) as content:
            yield cast(BinaryIO, content)
    elif head == GZIP:
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast(BinaryIO, unpacked)
    else:
        yield file


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as e:
        raise StoreError(f"there is no file {name!r} to import: check its name") from e
    except IsADirectoryError as e:
        raise StoreError(f"{name!r} is a folder: name the files in it") from e
    except DAMAGE as e:
        why = e.strerror if isinstance(e, OSError) and e.strerror else e
        raise StoreError(f"cannot read {name}: {why}; get the file again, or name another") from e
