"""The public connection's conversation with Kraken, without the socket and without a clock.

The order: `instrument` first, then, once it has answered or `instrument_timeout` is over, `book` and
`trade` for all symbols. Times are seconds of a monotonic clock.
"""

import logging
from collections.abc import Iterable
from typing import Any

from leadline.errors import FeedError
from leadline.events import Ack, BookMessage, Event, Instruments, Status
from sources.kraken import wire
from sources.kraken.conversation import RETRY_S, Conversation, Reconnect
from sources.kraken.resync import ResyncPlan
from sources.kraken.symbols import refused_line, unknown_line

log = logging.getLogger("leadline.sources.kraken")

ACK_S, LONGEST_ACK_S = 10.0, 300.0  # without an ack of a trade subscription, until it is sent again; doubling


class Known:
    """What outlives a connection: the venue's symbols, once it has told them."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = list(symbols)  # those the venue has not refused
        self.instruments: Instruments | None = None
        self.instrument_silent = False  # it did not answer: do not wait for it again
        self.escalations: dict[str, int] = {}  # symbol -> connections given up for its sake

    @property
    def settled(self) -> bool:
        """Whether the venue's list of symbols has come, or will not."""
        return self.instruments is not None or self.instrument_silent

    def check(self) -> None:
        """Drop the symbols that `instrument` does not list, by name; raise FeedError if none is left."""
        if self.instruments is None:
            return
        for symbol in [s for s in self.symbols if s not in self.instruments.pairs]:
            self.refuse(symbol, unknown_line(symbol, self.instruments.pairs))

    def refuse(self, symbol: str, line: str) -> None:
        """Go on without a symbol, and say so."""
        if symbol in self.symbols:
            log.warning(line, extra={"event": "symbol_refused", "symbol": symbol})
            self.symbols.remove(symbol)
            if not self.symbols:
                raise FeedError(f"no symbol is left to listen to. {line}")


class Session(Conversation):
    """The protocol of one public connection. What its methods return is to be sent, in order."""

    def __init__(self, known: Known, depth: int, instrument_timeout: float, now: float) -> None:
        super().__init__(now)
        self.known = known
        self._depth = depth
        self._instrument_id = next(self._ids)
        self._instrument_until = now + instrument_timeout
        self._unanswered: dict[str, tuple[float, float]] = {}  # symbol -> when to ask for its trades again, wait after
        self._retries: dict[tuple[str, str], float] = {}  # (channel, symbol) -> when to subscribe again
        self.resyncs = ResyncPlan(known.escalations)

    def open(self, now: float) -> list[str]:
        """Begin: ask for the instruments, and for the market where they are known or will not come."""
        messages = [self._message("subscribe", {"channel": "instrument", "snapshot": True}, self._instrument_id)]
        if self.known.settled:
            messages += self._subscribe(now)
        return messages

    def receive(self, frame: bytes, now: float) -> list[str]:
        """Take a frame; nearly all of them only prove that the connection lives."""
        self._heard = now
        head = frame[:80]
        if (b'"book"' in head or b'"trade"' in head) and b"snapshot" not in head and b'"method"' not in head:
            return []
        if b"heartbeat" in head:
            return []
        events = wire.decode(frame)
        messages: list[str] = []
        for event in events if isinstance(events, list) else [events]:
            messages += self._take(event, now)
        return messages

    def _take(self, event: Event, now: float) -> list[str]:
        if isinstance(event, BookMessage) and event.snapshot:
            self.resyncs.snapshot(event.symbol, now)
        elif isinstance(event, Ack):
            return self._ack(event, now)
        elif isinstance(event, Status):
            self.maintenance = event.system in ("maintenance", "cancel_only")
        elif isinstance(event, Instruments) and event.snapshot and self.known.instruments is None:
            self.known.instruments = event
            self.known.instrument_silent = False
            self.known.check()
            if not self.subscribed:
                return self._subscribe(now)
        return []

    def _ack(self, ack: Ack, now: float) -> list[str]:
        if ack.channel == "trade" and ack.symbol is not None:
            self._unanswered.pop(ack.symbol, None)
        if ack.success:
            return []
        if ack.req_id == self._instrument_id and ack.symbol is None:
            return self._without_instruments("it refused the instrument channel", now)
        error = ack.error or "no reason given"
        if "lready subscribed" in error and ack.symbol is not None:
            self._unanswered.pop(ack.symbol, None)
        if "lready subscribed" in error or ack.method != "subscribe":
            return []
        symbol = ack.symbol
        if ack.unlisted and symbol is not None and symbol not in self.known.symbols:
            return []  # that was said for its other channel
        if symbol is None or symbol not in self.known.symbols:
            log.warning("Kraken refused a request: %s", error, extra={"event": "request_refused"})
            return []
        if ack.unlisted:
            listed = self.known.instruments.pairs if self.known.instruments else ()
            self.known.refuse(symbol, refused_line(symbol, error, listed))
            return []
        log.warning("Kraken refused %s: %s; trying again", symbol, error, extra={"event": "subscribe_refused"})
        for channel in (ack.channel,) if ack.channel else ("book", "trade"):
            self._retries[channel, symbol] = now + RETRY_S
        return []

    def resync(self, symbol: str, reason: str, now: float) -> None:
        """Take the line's wish for a fresh book; of a symbol that the venue refused there is none to be had."""
        if symbol in self.known.symbols:
            self.resyncs.request(symbol, reason, now)

    def tick(self, now: float) -> list[str]:
        """Do what is due; raise Reconnect when this connection is of no more use."""
        self._give_up_on_silence(now)
        messages: list[str] = []
        if not self.subscribed and now >= self._instrument_until:
            messages += self._without_instruments("it did not answer on the instrument channel", now)
        for key in [key for key, at in self._retries.items() if at <= now]:
            del self._retries[key]
            messages.append(self._message("subscribe", self._params(key[0], [key[1]])))
        messages += self._ask_again(now)
        for symbol in self.resyncs.due(now):
            if symbol in self.known.symbols:
                messages += self._resubscribe(symbol)
        if self.resyncs.hopeless(now):
            raise Reconnect("resync_failed")
        return self._or_ping(messages, now)

    def _ask_again(self, now: float) -> list[str]:
        """Subscribe anew to trades that were not acknowledged; a book without a snapshot the line finds out itself."""
        if not self.subscribed:
            return []
        due = [s for s, (at, _) in self._unanswered.items() if at <= now and s in self.known.symbols]
        for symbol in due:
            wait = self._unanswered[symbol][1]
            self._unanswered[symbol] = (now + wait, min(LONGEST_ACK_S, 2 * wait))
        return [self._message("subscribe", self._params("trade", due))] if due else []

    def _without_instruments(self, why: str, now: float) -> list[str]:
        self.known.instrument_silent = True
        log.warning("going on without Kraken's instruments: %s; precision is read from the snapshots", why,
                    extra={"event": "no_instruments"})  # fmt: skip
        return self._subscribe(now)

    def _subscribe(self, now: float) -> list[str]:
        self.subscribed = True
        symbols = self.known.symbols
        self._unanswered = dict.fromkeys(symbols, (now + ACK_S, 2 * ACK_S))
        return [self._message("subscribe", self._params(channel, symbols)) for channel in ("book", "trade")]

    def _resubscribe(self, symbol: str) -> list[str]:
        log.info("resubscribing %s", symbol, extra={"event": "resync", "symbol": symbol})
        leave = {"channel": "book", "symbol": [symbol], "depth": self._depth}
        return [self._message("unsubscribe", leave), self._message("subscribe", self._params("book", [symbol]))]

    def _params(self, channel: str, symbols: list[str]) -> dict[str, Any]:
        if channel == "trade":
            return {"channel": "trade", "symbol": symbols, "snapshot": False}
        return {"channel": "book", "symbol": symbols, "depth": self._depth, "snapshot": True}
