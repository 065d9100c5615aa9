"""Private REST: signed requests with the API key; what goes wrong is a `Denied` in one line, without a secret.

Kraken's answer is `{"error":[],"result":{..}}`; errors are texts such as `EAPI:Invalid key`. Nothing
here sends anything but questions: no order, no change of one.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from leadline.errors import StoreError
from sources.kraken.keys import Keys
from sources.kraken.nonce import NonceFile
from sources.kraken.refusals import Denied, reason_of
from sources.kraken.signing import sign

TIMEOUT_S = 10.0
SKEW_S = 30.0  # a clock so far off explains an invalid nonce
LOCKOUT_S = 900.0  # EGeneral:Temporary lockout
RATE_S = 15.0  # the private counter falls by a third to one a second


class PrivateClient:
    """Asks what only the holder of a key may ask."""

    def __init__(
        self, base_url: str, keys: Keys, nonces: NonceFile, *, timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._base_url = base_url
        self._keys = keys
        self._nonces = nonces
        self._clock = clock
        self._timeout_s = timeout_s

    def ask(self, path: str, fields: Mapping[str, str] | None = None) -> Any:
        """Return the result of a request; raises Denied.

        A nonce that lost a race against another request is tried once more.
        """
        try:
            return self._ask(path, fields or {})
        except Denied as e:
            if e.reason != "invalid_nonce":
                raise
        return self._ask(path, fields or {})

    def _ask(self, path: str, fields: Mapping[str, str]) -> Any:
        response = self._post(path, fields)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        errors = answer.get("error") if isinstance(answer, dict) else None
        if errors:
            raise self._denied(errors, response)
        if response.status_code != 200:
            raise self._no_answer(response)
        return answer.get("result") if isinstance(answer, dict) else None

    def _post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        try:
            nonce = self._nonces.next()
        except StoreError as e:
            raise Denied("nonce_not_kept", str(e)) from e
        body = urlencode({"nonce": nonce, **fields})
        headers = {
            "API-Key": self._keys.key.reveal(), "API-Sign": sign(path, nonce, body, self._keys.secret_bytes()),
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        try:
            with httpx.Client(timeout=self._timeout_s, follow_redirects=False) as client:  # the key goes nowhere else
                return client.post(self._base_url + path, content=body, headers=headers)
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
        detail = f"{self._base_url} said {text}"
        if reason in ("invalid_key", "permission_denied"):
            detail += f", key {self._keys.key.masked}"
        return Denied(reason, detail)

    def _skew_s(self, response: httpx.Response) -> float | None:
        """Return how far our clock is ahead of the server's, None where it does not tell."""
        try:
            said = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return None
        return self._clock() - (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
