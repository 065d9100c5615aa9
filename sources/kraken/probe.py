"""Probe: one short visit to a websocket of the venue: does it answer, what does it say, how far is its clock.

A `ping` is answered with the venue's own time, `{"method":"pong","time_in":"..","time_out":".."}`, which bounds
how far our clock is ahead of it: between sending minus `time_in` and receipt minus `time_out`.
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from websockets.exceptions import InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from leadline.errors import FeedError
from sources.kraken.link import QUIET
from sources.kraken.timestamps import timestamp_ns

PING = '{"method":"ping","req_id":1}'


class Bounds(NamedTuple):
    """How far our clock is ahead of another, in seconds: at least, and at most."""

    low: float
    high: float

    @property
    def surely(self) -> float:
        """Return the part of it that is certain, 0 where the clocks may agree.

        >>> Bounds(-0.1, 0.4).surely, Bounds(2.0, 2.5).surely, Bounds(-9.0, -3.0).surely
        (0.0, 2.0, -3.0)
        """
        return self.low if self.low > 0 else min(self.high, 0.0)


class Visit(NamedTuple):
    """What a visit found."""

    status: str | None  # of the venue, where it greets with one
    ahead: Bounds | None  # our clock of the venue's, where it answers a ping with its time


def visit(url: str, timeout_s: float, clock_ns: Callable[[], int] = time.time_ns) -> Visit:
    """Return what one connection says; raises FeedError where there is none to be had."""
    try:
        with connect(
            url, open_timeout=timeout_s, close_timeout=0.2, ping_interval=None, compression=None, logger=QUIET
        ) as socket:  # fmt: skip
            return _talk(socket, time.monotonic() + timeout_s, clock_ns)
    except (OSError, WebSocketException, InvalidURI, ValueError) as e:
        raise FeedError(f"{url} did not answer: {e or type(e).__name__}") from e


def _talk(socket: ClientConnection, until: float, clock_ns: Callable[[], int]) -> Visit:
    status: str | None = None
    sent_ns = clock_ns()
    socket.send(PING)
    while (left := until - time.monotonic()) > 0:
        try:
            message = json.loads(socket.recv(timeout=left))
        except TimeoutError:
            break
        received_ns = clock_ns()
        if not isinstance(message, dict):
            continue
        if message.get("channel") == "status":
            status = _status(message) or status
        if message.get("method") == "pong" or "error" in message:
            return Visit(status, _bounds(message, sent_ns, received_ns))
    return Visit(status, None)


def _status(message: dict[str, Any]) -> str | None:
    try:
        return str(message["data"][0]["system"])
    except (LookupError, TypeError):
        return None


def _bounds(message: dict[str, Any], sent_ns: int, received_ns: int) -> Bounds | None:
    try:
        came, went = timestamp_ns(message["time_in"]), timestamp_ns(message["time_out"])
    except (LookupError, TypeError, ValueError):
        return None
    return Bounds((sent_ns - came) * 1e-9, (received_ns - went) * 1e-9)
