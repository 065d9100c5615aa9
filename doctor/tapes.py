"""The tape: the newest one can be read to its end; the one that is to be played is there."""

from collections.abc import Iterator
from pathlib import Path

from doctor.finding import Finding, error, warning
from doctor.system import System
from leadline.errors import TapeError
from sources import tape
from sources.tape_reader import first_record, last_segment


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


CHECKS = (newest, replayed)
