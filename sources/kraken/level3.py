"""The level3 stream: single orders, over a connection of its own that a token opens.

Each connection gets a fresh token. What cannot be had says why, in a reason of a closed set: at the
start of a run, so that it can go on with Level 2; later on the tape, and it is tried again for ever.
Neither key nor token is in anything that leaves this thread.
"""

import logging
import time
from collections import deque
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from leadline import records
from leadline.errors import FeedError
from sources.counters import FeedCounters
from sources.kraken.backoff import LEVEL3_BUDGET, Backoff
from sources.kraken.budget import Budget
from sources.kraken.connection import IN_WORDS, Connection, Wishes
from sources.kraken.conversation import Conversation
from sources.kraken.keys import Keys
from sources.kraken.level3_session import Level3Known, Level3Session
from sources.kraken.link import Link, text_of
from sources.kraken.nonce import NonceFile
from sources.kraken.refusals import TOKEN, WAY_OUT, Denied, reason_of
from sources.kraken.session import Known
from sources.kraken.token import Token, TokenClient
from sources.recorder import Item

log = logging.getLogger("leadline.sources.kraken")

EXAMPLE = "wss://ws-l3.kraken.com/v2"  # of an address
FRESH_TRIES = 2  # tokens that are not accepted, before it is taken for a fault that will stay
TOKENS_HIDDEN = 4  # of the newest: what the venue repeats of them is struck out
NOTHING_DECIDED = (
    "no score and no exits until Level 3 is back; to go on with Level 2, restart with feed.level L2 and without -r"
)
REMIND_S = 60.0  # between reminders that nothing is decided without level3
DENIED_S, LONGEST_DENIED_S = 60.0, 600.0  # between attempts at what only a person can mend


class Level3Settings(NamedTuple):
    """What the level3 stream needs of the settings."""

    url: str
    rest_url: str
    depth: int  # as level3 offers it
    tier: str
    keys: Keys
    nonce_file: Path


class Level3Stream(Connection):
    """`served` once it has been heard; until then `why` says why not, and `hopeless` that it will not be."""

    feed = "level3"

    def __init__(
        self, settings: Level3Settings, link: Link, known: Known, queue: "SimpleQueue[Item]", counters: FeedCounters,
        wishes: Wishes, *, served: bool,
    ) -> None:  # fmt: skip
        super().__init__(link, queue, counters, wishes, Backoff(budget=LEVEL3_BUDGET))
        self._client = TokenClient(
            settings.rest_url, settings.keys, NonceFile(settings.nonce_file), timeout_s=link.connect_timeout
        )
        self._known = Level3Known(known, settings.depth, Budget(settings.tier, settings.depth))
        self._tokens: deque[Token] = deque(maxlen=TOKENS_HIDDEN)  # the newest first
        self._session: Level3Session | None = None
        self._resumed = served
        self._fresh_refused = 0
        self._not_before = 0.0
        self._denied_s = DENIED_S
        self._told_reason: str | None = None
        self._remind_at = 0.0
        self.denied: Denied | None = None
        self.hopeless = False

    @property
    def served(self) -> bool:
        """Whether level3 has been subscribed to, now or before the run was resumed."""
        self._resumed = self._resumed or (self._session is not None and self._session.served)
        return self._resumed

    @property
    def why(self) -> Denied | None:
        """Why there is no level3 yet: what ended it for good, else the venue's newest word on a subscription."""
        refusal = None if self.hopeless or self._session is None else self._session.refusal
        return refusal or self.denied

    def _delay(self, now: float) -> float:
        return max(self._backoff.delay(now), self._not_before - now)

    def _ready(self) -> bool:
        try:
            self._tokens.appendleft(self._client.fetch())
        except Denied as e:
            self._refused(e)
            return False
        return True

    def _not_connected(self, cause: Exception) -> None:
        self._refused(Denied("unreachable", f"cannot connect to {self._link.url}: {text_of(cause)}"))

    def _conversation(self, now: float) -> Conversation:
        self._session = Level3Session(self._known, self._tokens[0], now)  # `_ready` came first
        return self._session

    def _told(self, frame: bytes) -> bytes:
        for token in self._tokens:
            frame = token.value.hidden_in(frame)
        return frame

    def _ended(self, conversation: Conversation, reason: str, refusal: FeedError | None) -> None:
        """Say on the tape why a connection ended, without the token that the venue may have repeated."""
        reason = self._hidden(reason)
        if reason.startswith("closed: "):
            reason = reason_of(reason) or reason
            if reason == "token_invalid" and self.served:
                reason = "token_revoked"
        if isinstance(refusal, Denied):
            reason = refusal.reason
        self._told_reason = reason
        self._put(records.DISCONNECTED, msgspec.json.encode({"reason": reason, "feed": self.feed}))
        if reason == "stopped":
            return
        why = str(refusal) if refusal is not None else IN_WORDS.get(reason) or WAY_OUT.get(reason) or reason
        log.log(logging.WARNING if self.served else logging.INFO, "level3 connection to %s lost: %s", self._link.url,
                why, extra={"event": "disconnected", "reason": reason})  # fmt: skip
        served = self._session is not None and self._session.served
        self._fresh_refused = self._fresh_refused + 1 if reason in TOKEN and not served else 0
        denied = Denied(reason if reason in WAY_OUT else "unreachable", "" if why == WAY_OUT.get(reason) else why)
        self._refused(refusal if isinstance(refusal, Denied) else denied, tell=False)

    def _hidden(self, text: str) -> str:
        for token in self._tokens:
            text = token.value.hidden(text)
        return text

    def _refused(self, denied: Denied, *, tell: bool = True) -> None:
        """Take note of why there is no level3 now."""
        self.denied = denied
        stays = denied.for_good or self._fresh_refused >= FRESH_TRIES
        self.hopeless = stays and not self.served
        now = time.monotonic()
        self._not_before = now + denied.wait_s
        if stays:
            self._not_before = max(self._not_before, now + self._denied_s)
            self._denied_s = min(LONGEST_DENIED_S, 2 * self._denied_s)
        else:
            self._denied_s = DENIED_S
        if self.served:
            self._remind(now)
        if tell and self.served and denied.reason != self._told_reason:
            self._tell(denied)

    def _remind(self, now: float) -> None:
        """Say what the line does without level3, now and again as long as it cannot be had."""
        if now >= self._remind_at:
            self._remind_at = now + REMIND_S
            log.warning(NOTHING_DECIDED, extra={"event": "level3_missing"})

    def _tell(self, denied: Denied) -> None:
        """Say why the line waits for level3, on the tape too: once for each reason."""
        self._told_reason = denied.reason
        self._put(records.DISCONNECTED, msgspec.json.encode({"reason": denied.reason, "feed": self.feed}))
        log.warning("no level3: %s", denied, extra={"event": "level3_denied", "reason": denied.reason})
