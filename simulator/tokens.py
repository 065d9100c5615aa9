"""Tokens: who may subscribe to level3, and how fast.

A token is had from the private REST endpoint. It lets in for 15 minutes, and for as long as a
connection that it let in keeps a subscription. It may be revoked at any time. Each API key has a
counter for REST, which falls with time, and one for subscriptions, over the last second.

Used by the threads of REST and by the loop of the websockets at once. Times are seconds of the
monotonic clock.
"""

import base64
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

TOKEN_S = 900.0
REST_MAX, REST_DECAY = 15.0, 0.33  # the counter of Kraken's lowest tier; every call costs 1
SUBSCRIPTION_LIMITS = {"standard": 200, "pro": 500}  # cost of subscriptions in one second
DEPTH_COSTS = {10: 5, 100: 25, 1000: 100}  # of one symbol
WINDOW_S = 1.0
INVALID_SESSION = "ESession:Invalid session"  # the venue's word for a token that does not let in


class Counter:
    """A counter that falls by `decay` a second and may not exceed its maximum."""

    def __init__(self, maximum: float, decay: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._maximum = maximum
        self._decay = decay
        self._clock = clock
        self._count = 0.0
        self._at_s = clock()

    def take(self) -> bool:
        """Count one call; return whether it is allowed."""
        now_s = self._clock()
        self._count = max(0.0, self._count - (now_s - self._at_s) * self._decay) + 1.0
        self._at_s = now_s
        return self._count <= self._maximum


class Budget:
    """What subscriptions may cost within one second."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()

    def take(self, cost: int) -> bool:
        """Spend this much, unless it is too much; then it costs nothing."""
        now_s = self._clock()
        while self._spent and self._spent[0][0] <= now_s - WINDOW_S:
            self._spent.popleft()
        if cost + sum(spent for _, spent in self._spent) > self._limit:
            return False
        self._spent.append((now_s, cost))
        return True


@dataclass
class ApiKey:
    """A customer's key, and what is remembered of its use. Its secret is not shown."""

    key: str
    secret: str = field(repr=False)  # base64
    permitted: bool = True  # "Access WebSockets API"
    more: tuple[str, ...] = ()  # what else it may, as Kraken names it: "query-funds", "modify-trades"
    last_nonce: int = 0

    @property
    def permissions(self) -> list[str]:
        """Return all that it may."""
        return [*(["create-ws-token"] if self.permitted else []), *self.more]

    @classmethod
    def generated(cls) -> "ApiKey":
        """Return a key that nobody else has, of the lengths that Kraken's have."""
        return cls(
            base64.b64encode(secrets.token_bytes(42)).decode(), base64.b64encode(secrets.token_bytes(64)).decode()
        )


@dataclass
class _Token:
    key: str
    issued_s: float
    users: set[Hashable] = field(default_factory=set)  # connections that it let in


class TokenOffice:
    """Issues tokens to the holders of one venue's keys, and says whom a token lets in."""

    def __init__(
        self, keys: list[ApiKey], *, tier: str = "standard", valid_s: float = TOKEN_S,
        rest_max: float = REST_MAX, rest_decay: float = REST_DECAY, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.keys = {key.key: key for key in keys}
        self.valid_s = valid_s
        self.lock = threading.RLock()
        self.counters = {key.key: Counter(rest_max, rest_decay, clock) for key in keys}
        self._budgets = {key.key: Budget(SUBSCRIPTION_LIMITS[tier], clock) for key in keys}
        self._clock = clock
        self._tokens: dict[str, _Token] = {}

    def issue(self, key: str) -> str:
        """Return a new token of a key."""
        with self.lock:
            token = secrets.token_urlsafe(32)
            self._tokens[token] = _Token(key, self._clock())
            return token

    def admits(self, token: str) -> bool:
        """Return whether a token lets in now."""
        with self.lock:
            found = self._tokens.get(token)
            return found is not None and (bool(found.users) or self._clock() - found.issued_s < self.valid_s)

    def use(self, token: str, user: Hashable, cost: int) -> bool:
        """Let a connection subscribe by a token that admits; return whether its key's budget allows the cost."""
        with self.lock:
            found = self._tokens[token]
            if not self._budgets[found.key].take(cost):
                return False
            found.users.add(user)
            return True

    def leave(self, user: Hashable) -> None:
        """Take note that a connection has no subscription any more."""
        with self.lock:
            for token in self._tokens.values():
                token.users.discard(user)

    def revoke(self) -> None:
        """Make every token void."""
        with self.lock:
            self._tokens.clear()
