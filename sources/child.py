"""A process of its own that writes records to a pipe, and what becomes of it.

Whatever goes wrong with it is a FeedError in one line, with the last words of the child. It never
outlives us: it is killed on closing, and where we are killed its next write fails.
"""

import fcntl
import os
import select
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from leadline import records
from leadline.errors import FeedError
from leadline.records import DamagedRecord, Record

ROOT = Path(__file__).resolve().parents[1]  # holds the `simulator` package
CHUNK = 1 << 18
PIPE_BYTES = 1 << 20  # what an unprivileged process may ask for
POLL_S = 0.1  # how soon a stop is noticed while the child is silent
EXIT_S = 5.0  # for a child that has closed its pipe to end


def _widen(pipe: int) -> None:
    """Let a pipe hold what several batches need, so that writer and reader need not wait for each other."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class Child:
    """Runs `command` and reads its records, the first of which is number `seq`."""

    def __init__(self, command: Sequence[str], seq: int, stopping: Callable[[], bool] = lambda: False) -> None:
        self._stopping = stopping
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would fill up
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                list(command), cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=self._last_words, start_new_session=True,  # Ctrl-C is ours alone
            )  # fmt: skip
        except OSError as e:
            self._last_words.close()
            raise FeedError(f"cannot start {command[0]} for the simulated market: {e.strerror}") from e
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        _widen(self._pipe.fileno())
        self._data = b""
        self._offset = 0  # behind the last record taken
        self._records: Iterator[tuple[Record, int]] = iter(())
        self._failed: FeedError | None = None
        self.seq = seq  # of the next record

    def take(self, n: int) -> list[Record]:
        """Return the next n records, fewer at the end or when asked to stop; raises FeedError behind the last good."""
        found: list[Record] = []
        try:
            while len(found) < n and (self._decode(n, found) or self._refill()):
                pass
        except FeedError as e:
            self._failed = e
        if self._failed is not None and not found:
            raise self._failed
        return found

    def _decode(self, n: int, found: list[Record]) -> bool:
        """Append records to `found` until it holds n; False where what has come is used up."""
        add, wanted, stop, record = found.append, n - len(found), 0, None
        try:
            for record, stop in self._records:  # noqa: B007 - the last ones are used below
                add(record)
                wanted -= 1
                if not wanted:
                    return True
        except DamagedRecord as e:
            if not e.truncated:
                raise FeedError(f"the simulated market wrote a damaged record ({e}): is its Leadline this one?") from e
        finally:
            if record is not None:
                self.seq, self._offset = record.seq + 1, stop
        return False

    def _refill(self) -> bool:
        """Wait for more; False at the end and when asked to stop."""
        if self._failed is not None:
            return False
        while not select.select([self._pipe], [], [], POLL_S)[0]:
            if self._stopping():
                return False
        more = os.read(self._pipe.fileno(), CHUNK)
        rest = self._data[self._offset :]
        if not more:
            self._check(rest)
            return False
        self._data, self._offset = rest + more, 0
        self._records = records.decode(self._data, 0, self.seq)
        return True

    def _check(self, rest: bytes) -> None:
        try:
            code: int | None = self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0 or rest:
            raise self.failure("in the middle of a record" if code == 0 else f"with exit code {code}")

    def failure(self, how: str) -> FeedError:
        """Return the error of a child that stopped before it should have."""
        self._last_words.seek(0)
        lines = self._last_words.read().decode("utf-8", "replace").strip().splitlines()
        return FeedError(f"the simulated market stopped {how}: {lines[-1].strip() if lines else 'it said nothing'}")

    def close(self) -> None:
        """End the child, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        self._last_words.close()
