"""Listening: the threads of a live run, and what they bring, in one order with the clock's ticks.

Before anything is handed over it is settled which level of data the run decides on.
"""

import time
from queue import Empty, SimpleQueue

from sources.counters import FeedCounters
from sources.kraken.feeds import Fallback, Feeds
from sources.kraken.level3 import Level3Settings
from sources.kraken.warmup import WarmUp
from sources.live_plan import LivePlan
from sources.recorder import Item
from sources.resyncs import ResyncQueue
from sources.ticks import Ticks

WAIT_S = 0.005  # for the first frame of a batch: how soon a tick or a stop is noticed


class Listening:
    """Listens from `start` until `stop`; `level` is the one of a run that goes on, else None until it is settled."""

    def __init__(self, plan: LivePlan, counters: FeedCounters, resyncs: ResyncQueue, level: str | None) -> None:
        self._batch = plan.batch
        self._queue: SimpleQueue[Item] = SimpleQueue()
        level3 = plan.level3 if isinstance(plan.level3, Level3Settings) else None
        self._feeds = Feeds(plan.stream, level3, self._queue, resyncs, counters, level=level)
        self._warm_up = WarmUp(plan.rest_url, lambda: self._feeds.symbols, self._queue, plan.lake_history)
        self._ticks = Ticks(time.time_ns())
        self._stopped = False
        self.level: str | None = None  # that the run decides on
        self.denied: Fallback | None = None

    def start(self, conn: int) -> None:
        """Start the threads; connections are numbered from `conn` + 1."""
        self._warm_up.start()
        self._feeds.start(conn, self._warm_up.opened)

    def settled(self) -> bool:
        """Return whether the level is settled; waits a moment where it is not. Raises FeedError for no hope."""
        if self.level is None:
            self.level, self.denied = self._feeds.settled()
        if self.level is None:
            self._feeds.check()
            time.sleep(WAIT_S)
        return self.level is not None

    def items(self) -> list[Item]:
        """Return what has been received, up to a batch, with the ticks due; waits a moment for the first."""
        items: list[Item] = []
        try:
            items.append(self._queue.get(timeout=WAIT_S))
            while len(items) < self._batch:
                items.append(self._queue.get_nowait())
        except Empty:
            pass
        if not items:
            self._feeds.check()
        return self._ticks.among(items, time.time_ns(), time.monotonic_ns())

    def stop(self) -> None:
        """Stop the threads; a second time does nothing, and waits for none that is still trying to connect."""
        if not self._stopped:
            self._stopped = True
            self._warm_up.stop()
            self._feeds.stop()

    def rest(self) -> list[Item]:
        """Return what was still received, once the threads have stopped."""
        items: list[Item] = []
        while not self._queue.empty():
            items.append(self._queue.get_nowait())
        return items
