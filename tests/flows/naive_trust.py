"""What a tape shows to be wrong with a symbol's book, found a second time by the simplest means."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from leadline import records
from leadline.records import Record
from tests.simulator.naive_book import NaiveBook


class Found(NamedTuple):
    """Records by number: the verified book messages, and the first to show each fault, with its reason."""

    verified: set[int]
    faults: list[tuple[int, str]]


def found_on(tape: Iterable[Record], symbol: str, depth: int) -> Found:
    """Return what a subscriber who keeps text and sorts at every message finds wrong with a symbol's book."""
    result = Found(set(), [])
    book: NaiveBook | None = None
    last = ""
    for record in tape:
        if record.kind in (records.CONNECTED, records.DISCONNECTED):
            book = None
        if record.kind != records.FRAME or f'"{symbol}"'.encode() not in record.payload:
            continue
        try:
            message = json.loads(record.payload)
        except ValueError:
            continue
        if (message.get("result") or {}).get("channel") == "book":
            book = None
        if message.get("channel") != "book":
            continue
        (data,) = message["data"]
        if message["type"] == "snapshot":
            book, last = NaiveBook(depth), ""
        if book is None:
            continue
        reason = _fault(book, data.get("timestamp"), last, record.payload)
        if reason:
            result.faults.append((record.seq, reason))
            book = None
        else:
            result.verified.add(record.seq)
            last = data["timestamp"]
    return result


def _fault(book: NaiveBook, timestamp: object, last: str, frame: bytes) -> str:
    if not isinstance(timestamp, str):
        return "rejected_frame"
    if timestamp <= last:
        return "reordered" if timestamp < last else ""  # the same once more
    try:
        book.apply(frame)
    except AssertionError:  # a level that was not there, or the checksum
        return "checksum_mismatch"
    bid, ask = book.touch()
    return "crossed" if bid >= ask else ""
