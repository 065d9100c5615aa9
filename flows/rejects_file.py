"""The file of rejected lines: every line that an import leaves out, with its number and reason, as they are found.

CSV, `file,line,reason`. Nothing is kept in memory, so that a file of which every line is bad takes no more of it.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from leadline.errors import StoreError
from sources.history_csv import Reject

COLUMNS = ("file", "line", "reason")

Take = Callable[[str, Sequence[Reject]], None]  # which file, and some of its lines


def _writing(path: Path, out: TextIO) -> Iterator[Take]:
    rows, n = csv.writer(out), 0

    def take(file: str, rejects: Sequence[Reject]) -> None:
        nonlocal n
        n += len(rejects)
        rows.writerows((file, *one) for one in rejects)

    rows.writerow(COLUMNS)
    try:
        yield take
    except StoreError:
        if not n:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Take]:
    """Give what takes rejected lines; without a path they go nowhere. Raises StoreError where none can be written.

    A file that is there already is left alone: it may be one of those to import. Where an import fails before a line
    is rejected no file is left.
    """
    if path is None:
        yield lambda file, rejects: None
        return
    try:
        with path.open("x", newline="", encoding="utf-8") as out:
            yield from _writing(path, out)
    except FileExistsError as e:
        raise StoreError(f"{str(path)!r} is there already: name another file for rejected lines, or move it") from e
    except OSError as e:
        raise StoreError(f"cannot write rejected lines to {str(path)!r}: {e.strerror or e}") from e
