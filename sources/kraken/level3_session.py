"""The level3 connection's conversation with Kraken, without the socket and without a clock.

A subscription carries the token and costs: what is asked for stays inside the budget, the first time
as well as for a fresh snapshot. The symbols are the public connection's, once the venue's list of them
has come there. Times are seconds of a monotonic clock.
"""

import logging
from typing import Any

from leadline.events import Ack, Event, OrderMessage, Status
from sources.kraken import wire
from sources.kraken.budget import SYMBOLS, Budget
from sources.kraken.conversation import RETRY_S, Conversation, Reconnect
from sources.kraken.refusals import TOKEN, Denied
from sources.kraken.resync import ResyncPlan
from sources.kraken.session import Known
from sources.kraken.token import Token

log = logging.getLogger("leadline.sources.kraken")

LONGEST_RETRY_S = 60.0
REMEMBERED = 100  # requests whose answers may still come


class Level3Known:
    """What outlives a connection."""

    def __init__(self, public: Known, depth: int, budget: Budget) -> None:
        self.public = public
        self.depth = depth
        self.budget = budget
        self.escalations: dict[str, int] = {}  # symbol -> connections given up for its sake
        self.told: set[tuple[str, str]] = set()  # (symbol, reason) that were logged

    def tell(self, symbol: str, reason: str, line: str) -> None:
        """Log a line about a symbol once."""
        if (symbol, reason) not in self.told:
            self.told.add((symbol, reason))
            log.warning(line, extra={"event": "level3_refused", "symbol": symbol, "reason": reason})


class Level3Session(Conversation):
    """The protocol of one level3 connection."""

    def __init__(self, known: Level3Known, token: Token, now: float) -> None:
        super().__init__(now)
        self._known = known
        self._token = token
        self._wanted: dict[str, float] = {}  # symbol -> when to subscribe
        self._waits: dict[str, float] = {}  # symbol -> after the next refusal
        self._asked: dict[int, list[str]] = {}  # request -> its symbols
        self._leaving: dict[str, int] = {}  # symbol -> unsubscriptions not yet acknowledged
        self._left_out: set[str] = set()
        self.accepted: set[str] = set()
        self.served = False  # the token has opened a subscription here
        self.refusal: Denied | None = None  # of a subscription, the newest, while it is tried again
        self.resyncs = ResyncPlan(known.escalations)

    # -- what comes in

    def receive(self, frame: bytes, now: float) -> list[str]:
        """Take a frame; nearly all of them only prove that the connection lives."""
        self._heard = now
        head = frame[:80]
        if (b'"level3"' in head and b"snapshot" not in head and b'"method"' not in head) or b"heartbeat" in head:
            return []
        events = wire.decode(frame)
        for event in events if isinstance(events, list) else [events]:
            self._take(event, now)
        return []

    def _take(self, event: Event, now: float) -> None:
        if isinstance(event, OrderMessage) and event.snapshot:
            self.resyncs.snapshot(event.symbol, now)
        elif isinstance(event, Status):
            self.maintenance = event.system in ("maintenance", "cancel_only")
        elif isinstance(event, Ack):
            self._ack(event, now)

    def _ack(self, ack: Ack, now: float) -> None:
        asked = self._asked.get(ack.req_id or 0, [])
        for symbol in [ack.symbol] if ack.symbol is not None else asked:
            if not ack.success:
                self._refused(symbol, ack, now)
            elif ack.method == "subscribe":
                self.accepted.add(symbol)
                self.served = True
                self._waits.pop(symbol, None)
            else:
                self._left(symbol, now)
        if not ack.success and ack.symbol is None and not asked:
            self._refused("", ack, now)

    def _left(self, symbol: str, now: float) -> None:
        """Take note that a subscription ended: where we did not ask for that, we ask for it anew."""
        if self._leaving.get(symbol, 0) > 0:
            self._leaving[symbol] -= 1
        elif symbol in self.accepted:
            self.accepted.discard(symbol)
            self._wanted.setdefault(symbol, now + RETRY_S)

    def _refused(self, symbol: str, ack: Ack, now: float) -> None:
        error, reason = ack.error or "no reason given", ack.reason or "refused"
        if reason in TOKEN:
            raise Reconnect(self._of_token(reason, now))
        if reason == "permission_denied":
            raise Denied(reason, error)
        if ack.method == "unsubscribe" and self._leaving.get(symbol, 0) > 0:
            self._leaving[symbol] -= 1
        if "lready subscribed" in error or ack.method != "subscribe" or symbol not in self._known.public.symbols:
            return
        if ack.unlisted or reason == "too_many_symbols":
            self._known.tell(symbol, reason, f"no level3 of {symbol}: {error}")
            self._left_out.add(symbol)
            if all(one in self._left_out for one in self._known.public.symbols):
                raise Denied(reason, error)
            return
        wait = self._waits.get(symbol, RETRY_S)
        if reason == "counter_exceeded":
            self._known.budget.exceeded(now)
        self._known.tell(symbol, reason, f"level3 of {symbol} was refused: {error}; trying again in {wait:g} s")
        self.refusal = Denied(reason, error)
        self.accepted.discard(symbol)
        self.resyncs.forget(symbol)
        self._waits[symbol] = min(LONGEST_RETRY_S, 2 * wait)
        self._wanted[symbol] = now + wait

    def _of_token(self, reason: str, now: float) -> str:
        """Return what became of the token, where the venue only says that it is none."""
        if reason != "token_invalid":
            return reason
        if now > self._token.good_until and not self.accepted:
            return "token_expired"
        return "token_revoked" if self.served else reason

    # -- what is due

    def resync(self, symbol: str, reason: str, now: float) -> None:
        """Take the line's wish for a fresh book, unless the symbol waits for its turn already."""
        if symbol in self._known.public.symbols and symbol not in self._left_out and symbol not in self._wanted:
            self.resyncs.request(symbol, reason, now)

    def tick(self, now: float) -> list[str]:
        """Do what is due."""
        self._give_up_on_silence(now)
        if not self.subscribed and self._known.public.settled:
            self.subscribed = True
            self._wanted = dict.fromkeys(self._known.public.symbols[:SYMBOLS], now)
        messages = self._within_budget(now)
        if self.resyncs.hopeless(now):
            raise Reconnect("resync_failed")
        return self._or_ping(messages, now)

    def _within_budget(self, now: float) -> list[str]:
        room = self._known.budget.room(now)
        due = [s for s, at in self._wanted.items() if at <= now and s in self._known.public.symbols][:room]
        again = [s for s in self.resyncs.due(now, room - len(due)) if s not in due]
        for symbol in due:
            del self._wanted[symbol]
        messages = []
        if again:
            self.accepted.difference_update(again)
            if now > self._token.good_until and not self.accepted:
                raise Reconnect("token_expired")  # it lives on for what stands, and after this nothing would
            log.info("resubscribing level3 of %s", ", ".join(again), extra={"event": "resync", "symbols": again})
            for symbol in again:
                self._leaving[symbol] = self._leaving.get(symbol, 0) + 1
            messages.append(self._request("unsubscribe", again))
        if due or again:
            self._known.budget.spend(len(due) + len(again), now)
            messages.append(self._request("subscribe", due + again))
        return messages

    def _request(self, method: str, symbols: list[str]) -> str:
        params: dict[str, Any] = {"channel": "level3", "symbol": symbols, "depth": self._known.depth}
        if method == "subscribe":
            params["snapshot"] = True
        params["token"] = self._token.value.reveal()
        number = next(self._ids)
        self._asked[number] = symbols
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        return self._message(method, params, number)
