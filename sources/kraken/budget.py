"""Budget: how many level3 subscriptions may be asked for now.

Kraken counts them by the second: 200 a second for a standard client, 500 for a pro
one, and a symbol counts 5, 25 or 100 by its depth of 10, 100 or 1000 price levels.
"""

from collections import deque

COST = {10: 5, 100: 25, 1000: 100}  # by depth
PER_SECOND = {"standard": 200, "pro": 500}  # by tier
WINDOW_S = 1.25  # in which we spend one second's budget: on their way requests move closer together
SYMBOLS = 200  # of one connection


def level3_depth(depth: int) -> int:
    """Return the least depth of level3 that has as many price levels.

    >>> level3_depth(10), level3_depth(25), level3_depth(500)
    (10, 100, 1000)
    """
    return next(offered for offered in COST if offered >= depth)


class Budget:
    """Of one client, over all its connections. Times are seconds of a monotonic clock."""

    def __init__(self, tier: str, depth: int) -> None:
        self._most = PER_SECOND[tier] // COST[depth]
        self._spent: deque[float] = deque()  # when, for each symbol of the newest window
        self._none_until = float("-inf")

    def room(self, now: float) -> int:
        """Return the number of symbols that may be subscribed to now."""
        if now < self._none_until:
            return 0
        while self._spent and self._spent[0] <= now - WINDOW_S:
            self._spent.popleft()
        return self._most - len(self._spent)

    def spend(self, n_symbols: int, now: float) -> None:
        """Note subscriptions."""
        self._spent.extend([now] * n_symbols)

    def exceeded(self, now: float) -> None:
        """Take note that the venue counts otherwise: nothing is asked for in the next window."""
        self._none_until = now + WINDOW_S
