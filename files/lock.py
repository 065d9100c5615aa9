"""A lock on a file: one process holds it, as long as it lives and however it ends, and others look whether it is held.

A holder's lock is exclusive. Whoever looks shares one for a moment, so that lookers are told apart from a
holder: they keep nobody from holding it, however often they look.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

TRIES, PAUSE_S = 2_000, 0.001  # while others look; each look takes microseconds


def hold(file: Path) -> int | None:
    """Take the lock, with its file made where there is none; None where another holds it.

    `os.close` of what is returned gives it back. Raises OSError where the file cannot be used.
    """
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        for _ in range(TRIES):
            if _locked(lock, fcntl.LOCK_EX):
                return lock
            if not _locked(lock, fcntl.LOCK_SH):  # not even shared: there is a holder
                break
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(PAUSE_S)
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def is_held(file: Path) -> bool:
    """Return whether a process, this one included, holds the lock."""
    with suppress(OSError):
        lock = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return not _locked(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)
    return False


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
