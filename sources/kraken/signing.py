"""Signing: Kraken's API-Sign header, which proves that a private request is of the key's owner. Pure."""

import base64
import hashlib
import hmac


def sign(path: str, nonce: int, body: str, secret: bytes) -> str:
    """Return API-Sign: the HMAC-SHA512 of path and SHA256(nonce + body) under the decoded secret, in base64.

    `body` is the form as it is sent, `nonce=...` included.
    """
    digest = hashlib.sha256(f"{nonce}{body}".encode()).digest()
    return base64.b64encode(hmac.new(secret, path.encode() + digest, hashlib.sha512).digest()).decode()
