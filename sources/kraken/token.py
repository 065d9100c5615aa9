"""Token: what opens level3, asked for over REST with the API key; a fresh one for each connection.

Kraken's answer is `{"error":[],"result":{"token":"..","expires":900}}`. Whatever goes wrong is a
`Denied` with its reason and one line, without a secret.
"""

import time
from typing import NamedTuple

from sources.kraken.keys import Secret
from sources.kraken.private import PrivateClient
from sources.kraken.refusals import Denied

PATH = "/0/private/GetWebSocketsToken"
LIFE_S = 900.0  # of a token that is not used, where the answer does not say


class Token(NamedTuple):
    """A token, and until when it opens a subscription, on the monotonic clock."""

    value: Secret
    good_until: float


class TokenClient(PrivateClient):
    """Asks for tokens."""

    def fetch(self) -> Token:
        """Return a fresh token; raises Denied."""
        result = self.ask(PATH)
        text = result.get("token") if isinstance(result, dict) else None
        if not isinstance(text, str) or not text:
            raise Denied("refused", f"{self._base_url}{PATH} gave no token")
        expires = result.get("expires")
        life_s = float(expires) if isinstance(expires, int | float) else LIFE_S
        return Token(Secret(text), time.monotonic() + life_s)
