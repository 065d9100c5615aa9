"""The launcher: what `leadline run` starts, watches and ends, in one loop.

Flows are processes of their own, in sessions of their own, so that Ctrl-C is the launcher's alone: it
asks each of them once (SIGTERM), waits for their orderly end, and kills only what does not end in time.
Where the launcher itself is killed, they notice that their parent is gone (`sources.stopping`) and end in order.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from flows.analyses import Analyses
from flows.keeping import Kept, Process, Start, Tell
from leadline.errors import LeadlineError
from sources import stopping

ROOT = Path(__file__).resolve().parents[1]
LOOK_S = 0.1
GRACE_S = 20.0  # a flow ends within two seconds; more only on a machine in trouble
WITHOUT_ANALYSIS_S = 60.0  # the scalper waits for the first analysis, but not for ever


def starter(*arguments: str, quiet: bool = False) -> Start:
    """Return what starts `python ARGUMENTS` as a child that ends with us; `quiet` hides its standard output."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))

    def start() -> Process:
        environment = {"RUST_BACKTRACE": "0", **os.environ, "PYTHONPATH": path, stopping.PARENT: str(os.getpid())}
        try:
            return subprocess.Popen(
                [sys.executable, *arguments], env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if quiet else None, start_new_session=True,
            )  # fmt: skip
        except OSError as e:
            raise LeadlineError(f"cannot start {' '.join(arguments)}: {e.strerror or e}") from e

    return start


class Launcher:
    """Runs analyses, the scalper, or both, until it is asked to stop or the scalper is over."""

    def __init__(self, analyses: Analyses | None, scalper: Kept | None, tell: Tell) -> None:
        self._analyses, self._scalper, self._tell = analyses, scalper, tell

    def run(self, asked: Callable[[], bool] = stopping.stopping) -> bool:
        """Return whether all ended in order; LeadlineError where the scalper cannot be kept running."""
        try:
            began = time.monotonic()
            while not asked() and not (self._scalper and self._scalper.over):
                self.step(time.monotonic() - began, datetime.now(UTC))
                time.sleep(LOOK_S)
        finally:
            in_order = self.stop()
        return in_order

    def step(self, now: float, wall: datetime) -> None:
        """Look once; `now` in seconds from the launcher's start."""
        if self._analyses is not None:
            self._analyses.step(now, wall)
        if self._scalper is not None and (self._may_scalp() or now >= WITHOUT_ANALYSIS_S):
            self._scalper.step(now)

    def _may_scalp(self) -> bool:
        """Return whether there is no first analysis to wait for, whose bias the scalper should begin with."""
        first = self._analyses
        return first is None or first.made > 0 or first.process is None

    def stop(self, grace_s: float = GRACE_S) -> bool:
        """Ask each process to end, and wait; return whether all did, in order."""
        running = dict(self._running())
        for name, process in running.items():
            self._tell(f"stopping the {name}")
            process.terminate()
        give_up = time.monotonic() + grace_s
        while any(process.poll() is None for process in running.values()) and time.monotonic() < give_up:
            time.sleep(LOOK_S)
        ended = [self._ended(name, process) for name, process in running.items()]
        return all(ended)

    def _ended(self, name: str, process: Process) -> bool:
        code = process.poll()
        if code is None:
            self._tell(f"the {name} did not end in time and is killed")
            process.kill()
            while process.poll() is None:
                time.sleep(LOOK_S)
            return False
        return code in (0, -15)  # it may not have got as far as listening to us

    def _running(self) -> Iterator[tuple[str, Process]]:
        parts: Sequence[tuple[str, Analyses | Kept | None]] = (
            ("analysis", self._analyses), ("scalper", self._scalper),
        )  # fmt: skip
        for name, part in parts:
            if part is not None and part.process is not None:
                yield name, part.process
