"""Keeping a flow running: its process is started again when it fails, ever later, and not for ever.

Pure but for the processes it is given; times are seconds of a monotonic clock.
"""

import signal
from collections.abc import Callable
from typing import Protocol

from flows.watchdog import Watchdog
from leadline.errors import EXIT_LATER, EXIT_REFUSED, LeadlineError

FIRST_S, LONGEST_S = 1.0, 60.0  # of waiting before a start
WELL_S = 60.0  # who ran this long was well, and begins to count anew
REFUSALS = 6  # in a row: half a minute of trying
WHERE = signal.SIGUSR1  # a flow that gets it writes down where each of its threads is
LAST_WORDS_S = 1.0  # for that

Tell = Callable[[str], None]
Failed = Callable[[int, float], None]  # exit code, seconds that it lasted
Hung = Callable[[float], None]  # seconds that it has stood still


class Process(Protocol):
    """A process as `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


Start = Callable[[], Process]


class Restarts:
    """Decides what follows a failure.

    A process that was killed, or did not reach its venue, is started again for ever. One that ends itself with
    another error before it was well, `most` times in a row, cannot be helped by that: something has to be mended.
    Nor can one that is refused at its first start; later it may be because of what another has taken for a moment.
    """

    def __init__(self, most: int = REFUSALS) -> None:
        self._most = most
        self._failures = self._refusals = 0
        self._started = False

    def delay(self, code: int, lasted_s: float) -> float | None:
        """Note a failure; return the seconds to wait before the next start, None where none is of use.

        >>> restarts = Restarts(most=3)
        >>> [restarts.delay(1, 2.0) for _ in range(3)]
        [1.0, 2.0, None]
        """
        if code == EXIT_REFUSED and not self._started:
            return None
        self._started = True
        if lasted_s >= WELL_S:
            self._failures = self._refusals = 0
        self._failures += 1
        refused = code > 0 and code != EXIT_LATER and lasted_s < WELL_S
        self._refusals = self._refusals + 1 if refused else 0
        if self._refusals >= self._most:
            return None
        return min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures - 1, 30))


class Kept:
    """One flow that is kept running. It is over when it ended in order; `failed` is told of any other end.

    What the watchdog finds to hang is killed, and `hung` told; that it is started again follows from its end.
    """

    def __init__(
        self, name: str, start: Start, restarts: Restarts, tell: Tell, failed: Failed = lambda code, lasted_s: None,
        *, watchdog: Watchdog | None = None, hung: Hung = lambda still_s: None,
    ) -> None:  # fmt: skip
        self.name = name
        self.process: Process | None = None
        self.over = False
        self._start, self._restarts, self._tell, self._told = start, restarts, tell, failed
        self._watchdog, self._hung = watchdog, hung
        self._began = 0.0
        self._next = float("-inf")
        self._kill_at: float | None = None

    def step(self, now: float) -> None:
        """Start it if it is time, see what became of it; LeadlineError where it is of no use to go on."""
        if self.process is None:
            if not self.over and now >= self._next:
                self._begin(now)
            return
        code = self.process.poll()
        if code is None:
            self._watch(self.process, now)
            return
        self.process = None
        if code == 0:
            self.over = True
            self._tell(f"{self.name} ended in order")
        else:
            self._failed(code, now)

    def _begin(self, now: float) -> None:
        if self._watchdog is not None:
            self._watchdog.begin(now)
        self.process, self._began, self._kill_at = self._start(), now, None
        self._tell(f"{self.name} started (process {self.process.pid})")

    def _watch(self, process: Process, now: float) -> None:
        """Kill a process that hangs, behind its last words: SIGTERM would ask the very thread that hangs."""
        if self._kill_at is not None:
            if now >= self._kill_at:
                process.kill()
        elif self._watchdog is not None and self._watchdog.hangs(now):
            still_s = self._watchdog.still_s
            told = f"{self.name} has stood still for {length(still_s)} and is killed"
            self._tell(f"{told}; if it can tell where its threads are, that comes first")
            self._hung(still_s)
            process.send_signal(WHERE)
            self._kill_at = now + LAST_WORDS_S

    def _failed(self, code: int, now: float) -> None:
        lasted_s = now - self._began
        self._told(code, lasted_s)
        wait_s = self._restarts.delay(code, lasted_s)
        what = f"{self.name} {how(code)} after {length(lasted_s)}"
        if wait_s is None:
            raise LeadlineError(f"{what} and is not started again: see its last line above for what to mend")
        self._next = now + wait_s
        self._tell(f"{what}; started again in {length(wait_s)}")


def how(code: int) -> str:
    """Return how a process ended badly, in words.

    >>> how(1), how(75), how(-9)
    ('failed with exit code 1', 'could not reach its venue', 'was ended by SIGKILL')
    """
    if code == EXIT_LATER:
        return "could not reach its venue"
    if code == EXIT_REFUSED:
        return "was refused"
    if code > 0:
        return f"failed with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def length(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> length(3.2), length(754), length(41_000)
    ('3 s', '13 min', '11 h 23 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
