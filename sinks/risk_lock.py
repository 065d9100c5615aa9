"""The lock on the account of a data folder: one live run keeps it, and nobody else changes it then.

Held as long as the process lives, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from leadline.errors import StoreError

NAME = "risk.lock"
PAUSES_S = (0.01, 0.05, 0.2, 0.0)  # whoever looks with `is_held` has the lock for a moment


def hold(data_dir: Path) -> Callable[[], None]:
    """Take the lock; return what gives it back. Raises StoreError where a live run has it."""
    file = data_dir / NAME
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as e:
        raise StoreError(f"cannot use {str(file)!r}: {e.strerror or e}") from e
    if not _taken(lock):
        os.close(lock)
        raise StoreError(
            f"a live run keeps the account in {str(data_dir)!r}: stop it first, or choose another storage.data_dir"
        )
    return lambda: os.close(lock)


def _taken(lock: int) -> bool:
    for pause in PAUSES_S:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return True
    return False


def is_held(data_dir: Path) -> bool:
    """Return whether a live run, of any process, keeps the account."""
    try:
        lock = os.open(data_dir / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
