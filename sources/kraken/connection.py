"""A connection kept alive: a thread that connects, converses, and connects anew.

Everything received goes into a queue as (kind, connection, wall ns, monotonic ns, payload), in order
of arrival; several such threads share it. The thread never decides about the market.
"""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import msgspec
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection

from leadline import records
from leadline.errors import FeedError
from sources.counters import FeedCounters
from sources.kraken.backoff import Backoff
from sources.kraken.conversation import WATCHDOG_S, Conversation, Reconnect
from sources.kraken.link import Link, Numbers, text_of
from sources.recorder import Item

POLL_S = 0.1  # how soon a resync request or a stop is noticed on a quiet connection
FULL_QUEUE = 200_000  # frames: beyond it we stop reading, and TCP holds the venue back
STOP_S = 1.2  # a run ends within 2 s, whatever the venue does
HEAD_BYTES = 1024  # of a frame over the limit, kept for inspection
IN_WORDS = {
    "silent": f"nothing was heard for {WATCHDOG_S:g} s, not even an answer to a ping",
    "resync_failed": "a book stayed wrong however often it was asked for",
    "frame_too_large": "a frame beyond all limits; feed.max_frame_bytes sets them",
}

Wishes = Callable[[], list[tuple[str, str]]]  # the (symbol, reason) that the line wants anew


class Connection:
    """Runs until stopped, or until there is no hope: `check` then raises why."""

    feed = "public"  # what its CONNECTED records say

    def __init__(
        self, link: Link, queue: "SimpleQueue[Item]", counters: FeedCounters, wishes: Wishes, backoff: Backoff
    ) -> None:
        self._link = link
        self._queue = queue
        self._counters = counters
        self._wishes = wishes
        self._backoff = backoff
        self._numbers = Numbers()
        self._conn = 0
        self._connected_once = False
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._guarded, name=f"kraken-{self.feed}", daemon=True)

    def begin(self, numbers: Numbers) -> None:
        """Start the thread."""
        self._numbers = numbers
        self._thread.start()

    def check(self) -> None:
        """Raise FeedError where there is no going on, and whatever else ended the thread."""
        if self._failure is not None:
            raise self._failure

    def request_stop(self) -> None:
        """Ask the thread to end, and wait for nothing."""
        self._stop.set()

    def join(self, timeout: float = STOP_S) -> None:
        """Wait for the thread, unless it is still trying to connect."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=timeout)

    # -- what each feed does its own way

    def _conversation(self, now: float) -> Conversation:
        """Return the protocol of a new connection."""
        raise NotImplementedError

    def _delay(self, now: float) -> float:
        """Return the seconds to wait before the next attempt."""
        return self._backoff.delay(now)

    def _ready(self) -> bool:
        """Fetch what a connection needs; return whether there is any use in connecting."""
        return True

    def _not_connected(self, cause: Exception) -> None:
        """Take note of an attempt that failed; raises FeedError where it was the last."""
        raise NotImplementedError

    def _told(self, frame: bytes) -> bytes:
        """Return a frame as it may be kept."""
        return frame

    def _subscribed(self) -> None:
        """Take note that everything has been subscribed to."""

    def _ended(self, conversation: Conversation, reason: str, refusal: FeedError | None) -> None:
        """Say that a connection ended; raises the refusal where no other connection will be of use."""
        raise NotImplementedError

    # -- the thread

    def _guarded(self) -> None:
        try:
            while not self._stop.wait(self._delay(time.monotonic())):
                self._backoff.attempt(time.monotonic())
                if self._ready():
                    self._attempt()
        except Exception as e:  # a fault of ours: the flow's thread raises it
            self._failure = e

    def _attempt(self) -> None:
        try:
            socket = self._link.open()
        except (OSError, WebSocketException) as e:
            self._not_connected(e)
            return
        with socket:
            if self._connected_once:
                self._counters.reconnects += 1
            self._connected_once = True
            self._converse(socket)

    def _converse(self, socket: ClientConnection) -> None:
        """Hold one connection for as long as it is of use."""
        self._conn = self._numbers.next()
        opened = time.monotonic()
        says = {"venue": "kraken", "url": self._link.url, "feed": self.feed}
        self._put(records.CONNECTED, msgspec.json.encode(says))
        conversation = self._conversation(opened)
        reason = "stopped"
        refusal: FeedError | None = None
        try:
            self._send(socket, conversation.open(opened))
            self._listen(socket, conversation)
        except Reconnect as e:
            reason = str(e)
        except ConnectionClosed as e:
            too_large = e.sent is not None and e.sent.code == 1009
            reason = "frame_too_large" if too_large else f"closed: {e}"
        except FeedError as e:
            refusal, reason = e, "refused"
        except (OSError, WebSocketException) as e:
            reason = f"failed: {text_of(e)}"
        socket.close()
        self._backoff.lived(time.monotonic() - opened)
        self._backoff.maintenance = conversation.maintenance
        self._ended(conversation, reason, refusal)

    def _listen(self, socket: ClientConnection, conversation: Conversation) -> None:
        next_tick, told = 0.0, False
        while not self._stop.is_set():
            try:
                frame = socket.recv(timeout=POLL_S, decode=False)
            except TimeoutError:
                frame = None
            now = time.monotonic()
            if frame is not None:
                kept = self._told(bytes(frame))
                self._hand_over(kept)
                messages = conversation.receive(kept, now)
                if messages:
                    self._send(socket, messages)
            if conversation.subscribed and not told:
                told = True
                self._subscribed()
            if now >= next_tick or frame is None:
                next_tick = now + POLL_S
                for symbol, reason in self._wishes():
                    conversation.resync(symbol, reason, now)
                self._send(socket, conversation.tick(now))
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        self._counters.queued = self._queue.qsize()
        while self._queue.qsize() > FULL_QUEUE and not self._stop.wait(0.01):
            self._counters.stalls += 1

    def _hand_over(self, frame: bytes) -> None:
        if len(frame) <= self._link.max_frame_bytes:
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
