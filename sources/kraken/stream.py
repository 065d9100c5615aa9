"""The public stream: trades, price levels and the venue's list of symbols, over one connection."""

import logging
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from leadline import records
from leadline.errors import FeedError, UnreachableError
from sources.counters import FeedCounters
from sources.kraken.backoff import Backoff
from sources.kraken.connection import IN_WORDS, Connection, Wishes
from sources.kraken.conversation import Conversation
from sources.kraken.link import Link, Numbers, text_of
from sources.kraken.session import Known, Session
from sources.recorder import Item

log = logging.getLogger("leadline.sources.kraken")

EXAMPLE = "wss://ws.kraken.com/v2"  # of an address


class StreamSettings(NamedTuple):
    """What the stream needs of the settings."""

    url: str
    symbols: list[str]
    depth: int
    connect_timeout: float
    instrument_timeout: float
    max_frame_bytes: int


class KrakenStream(Connection):
    """The run ends where its first connection cannot be made in time, or no symbol is left."""

    def __init__(
        self, settings: StreamSettings, known: Known, queue: "SimpleQueue[Item]", counters: FeedCounters, wishes: Wishes
    ) -> None:
        link = Link(settings.url, "feed.url", EXAMPLE, settings.connect_timeout, settings.max_frame_bytes)
        super().__init__(link, queue, counters, wishes, Backoff())
        self._settings = settings
        self._known = known
        self._on_subscribed: Callable[[], None] = lambda: None
        self._give_up = 0.0

    def start(self, numbers: Numbers, on_subscribed: Callable[[], None]) -> None:
        """Start the thread; each connection calls `on_subscribed` once."""
        self._on_subscribed = on_subscribed
        self._give_up = time.monotonic() + self._settings.connect_timeout
        self.begin(numbers)

    def _conversation(self, now: float) -> Conversation:
        return Session(self._known, self._settings.depth, self._settings.instrument_timeout, now)

    def _subscribed(self) -> None:
        self._on_subscribed()

    def _not_connected(self, cause: Exception) -> None:
        """Note it, loudly once we had one; UnreachableError where a first one's next attempt would come too late."""
        now = time.monotonic()
        if not self._connected_once and now + self._backoff.delay(now) >= self._give_up:
            raise UnreachableError(
                f"cannot reach {self._settings.url} within {self._settings.connect_timeout:g} s: {text_of(cause)}. "
                "Check the network and feed.url"
            ) from cause
        level = logging.WARNING if self._connected_once else logging.INFO
        text = text_of(cause)
        log.log(level, "cannot connect to %s: %s", self._settings.url, text, extra={"event": "connect_failed"})

    def _ended(self, conversation: Conversation, reason: str, refusal: FeedError | None) -> None:
        self._put(records.DISCONNECTED, msgspec.json.encode({"reason": reason}))
        if refusal is not None:
            raise refusal
        if reason != "stopped":
            why = IN_WORDS.get(reason, reason)
            log.warning("connection to %s lost: %s", self._settings.url, why, extra={"event": "disconnected"})
