"""The live stream: a thread that keeps one Kraken connection and hands over what it hears.

Everything received goes into a queue as (kind, connection, wall ns, monotonic ns, payload), in
order. The thread never decides about the market; it connects, subscribes, resubscribes and
reconnects. Only here and in `sources.live` are clocks read.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from typing import NamedTuple

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from leadline import records
from leadline.errors import FeedError
from sources.counters import FeedCounters
from sources.kraken.backoff import Backoff
from sources.kraken.session import WATCHDOG_S, Known, Reconnect, Session
from sources.recorder import Item
from sources.resyncs import ResyncQueue

log = logging.getLogger("leadline.sources.kraken")

POLL_S = 0.1  # how soon a resync request or a stop is noticed on a quiet connection
FULL_QUEUE = 200_000  # frames: beyond it we stop reading, and TCP holds the venue back
OVERSIZE_FACTOR = 4  # the library refuses, and closes, beyond max_frame_bytes times this
CLOSE_S, STOP_S = 0.5, 1.2  # a run ends within 2 s, whatever the venue does
HEAD_BYTES = 1024  # of a frame over the limit, kept for inspection
IN_WORDS = {
    "silent": f"nothing was heard for {WATCHDOG_S:g} s, not even an answer to a ping",
    "resync_failed": "a book stayed wrong however often it was asked for",
    "frame_too_large": "a frame beyond all limits; feed.max_frame_bytes sets them",
}


class StreamSettings(NamedTuple):
    """What the stream needs of the settings."""

    url: str
    symbols: list[str]
    depth: int
    connect_timeout: float
    instrument_timeout: float
    max_frame_bytes: int


class KrakenStream:
    """Runs until stopped, or until there is no hope: `check` then raises why."""

    def __init__(
        self, settings: StreamSettings, queue: "SimpleQueue[Item]", resyncs: ResyncQueue, counters: FeedCounters
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._resyncs = resyncs
        self._counters = counters
        self._on_subscribed: Callable[[], None] = lambda: None
        self._stop = threading.Event()
        self._known = Known(settings.symbols)
        self._backoff = Backoff()
        self._conn = 0
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._guarded, name="kraken", daemon=True)

    @property
    def symbols(self) -> list[str]:
        """Those that the venue has not refused."""
        return list(self._known.symbols)

    def start(self, conn: int, on_subscribed: Callable[[], None] = lambda: None) -> None:
        """Start the thread; connections are numbered from `conn` + 1, and each calls `on_subscribed` once."""
        self._conn = conn
        self._on_subscribed = on_subscribed
        self._thread.start()

    def check(self) -> None:
        """Raise FeedError where there is no going on, and whatever else ended the thread."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop the thread and wait for it, unless it is still trying to connect."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_S)

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as e:  # a fault of ours: the flow's thread raises it
            self._failure = e

    def _run(self) -> None:
        give_up = time.monotonic() + self._settings.connect_timeout
        connected_once = False
        while not self._stop.is_set():
            now = time.monotonic()
            if self._stop.wait(self._backoff.delay(now)):
                return
            self._backoff.attempt(time.monotonic())
            with ExitStack() as stack:
                try:
                    socket = stack.enter_context(self._connect())
                except InvalidURI as e:
                    raise self._not_an_address(e) from e
                except (OSError, WebSocketException) as e:
                    self._not_connected(e, None if connected_once else give_up)
                    continue
                except ValueError as e:  # a port or a host name that cannot be; a bad certificate is an OSError, too
                    raise self._not_an_address(e) from e
                if connected_once:
                    self._counters.reconnects += 1
                connected_once = True
                self._converse(socket)

    def _not_connected(self, cause: Exception, give_up: float | None) -> None:
        """Note it, loudly once we had one; raise FeedError where a first one's next attempt would come too late."""
        now = time.monotonic()
        if give_up is not None and now + self._backoff.delay(now) >= give_up:
            raise self._unreachable(cause) from cause
        level = logging.WARNING if give_up is None else logging.INFO
        log.log(level, "cannot connect to %s: %s", self._settings.url, _text(cause), extra={"event": "connect_failed"})

    def _not_an_address(self, cause: Exception) -> FeedError:
        url = self._settings.url
        return FeedError(f"feed.url {url!r} is not a websocket address: {cause}. One is wss://ws.kraken.com/v2")

    def _unreachable(self, cause: Exception) -> FeedError:
        return FeedError(
            f"cannot reach {self._settings.url} within {self._settings.connect_timeout:g} s: {_text(cause)}. "
            "Check the network and feed.url"
        )

    def _connect(self) -> ClientConnection:
        return connect(
            self._settings.url,
            open_timeout=self._settings.connect_timeout,
            close_timeout=CLOSE_S,
            ping_interval=None,  # Kraken's own ping is used, and the session's watchdog
            max_size=self._settings.max_frame_bytes * OVERSIZE_FACTOR,
            compression=None,
        )

    def _converse(self, socket: ClientConnection) -> None:
        """Hold one connection for as long as it is of use; raises FeedError where no other will be."""
        self._conn += 1
        opened = time.monotonic()
        url = self._settings.url
        self._put(records.CONNECTED, msgspec.json.encode({"venue": "kraken", "url": url}))
        session = Session(self._known, self._settings.depth, self._settings.instrument_timeout, opened)
        reason = "stopped"
        refusal = None
        try:
            self._send(socket, session.open(opened))
            self._listen(socket, session)
        except Reconnect as e:
            reason = str(e)
        except ConnectionClosed as e:
            too_large = e.sent is not None and e.sent.code == 1009
            reason = "frame_too_large" if too_large else f"closed: {e}"
        except FeedError as e:
            refusal, reason = e, "refused"
        except (OSError, WebSocketException) as e:
            reason = f"failed: {_text(e)}"
        socket.close()
        self._put(records.DISCONNECTED, msgspec.json.encode({"reason": reason}))
        self._backoff.lived(time.monotonic() - opened)
        self._backoff.maintenance = session.maintenance
        if refusal is not None:
            raise refusal
        if reason != "stopped":
            why = IN_WORDS.get(reason, reason)
            log.warning("connection to %s lost: %s", url, why, extra={"event": "disconnected"})

    def _listen(self, socket: ClientConnection, session: Session) -> None:
        next_tick, told = 0.0, False
        while not self._stop.is_set():
            try:
                frame = socket.recv(timeout=POLL_S, decode=False)
            except TimeoutError:
                frame = None
            now = time.monotonic()
            if frame is not None:
                self._hand_over(bytes(frame))
                messages = session.receive(bytes(frame), now)
                if messages:
                    self._send(socket, messages)
            if session.subscribed and not told:
                told = True
                self._on_subscribed()
            if now >= next_tick or frame is None:
                next_tick = now + POLL_S
                for symbol, reason in self._resyncs.take():
                    session.resync(symbol, reason, now)
                self._send(socket, session.tick(now))
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        self._counters.queued = self._queue.qsize()
        while self._queue.qsize() > FULL_QUEUE and not self._stop.wait(0.01):
            self._counters.stalls += 1

    def _hand_over(self, frame: bytes) -> None:
        if len(frame) <= self._settings.max_frame_bytes:
            self._put(records.FRAME, frame)
            return
        head = {"bytes": len(frame), "head": frame[:HEAD_BYTES].decode("utf-8", "replace")}
        self._put(records.OVERSIZE, msgspec.json.encode(head))

    def _put(self, kind: int, payload: bytes) -> None:
        self._queue.put((kind, self._conn, time.time_ns(), time.monotonic_ns(), payload))

    @staticmethod
    def _send(socket: ClientConnection, messages: list[str]) -> None:
        for message in messages:
            socket.send(message)


def _text(e: Exception) -> str:
    return str(e) or type(e).__name__
