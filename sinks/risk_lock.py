"""The lock on the account of a data folder: one live run keeps it, and nobody else changes it then."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from files import lock
from leadline.errors import StoreError

NAME = "risk.lock"


def hold(data_dir: Path) -> Callable[[], None]:
    """Take the lock; return what gives it back. Raises StoreError where a live run has it.

    The file's time of change is then when it was taken.
    """
    file = data_dir / NAME
    try:
        held = lock.hold(file)
    except OSError as e:
        raise StoreError(f"cannot use {str(file)!r}: {e.strerror or e}") from e
    if held is None:
        raise StoreError(
            f"a live run keeps the account in {str(data_dir)!r}: stop it first, or choose another storage.data_dir"
        )
    with suppress(OSError):
        os.utime(file)
    return lambda: os.close(held)


def is_held(data_dir: Path) -> bool:
    """Return whether a live run, of any process, keeps the account."""
    return lock.is_held(data_dir / NAME)
