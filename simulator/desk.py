"""Desk: what is common to all connections: requests come in as text with the time, answers go out as frames.

A desk serves one connection and opens no socket. What can be subscribed is its subclass's:
`simulator.protocol` has the public one, `simulator.protocol_l3` that of level3.
"""

import itertools
import json
from typing import Any

from simulator.forging import Frame
from simulator.stamps import Stamps
from simulator.venue import Venue

ANSWER_NS = 35_000  # from a request's receipt to its answer
_subscriptions = itertools.count(1)


def next_subscription() -> int:
    """Return a number that no other subscription of this process has."""
    return next(_subscriptions)


def compact(message: Any) -> str:
    """Return JSON as Kraken writes it, without blanks."""
    return json.dumps(message, separators=(",", ":"))


class Desk:
    """One connection's requests."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._stamps = Stamps()

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed, so that heartbeats are due."""
        raise NotImplementedError

    def updates(self, symbol: str) -> list[Frame]:
        """Return what this connection is sent of a symbol's newest step."""
        raise NotImplementedError

    def subscription(self, message: dict[str, Any], wanted: bool, params: dict[str, Any], now_ns: int) -> list[Frame]:
        """Return the answers to a request to subscribe, or to unsubscribe where it is not wanted any more."""
        raise NotImplementedError

    def close(self) -> None:
        """Take note that the connection has ended."""

    def receive(self, text: str | bytes, now_ns: int) -> list[Frame]:
        """Return the answers to one message of the client."""
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [self.error({}, "Malformed request", now_ns)]
        method = message.get("method")
        if method == "ping":
            return [self._reply(message, {"method": "pong"}, now_ns)]
        params = message.get("params")
        if method not in ("subscribe", "unsubscribe") or not isinstance(params, dict):
            return [self.error(message, f"Unknown method {method}", now_ns)]
        return self.subscription(message, method == "subscribe", params, now_ns)

    def ack(self, message: dict[str, Any], result: dict[str, Any], now_ns: int) -> Frame:
        """Return the answer to a request that was granted."""
        return self._reply(message, {"method": message["method"], "result": result, "success": True}, now_ns)

    def error(self, message: dict[str, Any], error: str, now_ns: int, symbol: str | None = None) -> Frame:
        """Return the answer to a request that was refused."""
        answer: dict[str, Any] = {"error": error, "success": False}
        if "method" in message:
            answer["method"] = message["method"]
        if symbol is not None:
            answer["symbol"] = symbol
        return self._reply(message, answer, now_ns)

    def _reply(self, message: dict[str, Any], answer: dict[str, Any], now_ns: int) -> Frame:
        times = {"time_in": self._stamps.text(now_ns), "time_out": self._stamps.text(now_ns + ANSWER_NS)}
        req_id = {"req_id": message["req_id"]} if isinstance(message.get("req_id"), int) else {}
        return Frame(compact(answer | times | req_id), "")
