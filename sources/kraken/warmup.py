"""Warm-up: puts candle history on the tape, beside the stream and never in its way.

At the start, and again shortly after the first whole minute of every connection, since the
minute in which we began to listen is incomplete until a history record replaces it.
"""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import msgspec

from leadline import records
from leadline.errors import FeedError
from sources.kraken.rest import RestClient
from sources.recorder import Item

log = logging.getLogger("leadline.sources.kraken")

SETTLE_S = 5.0  # after a minute's end, until the venue's candle of it is final

LakeHistory = Callable[[str], dict[str, object] | None]
Symbols = Callable[[], list[str]]  # those that the venue has not refused, as far as it is known


class WarmUp:
    """A thread that fetches history when it is told of a new connection."""

    def __init__(
        self, rest_url: str | None, symbols: Symbols, queue: "SimpleQueue[Item]", lake: LakeHistory | None = None
    ) -> None:
        self._client = RestClient(rest_url) if rest_url else None
        self._symbols = symbols
        self._queue = queue
        self._lake = lake
        self._opened = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)

    def start(self) -> None:
        """Start the thread: what the lake has first, then what the venue has."""
        self._thread.start()

    def opened(self) -> None:
        """Take note of a new connection."""
        self._opened.set()

    def stop(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._opened.set()

    def _run(self) -> None:
        self._from_the_lake()
        while not self._stop.is_set():
            self._opened.wait()
            self._opened.clear()
            if self._client is None or self._stop.is_set():
                continue
            self._fetch()
            now = time.time()
            if not self._stop.wait(60.0 - now % 60.0 + SETTLE_S):
                self._fetch()
        if self._client is not None:
            self._client.close()

    def _from_the_lake(self) -> None:
        if self._lake is None:
            return
        for symbol in self._symbols():
            try:
                candles = self._lake(symbol)
            except Exception as e:  # whatever its store does, the market goes on
                log.warning("no history for %s from the lake: %s", symbol, e, extra={"event": "no_history"})
                return
            if candles and candles.get("candles"):
                self._put(candles)

    def _fetch(self) -> None:
        assert self._client is not None
        for symbol in self._symbols():
            if self._stop.is_set():
                return
            try:
                self._put(self._client.history(symbol))
            except FeedError as e:
                log.warning("no history for %s, warming up from the stream: %s", symbol, e,
                            extra={"event": "no_history", "symbol": symbol})  # fmt: skip

    def _put(self, payload: dict[str, object]) -> None:
        self._queue.put((records.HISTORY, 0, time.time_ns(), time.monotonic_ns(), msgspec.json.encode(payload)))
