"""Private REST: what a key's holder may ask, its signature, nonce and errors.

A token for level3, what the key may do, which needs no permission, and the fees that its account pays.

Checked in this order: the key, the signature, the nonce, the rate, the permission. What is refused
as unsigned or stale costs nothing of the rate.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from simulator.terms import Terms
from simulator.tokens import ApiKey, TokenOffice

PREFIX = "/0/private/"
TOKEN_PATH = f"{PREFIX}GetWebSocketsToken"
KEY_INFO_PATH = f"{PREFIX}GetApiKeyInfo"
VOLUME_PATH = f"{PREFIX}TradeVolume"
NEEDS = {TOKEN_PATH: "create-ws-token", KEY_INFO_PATH: None, VOLUME_PATH: "query-funds"}  # a permission
INVALID_KEY = "EAPI:Invalid key"
INVALID_SIGNATURE = "EAPI:Invalid signature"
INVALID_NONCE = "EAPI:Invalid nonce"
RATE_LIMIT = "EAPI:Rate limit exceeded"
PERMISSION_DENIED = "EGeneral:Permission denied"
UNKNOWN_METHOD = "EGeneral:Unknown method"
NONCES, NONCE_DIGITS = range(1, 1 << 64), 20


def signature(secret: str, path: str, nonce: str, body: bytes) -> str:
    """Return API-Sign: the HMAC-SHA512 of the path and the SHA-256 of nonce and body, in base64."""
    message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
    return base64.b64encode(hmac.new(base64.b64decode(secret), message, hashlib.sha512).digest()).decode()


def answer(office: TokenOffice, terms: Terms, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the answer to a POST; header names in lower case."""
    with office.lock:
        key = office.keys.get(headers.get("api-key", ""))
        if key is None:
            return _error(INVALID_KEY)
        refusal = _refusal(office, key, path, headers.get("api-sign", ""), body)
        if refusal is not None:
            return _error(refusal)
        return {"error": [], "result": _result(office, terms, key, path, body)}


def _result(office: TokenOffice, terms: Terms, key: ApiKey, path: str, body: bytes) -> dict[str, Any]:
    if path == TOKEN_PATH:
        return {"token": office.issue(key.key), "expires": round(office.valid_s)}
    if path == KEY_INFO_PATH:
        return {
            "apiKeyName": "loopback",
            "apiKey": key.key,
            "nonce": str(key.last_nonce),
            "permissions": key.permissions,
        }
    pairs = [pair for pair in _field(body, "pair").split(",") if pair]
    taker, maker = terms.fees()
    return {
        "currency": "ZUSD", "volume": f"{terms.volume:.4f}", "fees": {pair: {"fee": f"{taker:.4f}"} for pair in pairs},
        "fees_maker": {pair: {"fee": f"{maker:.4f}"} for pair in pairs},
    }  # fmt: skip


def _field(body: bytes, name: str) -> str:
    return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[-1]


def _error(text: str) -> dict[str, Any]:
    return {"error": [text]}


def _refusal(office: TokenOffice, key: ApiKey, path: str, given: str, body: bytes) -> str | None:
    """Return why a request with a known key is refused, None where it is not; remembers its nonce."""
    nonce = _field(body, "nonce")
    if not hmac.compare_digest(signature(key.secret, path, nonce, body).encode(), given.encode()):
        return INVALID_SIGNATURE
    number = int(nonce) if nonce.isascii() and nonce.isdigit() and len(nonce) <= NONCE_DIGITS else 0
    if number not in NONCES or number <= key.last_nonce:
        return INVALID_NONCE
    key.last_nonce = number
    if not office.counters[key.key].take():
        return RATE_LIMIT
    if path not in NEEDS:
        return UNKNOWN_METHOD
    needed = NEEDS[path]
    return None if needed is None or needed in key.permissions else PERMISSION_DENIED
