"""A watchdog: says of a running process that it hangs, so that it can be ended and started again.

It goes by a pulse (`files.beat`) and by its own clock, in seconds that it was looking: a machine that was
suspended, or a launcher that was, has not seen the process stand still meanwhile.
"""

from collections.abc import Callable

START_S = 1800.0  # of a start, before the first pulse; far more than a large store takes
LOOK_S = 1.0  # the most that one look counts for


class Watchdog:
    """Watches one process at a time. `pulse` gives a value that changes while it moves; None: there is none."""

    def __init__(self, pulse: Callable[[], int | None], limit_s: float) -> None:
        self._pulse, self._limit_s = pulse, limit_s
        self.begin(0.0)

    def begin(self, now: float) -> None:
        """Begin with a process that has just been started."""
        self._last, self._looked, self._started = self._pulse(), now, False
        self.still_s = 0.0

    def hangs(self, now: float) -> bool:
        """Look; return whether it has stood still for too long.

        >>> pulse = [1]
        >>> dog = Watchdog(lambda: pulse[0], 2.0)
        >>> pulse[0] = 2
        >>> [dog.hangs(now) for now in (1.0, 2.0, 3.0, 4.0)]
        [False, False, True, True]
        """
        seen = self._pulse()
        if seen is not None and seen != self._last:
            self._last, self._started, self.still_s = seen, True, 0.0
        else:
            self.still_s += min(now - self._looked, LOOK_S)
        self._looked = now
        return self.still_s >= (self._limit_s if self._started else max(self._limit_s, START_S))
