"""Resync requests: the line's wish for a fresh snapshot, on its way back to the source.

The engine has no feedback edge, so this is a queue within the process. What is asked for while
the tape is read back is thrown away: those frames are history, and a new connection starts all
books anew.
"""

from queue import Empty, SimpleQueue


class ResyncQueue:
    """Requests with the tape's record number that caused them."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[int, str, str]] = SimpleQueue()
        self.live_from = 0  # first record number of this process's own listening

    def put(self, seq: int, symbol: str, reason: str) -> None:
        """Ask for a fresh snapshot of a symbol's book."""
        self._queue.put((seq, symbol, reason))

    def take(self) -> list[tuple[str, str]]:
        """Return the (symbol, reason) requests that are still wanted."""
        found: list[tuple[str, str]] = []
        while True:
            try:
                seq, symbol, reason = self._queue.get_nowait()
            except Empty:
                return found
            if seq >= self.live_from:
                found.append((symbol, reason))
