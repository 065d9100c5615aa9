"""The data folder: whether it can be used, how the last run ended, the account, and what waits in the inbox."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from files import access
from flows import pulse
from leadline.errors import StoreError
from leadline.risk import Account
from sinks import risk_file, segments
from sinks.tables import TABLES
from sources import inbox

UNREAD_S = 30.0  # a run looks once a second
BIAS = "-bias-"  # in the name of a bias that the analyzer hands over
NEWEST_RUN = """
SELECT run_id, ended_at IS NULL FROM runs WHERE mode = 'live' ORDER BY started_at DESC LIMIT 1
"""


def folder(system: System) -> Iterator[Finding]:
    """It must be there, and ours to write."""
    data_dir = system.data_dir
    fix = "check storage.data_dir and in which folder you run this"
    if not data_dir.exists():  # as on every fresh install: nothing is wrong with it
        yield unchecked("data_dir_missing", f"there is no data folder {data_dir}; the first run makes it, else {fix}")
    elif not data_dir.is_dir():
        yield error("data_dir_unusable", f"{data_dir} is no folder", fix)
    elif not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        told, way = access.unwritable(data_dir)
        yield error("data_dir_unusable", told, f"{way}, or choose another storage.data_dir")


def below(system: System) -> Iterator[Finding]:
    """So must each folder in it that a run writes, and the recovery store; what is not there yet is made by a run."""
    data_dir = system.data_dir
    if not _usable(data_dir):
        return  # told above
    lake = segments.lake(data_dir)
    wrong: list[Path] = []
    for path in (
        data_dir / "tape", data_dir / inbox.NAME, data_dir / inbox.NAME / inbox.REJECTED, lake,
        *(lake / name for name in TABLES), system.recovery,
    ):  # fmt: skip
        if (wrong and path.is_relative_to(wrong[-1])) or not os.path.lexists(path) or _usable(path):
            continue
        wrong.append(path)
        says = warning if path == system.recovery and not system.recovery_named else error  # a run may go without it
        if path.is_dir():
            yield says("folder_unusable", *access.unwritable(path))
        else:
            yield says("folder_unusable", f"{path} is no folder", "move it away: a run makes the folder anew")


def _usable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def last_run(system: System) -> Iterator[Finding]:
    """A live run that neither ended nor runs was killed; a launcher starts it again by itself."""
    store = system.store.connection
    if system.running or pulse.is_launched(system.data_dir) or store is None:
        return
    if lacking := system.store.lacking("runs"):
        yield unchecked("run_killed", f"{lacking}: how the last run ended cannot be told")
        return
    newest = store.execute(NEWEST_RUN).fetchone()
    if newest is not None and newest[1]:
        yield warning(
            "run_killed", f"the newest live run, {newest[0]}, did not end and does not run",
            "start it again: with the same -r it resumes, without it the account goes on",
        )  # fmt: skip


def account(system: System) -> Iterator[Finding]:
    """The risk file must be readable, of this venue, and its kill switch off."""
    try:
        state = risk_file.load(system.data_dir)
    except StoreError as e:
        what, _, fix = str(e).rpartition("; ")
        unreadable = isinstance(e, risk_file.UnreadableError)
        yield error("account_unreadable" if unreadable else "account_damaged", what, fix)
        return
    if state is None:
        return
    venue = system.feed.venue or "kraken"
    if system.live and state.venue != venue:
        yield error(
            "account_of_another_venue", f"{risk_file.NAME} holds the account of {state.venue}, the feed is {venue}",
            f"choose another storage.data_dir, or `{risk_file.NEW_ACCOUNT}`",
        )  # fmt: skip
    held = msgspec.convert(state.account, Account)
    if held.latched:
        yield warning(
            "kill_switch", f"the kill switch is latched: {held.latch_reason}",
            f"read the day's trades first; then `{risk_file.RESET}`",
        )  # fmt: skip


def waiting(system: System) -> Iterator[Finding]:
    """A run takes what is in the inbox within a second or two; a bias may wait until the next one begins."""
    folder = system.data_dir / inbox.NAME
    now_s = time.time()  # of the files' own clock
    names = inbox.waiting(system.data_dir)
    if system.running:
        names = [name for name in names if _age(folder / name, now_s) > UNREAD_S]
    else:
        names = [name for name in names if BIAS not in name]
    if not names:
        return
    told = f"{len(names)} unread in {folder}, the oldest {names[0]}"
    if system.running:
        yield error("inbox_unread", f"{told}, though a run lives", "it stands still: look at its output and restart it")
    else:
        yield warning("inbox_unread", told, "the next live run takes them at its start; delete what you did not mean")


def rests(system: System) -> Iterator[Finding]:
    """Nothing should lie there that could not be understood, or was not finished."""
    folder = system.data_dir / inbox.NAME
    rejected = sorted((folder / inbox.REJECTED).glob("*"))
    if rejected:
        yield warning(
            "inbox_rejected", f"{len(rejected)} could not be understood, in {folder / inbox.REJECTED}",
            "the view rejects has the reasons; delete the files when you have read them",
        )  # fmt: skip
    now_s = time.time()
    torn = [path for path in folder.glob(".*.tmp") if _age(path, now_s) > UNREAD_S]
    if torn:
        yield warning(
            "inbox_unfinished", f"{len(torn)} were never finished, in {folder}: {torn[0].name}",
            "give the command again, and delete the file",
        )  # fmt: skip


def _age(path: Path, now_s: float) -> float:
    try:
        return now_s - path.stat().st_mtime
    except OSError:  # taken meanwhile
        return 0.0


CHECKS = (folder, below, last_run, account, waiting, rests)
