"""Frames that cannot be taken, as rejects that say why and whose they were as far as the frame still tells."""

import re

import msgspec

from leadline.events import Rejected

HEAD_BYTES = 4096  # of a frame that is no JSON, searched for whose it was
_CHANNEL = re.compile(rb'"channel"\s*:\s*"([a-z0-9_]{1,30})"')
_SYMBOL = re.compile(rb'"symbol"\s*:\s*"([A-Z0-9.]{1,15}/[A-Z0-9.]{1,15})"')

_decode_any = msgspec.json.Decoder().decode


def unreadable(frame: bytes, detail: str) -> Rejected:
    """Return a reject of what is no JSON, with the symbol and channel that its beginning still tells."""
    head = frame[:HEAD_BYTES]
    channel, symbol = _CHANNEL.search(head), _SYMBOL.search(head)
    return Rejected("invalid_json", detail, frame, symbol and symbol[1].decode(), channel and channel[1].decode())


def rejected(frame: bytes, reason: str, detail: str, channel: str | None = None) -> Rejected:
    """Return a reject that names the symbol and channel where the frame still tells them."""
    try:
        tree = _decode_any(frame)
        channel = channel or (tree.get("channel") if isinstance(tree.get("channel"), str) else None)
        data = tree.get("data")
        symbol = data[0].get("symbol") if isinstance(data, list) and data and isinstance(data[0], dict) else None
    except (msgspec.MsgspecError, AttributeError, RecursionError, UnicodeDecodeError):
        symbol = None
    return Rejected(reason, detail, frame, symbol if isinstance(symbol, str) else None, channel)
