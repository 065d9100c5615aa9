"""Kraken's level3 frames: single orders, as snapshot and update. Pure; raises what `wire.decode` turns into rejects.

A snapshot lists the orders of each side; an update says of each order that it was added, modified
(to what is left of it) or deleted. A delete's quantity and time say nothing new and are not asked for.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from leadline.events import Event, Ignored, OrderChange, OrderMessage
from sources.kraken.timestamps import SECONDS, timestamp_ns


class _Frame(msgspec.Struct, gc=False):
    channel: Literal["level3"]
    type: Literal["snapshot", "update"]
    data: list[OrderMessage]


_decode = msgspec.json.Decoder(_Frame).decode


def orders(frame: bytes) -> Event | list[Event]:
    """Return what a level3 frame says.

    An update, as received::

        {"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","checksum":2143854316,"bids":[],
         "asks":[{"event":"delete","order_id":"OOZP53-FUXQT-BM3262","limit_price":75623.0,"order_qty":0.99200222,
         "timestamp":"2026-09-15T23:41:47.461426256Z"}],"timestamp":"2026-09-15T23:41:47.461653910Z"}]}
    """
    decoded = _decode(frame)
    snapshot, data = decoded.type == "snapshot", decoded.data
    for message in data:
        message.snapshot, at = snapshot, message.timestamp
        message.event_ns = None if at is None else _time_ns(at)
        for changes in (message.bids, message.asks):
            for change in changes:
                event, at = change.event, change.timestamp
                if event == "add" and at is not None and change.qty >= 0:  # most of them
                    change.time_ns = _time_ns(at)
                elif event != "delete":
                    _complete(change, snapshot)
    if len(data) == 1:
        return data[0]
    return [*data] or Ignored("level3")


def _complete(change: OrderChange, snapshot: bool) -> None:
    """Read the time of an order, and refuse one that does not say what happened, or to how much."""
    if change.qty < 0:
        raise ValueError(f"order {change.id} with no quantity, or one below nothing")
    if change.timestamp is not None:
        change.time_ns = _time_ns(change.timestamp)
    elif change.event == "modify":
        change.time_ns = 0
    else:
        raise ValueError(f"order {change.id} without timestamp")
    if change.event is None:
        if not snapshot:
            raise ValueError(f"order {change.id} without event")
        change.event = "add"


def _time_ns(text: str, known: Callable[[str], int | None] = SECONDS.get) -> int:
    """Return a time: with nanoseconds, of a second seen before, or the long way."""
    seconds = known(text[:19])
    return timestamp_ns(text) if seconds is None or len(text) != 30 else seconds + int(text[20:29])
