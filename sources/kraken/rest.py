"""Kraken's public REST: one-minute candles for the warm-up, and the way to ask for anything else.

One request a second at most. Sources are I/O: an error here is a FeedError with a way out, and
the caller goes on without history, visibly warming up.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import httpx

from leadline.errors import FeedError
from sources.kraken.symbols import OLD_NAMES

KRAKEN_REST = "https://api.kraken.com"
KRAKEN_HOSTS = ("ws.kraken.com", "beta-ws.kraken.com")
TIMEOUT_S = 10.0
PACE_S = 1.0  # between requests
REST_NAMES = {new: old for old, new in OLD_NAMES.items()}  # v2's names as REST knows them


BUSY = ("Rate limit", "Too many requests", "EService:", "EGeneral:Internal error", "lockout")  # of an error's text


class Unanswered(FeedError):
    """No answer, or none for now: the same question may be answered later."""


def rest_url_for(url: str, configured: str | None) -> str | None:
    """Return the REST address that belongs to a feed, None where none is known."""
    if configured is not None:
        return configured.rstrip("/")
    return KRAKEN_REST if any(host in url for host in KRAKEN_HOSTS) else None


def pair_name(symbol: str) -> str:
    """Return the name under which REST takes a symbol.

    >>> pair_name("BTC/USD"), pair_name("ETH/USDT")
    ('XBTUSD', 'ETHUSDT')
    """
    base, _, quote = symbol.partition("/")
    return REST_NAMES.get(base, base) + REST_NAMES.get(quote, quote)


class RestClient:
    """Asks for history, politely."""

    def __init__(
        self, base_url: str, *, timeout_s: float = TIMEOUT_S, transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        self._base_url = base_url
        self._client = httpx.Client(timeout=timeout_s, transport=transport)
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def history(self, symbol: str) -> dict[str, Any]:
        """Return the payload of a history record: up to 720 closed one-minute candles, oldest first.

        Rows are [open_s, open, high, low, close, vwap, volume, n]; Kraken fills empty minutes
        with n = 0. The running candle, always the last row, is left out.
        """
        result = self.ask("/0/public/OHLC", {"pair": pair_name(symbol), "interval": "1"})
        rows: list[Any] = next((value for key, value in result.items() if key != "last"), [])
        try:
            candles = [[int(r[0]), *(_finite(x) for x in r[1:7]), int(r[7])] for r in rows[:-1]]
        except (TypeError, ValueError, LookupError) as e:
            raise FeedError(f"{self._base_url} gave candles of {symbol} that cannot be read: {e}") from e
        return {"symbol": symbol, "interval_s": 60, "candles": candles}

    def ask(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """Return the result of a request; raises FeedError, Unanswered where it is worth another try."""
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next = self._clock() + PACE_S
        try:
            response = self._client.get(self._base_url + path, params=query)
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as e:
            raise Unanswered(f"{self._base_url}{path} did not answer: {e}") from e
        if not isinstance(answer, dict) or answer.get("error"):
            error = answer.get("error") if isinstance(answer, dict) else "its answer is no JSON object"
            text = "; ".join(map(str, error)) if isinstance(error, list) else str(error)
            busy = any(sign in text for sign in BUSY)
            raise (Unanswered if busy else FeedError)(f"{self._base_url} {_refused(text[:200], query.get('pair'))}")
        result = answer.get("result")
        if not isinstance(result, dict):
            raise FeedError(f"{self._base_url}{path} gave no result")
        return result


def _refused(error: str, pair: str | None) -> str:
    """Return what an error says, in our words where it is known.

    >>> _refused("EQuery:Unknown asset pair", "FOOUSD"), _refused("EGeneral:Invalid arguments", None)
    ('does not list the pair FOOUSD (EQuery:Unknown asset pair)', 'refused: EGeneral:Invalid arguments')
    """
    if pair is not None and "Unknown asset pair" in error:
        return f"does not list the pair {pair} ({error})"
    return f"refused: {error}"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {text!r}")
    return value
