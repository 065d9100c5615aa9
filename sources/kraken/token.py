"""Token: what opens level3, asked for over REST with the API key; a fresh one for each connection.

Kraken's answer is `{"error":[],"result":{"token":"..","expires":900}}`; errors are texts such as
`EAPI:Invalid key`. Whatever goes wrong is a `Denied` with its reason and one line, without a secret.
"""

import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

from leadline.errors import StoreError
from sources.kraken.keys import Keys, Secret
from sources.kraken.nonce import NonceFile
from sources.kraken.refusals import Denied, reason_of
from sources.kraken.signing import sign

PATH = "/0/private/GetWebSocketsToken"
TIMEOUT_S = 10.0
LIFE_S = 900.0  # of a token that is not used, where the answer does not say
SKEW_S = 30.0  # a clock so far off explains an invalid nonce
LOCKOUT_S = 900.0  # EGeneral:Temporary lockout
RATE_S = 15.0  # the private counter falls by a third to one a second


class Token(NamedTuple):
    """A token, and until when it opens a subscription, on the monotonic clock."""

    value: Secret
    good_until: float


class TokenClient:
    """Asks for tokens."""

    def __init__(
        self, base_url: str, keys: Keys, nonces: NonceFile, *, timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._base_url = base_url
        self._keys = keys
        self._nonces = nonces
        self._clock = clock
        self._timeout_s = timeout_s

    def fetch(self) -> Token:
        """Return a fresh token; raises Denied. A nonce that lost a race against another request is tried once more."""
        try:
            return self._fetch()
        except Denied as e:
            if e.reason != "invalid_nonce":
                raise
        return self._fetch()

    def _fetch(self) -> Token:
        response = self._post()
        try:
            answer = response.json()
        except ValueError:
            answer = None
        errors = answer.get("error") if isinstance(answer, dict) else None
        if errors:
            raise self._denied(errors, response)
        if response.status_code != 200:
            raise self._no_answer(response)
        result = answer.get("result") if isinstance(answer, dict) else None
        text = result.get("token") if isinstance(result, dict) else None
        if not isinstance(text, str) or not text:
            raise Denied("refused", f"{self._base_url}{PATH} gave no token")
        expires = result.get("expires") if isinstance(result, dict) else None
        life_s = float(expires) if isinstance(expires, int | float) and expires > 0 else LIFE_S
        return Token(Secret(text), time.monotonic() + life_s)

    def _post(self) -> httpx.Response:
        try:
            nonce = self._nonces.next()
        except StoreError as e:
            raise Denied("nonce_not_kept", str(e)) from e
        body = f"nonce={nonce}"
        headers = {
            "API-Key": self._keys.key.reveal(), "API-Sign": sign(PATH, nonce, body, self._keys.secret_bytes()),
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        try:
            with httpx.Client(timeout=self._timeout_s, follow_redirects=False) as client:  # the key goes nowhere else
                return client.post(self._base_url + PATH, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            text = self._keys.hidden(str(e)) or type(e).__name__
            raise Denied("unreachable", f"{self._base_url} did not answer: {text}") from None

    def _no_answer(self, response: httpx.Response) -> Denied:
        code = response.status_code
        reason = "rate_limited" if code == 429 else "unreachable" if code >= 500 else "refused"
        return Denied(reason, f"{self._base_url} answered HTTP {code}", RATE_S if code == 429 else 0.0)

    def _denied(self, errors: Any, response: httpx.Response) -> Denied:
        text = self._keys.hidden(", ".join(map(str, errors)) if isinstance(errors, list) else str(errors))[:200]
        reason = reason_of(text) or "refused"
        if reason == "counter_exceeded":
            return Denied("rate_limited", text, LOCKOUT_S if "lockout" in text.lower() else RATE_S)
        if reason == "invalid_nonce":
            skew_s = self._skew_s(response)
            if skew_s is not None and abs(skew_s) > SKEW_S:
                words = f"{text}; it is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} {self._base_url}"
                return Denied("clock_skew", words)
        detail = f"{text}, key {self._keys.key.masked}" if reason in ("invalid_key", "permission_denied") else text
        return Denied(reason, detail)

    def _skew_s(self, response: httpx.Response) -> float | None:
        """Return how far our clock is ahead of the server's, None where it does not tell."""
        try:
            said = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return None
        return self._clock() - (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
