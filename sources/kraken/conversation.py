"""What every conversation with Kraken has in common: numbered requests, pings, and giving up on silence.

No socket and no clock: told what came in and what time it is, it says what to send. Times are seconds
of a monotonic clock.
"""

import itertools
from typing import Any

import msgspec

PING_S = 20.0  # of sending nothing: Kraken closes after about a minute of inactivity
PROBE_S = 5.0  # of hearing nothing at all: heartbeats come once a second, so ask
WATCHDOG_S = 10.0  # of hearing nothing at all, not even an answer: the connection is dead
RETRY_S = 5.0  # after an answer such as "Exceeded msg rate"


class Reconnect(Exception):
    """Says why a connection is of no more use."""


class Conversation:
    """One connection's; what its methods return is to be sent, in order."""

    def __init__(self, now: float) -> None:
        self.maintenance = False  # the venue has said so
        self.subscribed = False
        self._ids = itertools.count(1)
        self._heard = self._sent = now

    def open(self, now: float) -> list[str]:
        """Begin."""
        return []

    def receive(self, frame: bytes, now: float) -> list[str]:
        """Take a frame; raises Reconnect, or FeedError where no other connection would be of use."""
        raise NotImplementedError

    def resync(self, symbol: str, reason: str, now: float) -> None:
        """Take the line's wish for a fresh book."""
        raise NotImplementedError

    def tick(self, now: float) -> list[str]:
        """Do what is due; raises as `receive` does."""
        raise NotImplementedError

    def _give_up_on_silence(self, now: float) -> None:
        if now - self._heard > WATCHDOG_S:
            raise Reconnect("silent")

    def _or_ping(self, messages: list[str], now: float) -> list[str]:
        """Return the messages, or a ping where there are none and it is time for one."""
        probed = self._sent > self._heard
        if not messages and (now - self._sent > PING_S or (now - self._heard > PROBE_S and not probed)):
            messages = [msgspec.json.encode({"method": "ping", "req_id": next(self._ids)}).decode()]
        if messages:
            self._sent = now
        return messages

    def _message(self, method: str, params: dict[str, Any], req_id: int | None = None) -> str:
        request = {"method": method, "params": params, "req_id": req_id or next(self._ids)}
        return msgspec.json.encode(request).decode()
