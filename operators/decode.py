"""Decode: records of the tape become moments of the line.

Stateless: a frame's bytes alone say what it is.
"""

from collections.abc import Callable
from typing import Any

import bytewax.operators as op
import msgspec
from bytewax.operators import KeyedStream

from leadline import moment as kinds
from leadline.events import (
    Ack,
    BookMessage,
    Heartbeat,
    Ignored,
    Instruments,
    OrderMessage,
    Rejected,
    Status,
    Trades,
)  # fmt: skip
from leadline.instrument import Instrument
from leadline.moment import Moment
from leadline.records import END, FRAME, PRECISIONS, START, TICK, Record, Start

Codec = Callable[[bytes], Any]  # a frame -> an event, or a list of events

_KINDS: dict[type, int] = {
    BookMessage: kinds.BOOK, OrderMessage: kinds.ORDERS, Trades: kinds.TRADES, Instruments: kinds.INSTRUMENTS,
    Ack: kinds.ACK, Status: kinds.STATUS, Heartbeat: kinds.HEARTBEAT, Ignored: kinds.IGNORED, Rejected: kinds.REJECTED,
}  # fmt: skip


def decode_records(records: list[Record], codec: Codec) -> list[Moment]:
    """Return the moments of some records, in order; a frame with several events gives several."""
    moments: list[Moment] = []
    append, book, orders, known = moments.append, kinds.BOOK, kinds.ORDERS, _KINDS
    for r in records:
        kind = r.kind
        if kind == FRAME:
            event = codec(r.payload)
            if type(event) is BookMessage:
                append(Moment(r.seq, book, r.conn, r.wall_ns, r.mono_ns, r.payload, event, event.symbol))
                continue
            if type(event) is OrderMessage:
                append(Moment(r.seq, orders, r.conn, r.wall_ns, r.mono_ns, r.payload, event, event.symbol))
                continue
            for one in event if isinstance(event, list) else (event,):
                symbol = getattr(one, "symbol", None)
                append(Moment(r.seq, known[type(one)], r.conn, r.wall_ns, r.mono_ns, r.payload, one, symbol))
        else:
            append(Moment(r.seq, kind, r.conn, r.wall_ns, r.mono_ns, r.payload, _payload(r), None))
    return moments


def _payload(record: Record) -> Any:
    if record.kind == TICK or (record.kind == END and not record.payload):
        return None
    if record.kind == START:
        return msgspec.json.decode(record.payload, type=Start)
    if record.kind == PRECISIONS:
        return msgspec.json.decode(record.payload, type=dict[str, Instrument])
    return record.json()


def decode(step_id: str, up: KeyedStream[list[Record]], codec: Codec) -> KeyedStream[list[Moment]]:
    """Turn the source's records into moments.

    `up: (line, [Record])` -> `(line, [Moment])`; no state.
    """
    return op.map_value(step_id, up, lambda records: decode_records(records, codec))
