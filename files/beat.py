"""The beat of a live run's pulse: `<data_dir>/pulse`, an empty file whose time of change says that the run moves.

The thread that does all the work of a run touches it, so a stage, a sink or a disk that hangs ends the pulse,
while a run that waits for its venue, or resumes, has one.
"""

import time
from contextlib import suppress
from pathlib import Path

NAME = "pulse"
BEAT_S = 1.0


class Beat:
    """Touches the file at most once a second, however often it is asked."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / NAME
        self._next = 0.0

    def beat(self) -> None:
        """Say that the run moves. A file that cannot be touched ends nothing: what else is wrong is said elsewhere."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + BEAT_S
            with suppress(OSError):
                try:
                    self._file.touch()
                except PermissionError:  # left by a run of another user, in a folder of ours
                    self._file.unlink()
                    self._file.touch()


def last(data_dir: Path) -> int | None:
    """Return when it was touched last, ns since the epoch; None where it never was, or cannot be seen."""
    try:
        return (data_dir / NAME).stat().st_mtime_ns
    except OSError:
        return None
