"""Resync: when to ask for one symbol's book anew, and when that is hopeless.

One request of the line gives one unsubscribe and subscribe, no more often than Kraken bears
. A symbol that keeps asking waits longer each time, up to a quarter of a
minute, and up to minutes where it is only silent: quiet markets exist. When a fresh snapshot does
not come, or three in a minute did not help (the book was wrong again at once), the connection is
given up: twice for one symbol and no more, so that it cannot go on hurting the others. (Silence
alone is no such reason; it may be the market's own.)
"""

SNAPSHOT_S = 10.0  # a snapshot that has not come by then will not
PATIENCE_S = 60.0
TRIES = 3  # in PATIENCE_S
HELPED_S = 0.5  # a book that stayed right for so long had been helped: the next fault is another one
ESCALATIONS = 2  # of one symbol, over the whole run
MENDED_S = 3.0  # and after so long the next one is asked for at once
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 15.0
LONGEST_QUIET_WAIT_S = 300.0
FORGIVING_S = 60.0  # at least; it takes 10 s to find a silence


class _Symbol:
    def __init__(self) -> None:
        self.asked: list[float] = []  # when we resubscribed, in the last PATIENCE_S, but for silence
        self.last: float | None = None  # when we last resubscribed
        self.wait = FIRST_WAIT_S
        self.due: float | None = None
        self.snapshot_by: float | None = None
        self.snapshot_at: float | None = None  # when the newest came
        self.quiet = False  # the wish was for silence


class ResyncPlan:
    """The resyncs of one connection. Times are seconds of a monotonic clock."""

    def __init__(self, escalations: dict[str, int] | None = None) -> None:
        self._symbols: dict[str, _Symbol] = {}
        self._escalations = {} if escalations is None else escalations  # outlives the connection

    def request(self, symbol: str, reason: str, now: float) -> None:
        """Take the line's wish for a fresh snapshot: once for each mismatch, at once the first time."""
        s = self._symbols.setdefault(symbol, _Symbol())
        quiet = reason == "silent"
        if s.snapshot_by is not None or (s.due is not None and (quiet or not s.quiet)):
            return
        s.quiet = quiet
        if s.snapshot_at is not None and now - s.snapshot_at >= HELPED_S:
            s.asked = []
        s.wait = self._wait(s, now)
        s.due = now if s.last is None else max(now, s.last + s.wait)

    @staticmethod
    def _wait(s: _Symbol, now: float) -> float:
        """Return how long after the last resync the next one may be; what was right for long is forgiven."""
        if s.last is None or now - s.last > max(FORGIVING_S, 4 * s.wait):
            return FIRST_WAIT_S
        if s.quiet:
            return s.wait
        held_s = 0.0 if s.snapshot_at is None else now - s.snapshot_at
        return FIRST_WAIT_S if held_s >= min(MENDED_S, s.wait) else min(LONGEST_WAIT_S, s.wait)

    def due(self, now: float, most: int | None = None) -> list[str]:
        """Return the symbols to resubscribe now, `most` of them; the others stay due."""
        found: list[str] = []
        for symbol, s in self._symbols.items():
            if len(found) == most:
                break
            if s.due is not None and s.due <= now:
                s.due, s.last = None, now
                s.snapshot_by = now + SNAPSHOT_S
                s.asked = [at for at in s.asked if at > now - PATIENCE_S] + ([] if s.quiet else [now])
                s.wait = min(LONGEST_QUIET_WAIT_S if s.quiet else LONGEST_WAIT_S, 2 * s.wait)
                found.append(symbol)
        return found

    def snapshot(self, symbol: str, now: float) -> None:
        """Take note of a fresh snapshot."""
        if symbol in self._symbols:
            self._symbols[symbol].snapshot_by = None
            self._symbols[symbol].snapshot_at = now

    def forget(self, symbol: str) -> None:
        """Wait for no snapshot of a symbol: its subscription was refused, and is asked for in its own time."""
        if symbol in self._symbols:
            self._symbols[symbol].snapshot_by = None
            self._symbols[symbol].asked = []

    def hopeless(self, now: float) -> bool:
        """Return whether the connection should be given up for a new one."""
        for symbol, s in self._symbols.items():
            if (s.snapshot_by is None or now <= s.snapshot_by) and len(s.asked) <= TRIES:
                continue
            s.asked, s.snapshot_by, s.due = [], None, now + s.wait
            if self._escalations.get(symbol, 0) < ESCALATIONS:
                self._escalations[symbol] = self._escalations.get(symbol, 0) + 1
                return True
        return False
