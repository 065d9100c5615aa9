"""Records: what is on the tape, and how one looks as bytes.

The tape is the only input of the line. Whatever can change a decision is one of these
records, in one order, and everything behind the source is a pure function of them. This
module knows their bytes; files and folders are `sources.tape`'s.

A record on disk is a header of 29 bytes, little-endian, and its payload:

    u32 length of the payload | u32 CRC-32 of the rest of the header and the payload |
    u8 kind | u32 connection | i64 wall clock, ns | i64 monotonic clock, ns | payload

A frame's payload is the websocket message exactly as received; every other payload is JSON.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

FORMAT_VERSION = 1

START = 1  # JSON `Start`: who runs, with which decision config
FRAME = 2  # a message as received
CONNECTED = 3  # JSON {"venue", "url", "feed"}: the connection's books start empty; feed: public (default) | level3
DISCONNECTED = 4  # JSON {"reason"}
TICK = 5  # empty: one second of the tape's clock went by
HISTORY = 6  # JSON {"symbol", "interval_s", "candles": [[open_s, o, h, l, c, vwap, volume, n], ...]}
PRECISIONS = 7  # JSON {symbol: Instrument}
BIAS = 8  # JSON: a bias comes into force
COMMAND = 9  # JSON: a person's command
END = 10  # JSON {"reason"}: the tape ends here on purpose
GAP = 11  # JSON {"reason", "where"}: made by a reader where records are missing or damaged
OVERSIZE = 12  # JSON {"bytes", "head"}: a frame over the size limit; its first bytes only

KIND_NAMES = {
    START: "start", FRAME: "frame", CONNECTED: "connected", DISCONNECTED: "disconnected",
    TICK: "tick", HISTORY: "history", PRECISIONS: "precisions", BIAS: "bias",
    COMMAND: "command", END: "end", GAP: "gap", OVERSIZE: "oversize",
}  # fmt: skip

_LENGTH_CRC = struct.Struct("<II")
_BODY = struct.Struct("<BIqq")
_HEADER = struct.Struct("<IIBIqq")
HEADER_SIZE = _HEADER.size
MAX_PAYLOAD = 1 << 28  # a longer length is damage, not a record


class Record(msgspec.Struct, gc=False):
    """One record of the tape; `seq` is its number, from 0, and not stored with it."""

    seq: int
    kind: int
    conn: int
    wall_ns: int
    mono_ns: int
    payload: bytes

    def json(self) -> Any:
        """Return the payload of a record that is not a frame."""
        return msgspec.json.decode(self.payload)


class Start(msgspec.Struct, kw_only=True):
    """The payload of a start record: all that a decision may know besides the market."""

    tape_id: str
    run_id: str
    version: str
    line: str
    mode: str  # live | simulator | replay: of the run, so a replay writes its own
    venue: str  # kraken | simulator: whose market the tape holds
    symbols: list[str]
    config_hash: str
    decision: dict[str, Any]  # the deciding sections of the settings, see settings.decision()
    depth: int = 25  # price levels a side that the books are subscribed with
    level: str = "L2"  # L2 | L3: whether the line's books come from price levels or from single orders
    account: dict[str, Any] = msgspec.field(default_factory=dict)  # equity_quote, latch, ...
    open_trades: list[Any] = msgspec.field(default_factory=list)
    advice: list[Any] = msgspec.field(default_factory=list)  # open, with the trades that play its roads not taken
    calibration: dict[str, Any] | None = None
    positions: list[Any] = msgspec.field(default_factory=list)  # that a person declared
    cooldown: dict[str, int] = msgspec.field(default_factory=dict)  # until when a symbol gives no signal, ns


class DamagedRecord(Exception):
    """The bytes at `offset` are not a whole record; `truncated` when they merely end early."""

    def __init__(self, offset: int, reason: str, truncated: bool) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.offset = offset
        self.reason = reason
        self.truncated = truncated


def encode(kind: int, conn: int, wall_ns: int, mono_ns: int, payload: bytes = b"") -> bytes:
    """Return one record as bytes."""
    body = _BODY.pack(kind, conn, wall_ns, mono_ns) + payload
    return _LENGTH_CRC.pack(len(payload), zlib.crc32(body)) + body


def encode_json(kind: int, conn: int, wall_ns: int, mono_ns: int, payload: Any) -> bytes:
    """Return one record with a JSON payload as bytes."""
    return encode(kind, conn, wall_ns, mono_ns, msgspec.json.encode(payload))


def decode(data: bytes, offset: int, seq: int) -> Iterator[tuple[Record, int]]:
    """Yield (record, offset behind it) from `data`; raise DamagedRecord at the first that is not whole."""
    unpack, size, end, crc32 = _HEADER.unpack_from, HEADER_SIZE, len(data), zlib.crc32
    while offset < end:
        if end - offset < size:
            raise DamagedRecord(offset, "truncated header", True)
        length, crc, kind, conn, wall_ns, mono_ns = unpack(data, offset)
        stop = offset + size + length
        if length > MAX_PAYLOAD:
            raise DamagedRecord(offset, "impossible length", False)
        if stop > end:
            raise DamagedRecord(offset, "truncated payload", True)
        if crc32(data[offset + 8 : stop]) != crc:
            raise DamagedRecord(offset, "checksum does not match", False)
        yield Record(seq, kind, conn, wall_ns, mono_ns, data[offset + size : stop]), stop
        offset = stop
        seq += 1
