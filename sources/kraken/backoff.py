"""Backoff: when the next connection may be tried, inside Kraken's connection budget.

Kraken's edge bans an address for 10 minutes after about 150 connections in a rolling 10 minutes
. A random drop is tried again at once a few times, then ever more slowly;
after maintenance no faster than once in 5 seconds. Times are seconds of a monotonic clock.
"""

import random
from collections import deque

INSTANT_TRIES = 3
FIRST_S, LONGEST_S = 1.0, 60.0
MAINTENANCE_S = 5.0
WINDOW_S, BUDGET = 600.0, 100  # well inside 150
LEVEL3_BUDGET = 40  # of a second connection from the same address: inside 150 with the first one's
HEALTHY_S = 10.0  # a connection that lived this long starts the count anew: 60 in a window, inside the budget


class Backoff:
    """Decides how long to wait before each connection attempt."""

    def __init__(self, jitter: random.Random | None = None, budget: int = BUDGET) -> None:
        self._jitter = jitter or random.Random()
        self._budget = budget
        self._attempts: deque[float] = deque()
        self._failures = 0
        self.maintenance = False

    def delay(self, now: float) -> float:
        """Return the seconds to wait before the next attempt."""
        wait = 0.0
        if self._failures > INSTANT_TRIES:
            ceiling = min(LONGEST_S, FIRST_S * 2.0 ** (self._failures - INSTANT_TRIES - 1))
            wait = ceiling * (0.5 + 0.5 * self._jitter.random())
        if self.maintenance:
            wait = max(wait, MAINTENANCE_S)
        return max(wait, self._until_budget(now))

    def _until_budget(self, now: float) -> float:
        while self._attempts and self._attempts[0] <= now - WINDOW_S:
            self._attempts.popleft()
        return self._attempts[0] + WINDOW_S - now if len(self._attempts) >= self._budget else 0.0

    def attempt(self, now: float) -> None:
        """Note an attempt."""
        self._attempts.append(now)
        self._failures += 1

    def lived(self, seconds: float) -> None:
        """Note how long a connection lived."""
        if seconds >= HEALTHY_S:
            self._failures = 0
