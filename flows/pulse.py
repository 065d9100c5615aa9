"""Signs of life of a data folder's live run, to be seen without its metrics.

A run touches a file each second, also while its venue is away or it resumes. What it stores tells, too: its tape has a
tick a second, features come each minute. One that has only begun has just taken the account.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from files import beat, lock
from sinks import risk_lock, segments
from sources import tape

QUIET_S = 90.0  # no sign for longer: it stands still; a publish of a minute's features may take some seconds
LAUNCHER = "launcher.lock"


def last_sign(data_dir: Path) -> float:
    """Return when the folder last had a sign of a live run, in seconds since the epoch; 0 where it never had."""
    places = [data_dir / beat.NAME, data_dir / risk_lock.NAME]
    places += [tape.segments(folder)[-1].path for folder in tape.tapes(data_dir / "tape")]
    places += (segments.lake(data_dir) / "features").glob("date=*")
    return max(map(_changed, places), default=0.0)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # renamed meanwhile, or never there
        return 0.0


@contextmanager
def launching(data_dir: Path) -> Iterator[None]:
    """Let others see, as long as it lasts, that a launcher starts the folder's scalper; one of several is enough.

    A sign and nothing else: where the file cannot be had, as one that another user left, the launcher goes on without.
    """
    held = None
    with suppress(OSError):
        held = lock.hold(data_dir / LAUNCHER)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def is_launched(data_dir: Path) -> bool:
    """Return whether a launcher lives that starts the folder's scalper, also between two starts."""
    return lock.is_held(data_dir / LAUNCHER)
