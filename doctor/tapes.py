"""The tapes: none has lost a segment, the newest one can be read to its end, the one that is to be played is there."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from leadline.errors import TapeError
from sources import tape
from sources.tape_reader import first_record, last_segment


def segments(system: System) -> Iterator[Finding]:
    """The segments of each tape must follow on each other, by their names; retention takes the first ones only."""
    for folder in tape.tapes(system.data_dir / "tape"):
        if _lost(folder) and (lost := _lost(folder)):  # a look can miss one that is renamed just then
            yield warning(
                "tape_damaged", f"{folder.name} has lost {'; '.join(lost)}",
                "put them back from a backup where there is one; a replay plays the rest, as after a disconnection",
            )  # fmt: skip


def _lost(folder: Path) -> list[str]:
    """Return what is missing in a tape, a line a place."""
    found = tape.segments(folder)
    lost = []
    if found and found[0].index and tape.saved_start(folder) is None:
        lost.append(f"its beginning, the records before {found[0].first_seq}, with its start record")
    for before, after in pairwise(found):
        if after.index > before.index + 1:
            between = f"{before.path.name} and {after.path.name}"
            lost.append(f"{after.index - before.index - 1} segment(s) between {between}")
        if _is_empty(before.path):
            lost.append(f"all of {before.path.name}, which is empty")
    return lost


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:  # compressed just then
        return False


def unread(system: System) -> Iterator[Finding]:
    """Of a tape only the names are looked at, and the last segment of the newest one: the rest is gigabytes."""
    folders = tape.tapes(system.data_dir / "tape")
    n = sum(len(tape.segments(folder)) for folder in folders)
    if n > 1:
        told = f"of {n} segments only the last was read; `leadline tape verify {folders[-1]}` reads all of that tape"
        yield unchecked("tape_damaged", told)


def newest(system: System) -> Iterator[Finding]:
    """The last segment of the newest tape must be whole; a record cut short at its end is no fault."""
    folders = tape.tapes(system.data_dir / "tape")
    if not folders:
        return
    folder = folders[-1]
    try:
        reader = last_segment(folder)
        for _ in reader:
            pass
    except TapeError as e:
        yield error("tape_unreadable", str(e), "make it readable, or use the version that wrote it")
        return
    if reader.damage:
        yield warning(
            "tape_damaged", f"{folder.name}: {'; '.join(reader.damage)}",
            f"look at the disk; `leadline tape verify {folder}` says what is lost, the rest can be played",
        )  # fmt: skip


def replayed(system: System) -> Iterator[Finding]:
    """A replay needs a tape with a beginning."""
    if system.feed.source != "replay":
        return
    if not system.feed.tape:
        yield error("tape_missing", "feed.source is replay, but no tape is named", "set feed.tape to a tape's folder")
        return
    try:
        first_record(tape.resolve(Path(system.feed.tape)))
    except TapeError as e:
        yield error("tape_missing", str(e), "set feed.tape to a tape's folder")


CHECKS = (segments, newest, unread, replayed)
