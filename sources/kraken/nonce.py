"""Nonce: the number of a private request, larger than every one before it.

Kraken refuses a key's number that is not above its last. Ours are ns of the wall clock, and never fall:
not within a run, not across restarts, not where the clock does, since the last is kept in a file. Two
processes that share the file take turns.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from leadline.errors import StoreError

DIGITS = 20  # of the largest, 2^64 - 1
LARGEST = 2**64 - 1


class NonceFile:
    """Gives numbers. The file holds the last one given."""

    def __init__(self, path: Path, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock_ns = clock_ns
        self._last = 0  # what is on disk may be damaged, what we know stands

    def next(self) -> int:
        """Return the next number, once it is surely on disk; raises StoreError."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                last = max(self._last, _number(os.pread(handle, DIGITS + 2, 0)))
                self._last = max(last + 1, self._clock_ns())
                os.pwrite(handle, b"%0*d\n" % (DIGITS, self._last), 0)  # of one length: never torn
                os.ftruncate(handle, DIGITS + 1)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as e:
            raise StoreError(f"cannot keep the last nonce in {self._path}: {e.strerror}; check storage.data_dir") from e
        return self._last


def _number(text: bytes) -> int:
    digits = text.strip()
    number = int(digits) if digits.isdigit() and len(digits) <= DIGITS else 0
    return number if number < LARGEST else 0
