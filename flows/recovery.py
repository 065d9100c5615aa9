"""The recovery store: made where there is none, held by one process, and only ever resumed by the run it is of.

The engine would take up the snapshots of any run, another market's included, and panic at a damaged
file. So a note beside its files says whose they are, and everything is looked at before it opens them.
"""

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from bytewax.recovery import init_db_dir

from files import lock
from leadline.errors import ConfigError

log = logging.getLogger("leadline.flows")

NOTE, LOCK = "leadline.json", "lock"
PARTS = "*.sqlite3"
WAY_OUT = "give -r a new folder, or delete that one to begin anew"

Run = Mapping[str, object]  # what makes a run the same one, by the name of the setting


def prepare(folder: Path, run: Run) -> Callable[[], None]:
    """Make sure that the engine can resume `run` from the store in `folder`, or begin it; raises ConfigError.

    The store is held until what is returned is called.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = _hold(folder)
        try:
            if any(folder.glob(PARTS)):
                check(folder, run, mode="rw")
                (folder / NOTE).write_bytes(msgspec.json.encode(run))
            else:
                if (folder / NOTE).exists():
                    log.warning("the recovery store %s has lost its %s: it begins anew", folder, PARTS,
                                extra={"event": "recovery_lost"})  # fmt: skip
                _make(folder, run)
        except BaseException:
            os.close(held)
            raise
        return lambda: os.close(held)
    except OSError as e:
        raise ConfigError(f"cannot make the recovery store {folder}: {e.strerror or e}; give -r another folder") from e


def _hold(folder: Path) -> int:
    held = lock.hold(folder / LOCK)
    if held is None:
        raise ConfigError(f"the recovery store {folder} is in use: stop the other run, or give -r a new folder")
    return held


def is_held(folder: Path) -> bool:
    """Return whether a run, of any process, has the store."""
    return lock.is_held(folder / LOCK)


def _make(folder: Path, run: Run) -> None:
    """Make a store of one partition, as one worker needs; its files appear whole."""
    (folder / NOTE).write_bytes(msgspec.json.encode(run))
    unfinished = Path(tempfile.mkdtemp(prefix=".new.", dir=folder))
    try:
        init_db_dir(unfinished, 1)  # type: ignore[no-untyped-call]
        for part in unfinished.glob(PARTS):
            part.rename(folder / part.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check(folder: Path, run: Run, *, mode: Literal["ro", "rw"] = "ro") -> None:
    """Raise ConfigError unless the store in `folder` is whole and of `run`."""
    for part in folder.glob(PARTS):
        _check_part(part, mode)
    try:
        noted = msgspec.json.decode((folder / NOTE).read_bytes(), type=dict[str, object])
    except (FileNotFoundError, msgspec.MsgspecError):  # made by the engine's own command: whose it is we cannot know
        noted = dict(run)
    for name, value in run.items():
        if noted.get(name) != value:
            change = f"{name} was {_shown(noted.get(name))} and is {_shown(value)}"
            raise ConfigError(f"the recovery store {folder} is of another run ({change}): {WAY_OUT}")


def _check_part(part: Path, mode: str) -> None:
    try:
        connection = sqlite3.connect(f"{part.absolute().as_uri()}?mode={mode}", uri=True)
        try:
            connection.execute("SELECT part_index FROM parts").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as e:
        raise ConfigError(f"the recovery store's {part} is damaged ({e}): {WAY_OUT}") from e


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
