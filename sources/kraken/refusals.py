"""Refusals: why Kraken gives no level3, in one of a closed set of reasons, and what to do about each.

REST and the websocket word them alike: `EAPI:Invalid key`, `EGeneral:Permission denied`,
`ESession:Invalid session`, `EAPI:Rate limit exceeded`. The reasons are `leadline.trust.LEVEL3_REASONS`.
"""

from leadline.errors import FeedError

FOR_GOOD = (  # not mended by waiting
    "invalid_key", "invalid_signature", "invalid_nonce", "nonce_not_kept", "clock_skew", "permission_denied",
)  # fmt: skip
TOKEN = ("token_invalid", "token_expired", "token_revoked")  # a fresh one may help

WAY_OUT = {
    "no_key": "no API key is set: set KRAKEN_API_KEY and KRAKEN_API_SECRET, or feed.key_file",
    "invalid_key": "the venue does not know the API key: check KRAKEN_API_KEY or feed.key_file",
    "invalid_signature": "the API secret does not belong to the API key: check KRAKEN_API_SECRET or feed.key_file",
    "invalid_nonce": "another program uses this API key with higher nonces: create a key for Leadline alone",
    "nonce_not_kept": "no token is asked for without keeping its number: let storage.data_dir be written",
    "clock_skew": "the clock of this machine is wrong: set it",
    "permission_denied": 'the API key lacks the permission "Access WebSockets API": grant it, no other is needed',
    "rate_limited": "too many private requests with this API key: wait, or create a key for Leadline alone",
    "unreachable": "check the network, feed.rest_url and feed.level3_url",
    "token_invalid": "the token was not accepted: check that feed.rest_url and feed.level3_url are of one venue",
    "token_expired": "the token has expired: a new one is asked for",
    "token_revoked": "the token was revoked: a new one is asked for",
    "counter_exceeded": "too many subscriptions a second: check feed.level3_tier",
    "too_many_symbols": "a connection carries 200 symbols: name fewer in feed.symbols",
    "refused": "the venue refuses it without a reason that we know",
}


class Denied(FeedError):
    """Level3, or its token, is not to be had; `reason` is one of the closed set."""

    def __init__(self, reason: str, detail: str = "", wait_s: float = 0.0) -> None:
        super().__init__(f"{WAY_OUT[reason]} ({detail})" if detail else WAY_OUT[reason])
        self.reason = reason
        self.wait_s = wait_s  # at least, until it may be tried again

    @property
    def for_good(self) -> bool:
        """Whether waiting will not help."""
        return self.reason in FOR_GOOD


def reason_of(error: str) -> str | None:
    """Return the reason that an error's text means, None where it means none of ours.

    >>> reason_of("EGeneral:Permission denied"), reason_of("Exceeded msg rate"), reason_of("Already subscribed")
    ('permission_denied', 'counter_exceeded', None)
    """
    text = error.lower()
    for reason, marks in _MARKS:
        if all(any(word in text for word in words) for words in marks):
            return reason
    return None


_TOKENS = ("token", "session")
_MARKS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (  # every group by one of its words; the first wins
    ("permission_denied", (("permission denied",),)),
    ("invalid_key", (("invalid key",),)),
    ("invalid_signature", (("invalid signature",),)),
    ("invalid_nonce", (("invalid nonce",),)),
    ("token_expired", (_TOKENS, ("expired",))),
    ("token_revoked", (_TOKENS, ("revoked",))),
    ("token_invalid", (_TOKENS, ("invalid", "not found", "unknown", "stale", "missing"))),
    ("counter_exceeded", (("rate limit", " rate", "counter", "throttled", "too many requests", "lockout"),)),
    ("too_many_symbols", (("symbol", "pair"), ("too many", "maximum", "limit", "exceed"))),
    ("counter_exceeded", (("exceeded",),)),
    ("unreachable", (("unavailable", "busy"),)),
)  # fmt: skip
