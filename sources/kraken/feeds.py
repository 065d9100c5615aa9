"""Feeds: the connections of one live run, and which level of data it decides on.

Without level3 there is the public connection alone. With it there are two, each numbered and on the one
queue; the level is settled before anything is written: 3 once level3 has answered, 2 where it will not,
or not in time. From then on it stays: what the line decides on is in the tape's start record.
"""

import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

from sources.counters import FeedCounters
from sources.kraken.connection import STOP_S, Connection
from sources.kraken.level3 import EXAMPLE, Level3Settings, Level3Stream
from sources.kraken.link import Link, Numbers
from sources.kraken.refusals import WAY_OUT, Denied
from sources.kraken.session import Known
from sources.kraken.stream import KrakenStream, StreamSettings
from sources.recorder import Item
from sources.resyncs import ResyncQueue


class Fallback(NamedTuple):
    """Why a run that was to decide on Level 3 decides on Level 2."""

    reason: str  # one of trust.LEVEL3_REASONS
    text: str


class Feeds:
    """Starts the threads, and stops them."""

    def __init__(
        self, settings: StreamSettings, level3: Level3Settings | None, queue: "SimpleQueue[Item]", resyncs: ResyncQueue,
        counters: FeedCounters, *, level: str | None,
    ) -> None:  # fmt: skip
        self._level = level if level3 is not None else "L2"  # None: not settled yet
        self._fallback: Fallback | None = None
        self._known = Known(settings.symbols)
        self._resyncs = resyncs
        self._give_up = 0.0
        self._patience_s = settings.connect_timeout + settings.instrument_timeout
        self.public = KrakenStream(settings, self._known, queue, counters, lambda: self._wishes("L2"))
        self.level3: Level3Stream | None = None
        if level3 is not None and self._level != "L2":
            link = Link(level3.url, "feed.level3_url", EXAMPLE, settings.connect_timeout, settings.max_frame_bytes)
            self.level3 = Level3Stream(
                level3, link, self._known, queue, counters, lambda: self._wishes("L3"), served=level == "L3"
            )

    @property
    def symbols(self) -> list[str]:
        """Those that the venue has not refused."""
        return list(self._known.symbols)

    def start(self, conn: int, on_subscribed: Callable[[], None] = lambda: None) -> None:
        """Start; connections are numbered from `conn` + 1, and each public one calls `on_subscribed` once."""
        self._give_up = time.monotonic() + self._patience_s
        numbers = Numbers(conn)
        self.public.start(numbers, on_subscribed)
        if self.level3 is not None:
            self.level3.begin(numbers)

    def settled(self) -> tuple[str | None, Fallback | None]:
        """Return the level that the run decides on, None while it is open, and why it is not 3 where it should be."""
        level3 = self.level3
        if self._level is None and level3 is not None:
            if level3.served:
                self._level = "L3"
            elif level3.hopeless or time.monotonic() > self._give_up:
                denied = level3.why or Denied("unreachable", "level3 did not answer in time")
                level3.request_stop()
                self._level, self._fallback = "L2", Fallback(denied.reason, str(denied))
        return self._level, self._fallback

    def _wishes(self, level: str) -> list[tuple[str, str]]:
        return self._resyncs.take() if self._level == level else []

    def check(self) -> None:
        """Raise FeedError where there is no going on, and whatever else ended a thread."""
        for connection in self._connections():
            connection.check()

    def stop(self) -> None:
        """Stop the threads and wait for them, unless they are still trying to connect."""
        for connection in self._connections():
            connection.request_stop()
        end = time.monotonic() + STOP_S
        for connection in self._connections():
            connection.join(max(0.0, end - time.monotonic()))

    def _connections(self) -> list[Connection]:
        return [self.public] if self.level3 is None else [self.public, self.level3]


def without(reason: str) -> Fallback:
    """Return why there will be no level3, known before anything is tried.

    >>> without("too_many_symbols").text
    'a connection carries 200 symbols: name fewer in feed.symbols'
    """
    return Fallback(reason, WAY_OUT[reason])
