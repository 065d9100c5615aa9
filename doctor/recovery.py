"""The recovery store: whole, of this run, and not ahead of the tape that it goes on with.

Its snapshots are pickles. Only the position on the tape is looked at, by a reader that knows no other class,
so that whatever else a damaged store holds is never run.
"""

import io
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from doctor.finding import Finding, error, warning
from doctor.system import System
from flows.recovery import LOCK, NOTE, PARTS, WAY_OUT, check, is_held
from flows.wiring import same_run
from leadline.errors import LeadlineError, TapeError
from sinks import risk_file
from sources import adoption
from sources.live import LivePosition
from sources.tape import Position
from sources.tape_reader import end_of

NEWEST = "SELECT ser_change FROM snaps WHERE step_id = 'scalp.tape' ORDER BY snap_epoch DESC LIMIT 1"
UNREADABLE = (sqlite3.Error, pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError)
KNOWN = {(kind.__module__, kind.__qualname__): kind for kind in (LivePosition, Position)}


def store(system: System) -> Iterator[Finding]:
    """It must be one that the next run can resume from."""
    folder = system.recovery
    if not folder.is_dir() or is_held(folder):
        return  # a run that holds it writes it at this moment: what it resumes from is behind it
    parts = list(folder.glob(PARTS))
    yield from _incomplete(folder, parts)
    if not parts:
        return
    try:
        run = same_run(system.levelled)
    except LeadlineError:
        return  # the key's own checks tell
    try:
        check(folder, run)
    except LeadlineError as e:
        damaged = "damaged" in str(e)
        name = "recovery_damaged" if damaged else "recovery_of_another_run"
        says = error if damaged or _is_to_be_used(system, parts) else warning
        yield says(name, str(e).removesuffix(f": {WAY_OUT}"), WAY_OUT)
        return
    if system.live:
        yield from _position(system, parts)


def _incomplete(folder: Path, parts: list[Path]) -> Iterator[Finding]:
    """A run does without a file that is gone, and is not refused."""
    if not parts and any((folder / name).exists() for name in (NOTE, LOCK)):
        yield warning(
            "recovery_incomplete",
            f"{folder} has lost its {PARTS}: the next run begins anew, or reads the newest tape again if it has no end",
            "put it back if it was moved; else there is nothing to do, the account goes on",
        )
    if parts and not (folder / NOTE).exists():
        yield warning(
            "recovery_incomplete",
            f"{folder} has lost its {NOTE}, so whose it is cannot be known: the next run takes it for its own",
            f"nothing to do if that is so, else {WAY_OUT}",
        )


def _is_to_be_used(system: System, parts: list[Path]) -> bool:
    """Return whether the next run surely takes this store: it is named, or the live run before has used it."""
    if system.recovery_named:
        return True
    try:
        at, state = position(parts[0]), risk_file.load(system.data_dir)
    except (LeadlineError, *UNREADABLE):
        return False  # said by the checks of these
    return at is not None and state is not None and at.tape_id == state.tape_id


def _position(system: System, parts: list[Path]) -> Iterator[Finding]:
    try:
        at = position(parts[0])
    except UNREADABLE as e:
        yield error("recovery_damaged", f"its position on the tape cannot be read: {e}", WAY_OUT)
        return
    if at is None or system.feed.record is False:
        return
    tapes = system.data_dir / "tape"
    if adoption.is_of_nothing(tapes, at.tape_id, at.at):
        return  # its run never reached the venue; the next one begins
    folder = tapes / at.tape_id
    ends = _end(folder)
    if ends is None or ends < at.at.seq:
        told = "is gone" if ends is None else f"ends at record {ends}"
        yield error("recovery_ahead_of_tape", f"it goes on at record {at.at.seq} of {folder}, which {told}", WAY_OUT)
    else:
        yield from _account(system, at, folder)


def _account(system: System, at: LivePosition, folder: Path) -> Iterator[Finding]:
    try:
        state = risk_file.load(system.data_dir)
    except LeadlineError:
        return  # the account's own check tells
    if not at.at.seq or state is None or state.tape_id < at.tape_id:  # tape ids sort by time
        return
    told = f"the account of the run {at.tape_id} has gone on in {state.tape_id}"
    if state.tape_id == at.tape_id:
        if adoption.end_ns(folder) >= state.ts_ns:
            return
        told = f"the account's last event, of {state.ts}, lies behind the end of its tape {folder}, which lacks it"
    yield (error if system.recovery_named else warning)("recovery_behind_account", told, WAY_OUT)


def position(part: Path) -> LivePosition | None:
    """Return where on its tape the newest snapshot of a store is, None where there is none yet."""
    with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        row = connection.execute(NEWEST).fetchone()
    if row is None or row[0] is None:
        return None
    found = _Reader(io.BytesIO(row[0])).load()
    if not isinstance(found, LivePosition):
        raise ValueError(f"it is a {type(found).__name__}")
    return found


class _Reader(pickle.Unpickler):
    """Reads a position and nothing else."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Return one of the two classes that a position is made of."""
        if (module_name, global_name) not in KNOWN:
            raise pickle.UnpicklingError(f"it holds {module_name}.{global_name}")
        return KNOWN[module_name, global_name]


def _end(folder: Path) -> int | None:
    """Return the number of the record behind a tape's last, None where there is none to be read."""
    try:
        return end_of(folder)
    except TapeError:
        return None


CHECKS = (store,)
