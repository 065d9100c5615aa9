"""Tape: hours of the simulated market as the bytes of a tape, in virtual time.

Everything behind the start record, which is the source's: connected, precisions, the answers to
subscribing, a bias where one is asked for, a snapshot for each symbol, book and trade frames, a tick at
every whole second, end.
On level 3 the books are frames of `level3`, on a connection of their own beside the public one.
The same spec gives the same bytes, so resuming is skipping records; and a symbol's frames, their
receipt included, are the same whatever other symbols there are. Times in ns since the epoch, UTC.

    python -m simulator.tape --seed 7 --hours 8 --symbols BTC/USD,ETH/USD --depth 25 > records
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from typing import Any, Literal

import msgspec

from leadline import records
from leadline.bias import BIAS_NUMBER, Bias
from leadline.times import HOUR_NS, SECOND_NS
from simulator.bias import bias_payload
from simulator.chance import Draw, dice
from simulator.frames import BookChannel, BookText, trade_text, trades_frame
from simulator.latency import Line
from simulator.market import Market
from simulator.stamps import Stamps
from simulator.tape_l3 import LEVEL3, PUBLIC, OrdersStream

START_NS = 1_767_571_200_000_000_000  # 2026-01-05T00:00:00Z, a Monday
CHUNK_BYTES = 64 * 1024
MONO_START_NS = 1_000_000_000_000  # the monotonic clock begins anywhere
DEFAULT_SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD")
ORDER_DEPTHS = (10, 100, 1000)  # that level3 has


class TapeSpec(msgspec.Struct, frozen=True):
    """All that decides a simulated tape's bytes."""

    seed: int = 7
    hours: float = 8.0
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    depth: int = 25
    predictability: float = 0.5
    start_ns: int = START_NS
    level: Literal["L2", "L3"] = "L2"
    density: float = 1.0  # steps of the market a second, times the usual: a sparse one moves alike, in fewer messages
    bias: Bias | None = None  # of each symbol, as the market opens

    @property
    def tape_id(self) -> str:
        """Return a name that another spec does not have; what is as usual is not part of it."""
        parts = msgspec.to_builtins(self)
        if self.level == "L2":
            del parts["level"]
        if self.density == 1.0:
            del parts["density"]
        if self.bias is None:
            del parts["bias"]
        return f"sim-{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:12]}"

    @property
    def subscribed_depth(self) -> int:
        """Return the depth of the books: on level 3 the least that is to be had and not below the one asked for."""
        if self.level == "L2":
            return self.depth
        return next((depth for depth in ORDER_DEPTHS if depth >= self.depth), ORDER_DEPTHS[-1])

    @property
    def end_ns(self) -> int:
        """Return the time at which the market ends."""
        return self.start_ns + int(self.hours * HOUR_NS)


class SymbolStream:
    """One symbol's frames, in order; nothing in here knows of another symbol."""

    conn = PUBLIC

    def __init__(self, symbol: str, spec: TapeSpec) -> None:
        self.market = Market(symbol, spec.seed, spec.start_ns, spec.predictability, spec.density)
        self._text = BookText(self.market)
        self._book = BookChannel(self._text, spec.depth)
        self._stamps = Stamps()
        draw: Draw = dice(spec.seed, symbol, "latency")
        self._line = Line(draw, spec.start_ns)
        self.event_ns = spec.start_ns
        self.frames: list[str] = [self._book.snapshot(self._stamps.text(spec.start_ns))]  # of the newest event
        self.received_ns = self._line.receipt(self.event_ns)

    def advance(self) -> None:
        """Go on to the next event that can be seen."""
        market, text, book, stamps = self.market, self._text, self._book, self._stamps
        while True:
            now_ns = market.step()
            text.follow()
            stamp = stamps.text(now_ns)
            update = book.update(stamp)
            frames = [update] if update is not None else []
            if market.trades:
                frames.insert(0, trades_frame([trade_text(t, market.instrument, stamp) for t in market.trades]))
            if frames:
                self.frames, self.event_ns = frames, now_ns
                self.received_ns = self._line.receipt(now_ns)
                return


def ack(result: dict[str, Any], stamp: str) -> dict[str, Any]:
    """Return the venue's answer to a subscription."""
    return {"method": "subscribe", "result": result, "success": True, "time_in": stamp, "time_out": stamp}


def stream_of(symbol: str, spec: TapeSpec) -> SymbolStream | OrdersStream:
    """Return a symbol's frames on the spec's level."""
    if spec.level == "L2":
        return SymbolStream(symbol, spec)
    return OrdersStream(
        symbol, seed=spec.seed, depth=spec.subscribed_depth, predictability=spec.predictability,
        start_ns=spec.start_ns, end_ns=spec.end_ns, density=spec.density,
    )  # fmt: skip


def opening(spec: TapeSpec, streams: Sequence[SymbolStream | OrdersStream]) -> Iterator[bytes]:
    """Yield what comes before the first frame."""
    split = spec.level == "L3"
    at, books_at = ((conn, spec.start_ns, MONO_START_NS) for conn in (PUBLIC, LEVEL3 if split else PUBLIC))
    says = {"venue": "simulator", "url": "simulator"}
    yield records.encode_json(records.CONNECTED, *at, says | {"feed": "public"} if split else says)
    pairs = {stream.market.symbol: stream.market.instrument for stream in streams}
    yield records.encode_json(records.PRECISIONS, *at, pairs)
    if split:
        yield records.encode_json(records.CONNECTED, *books_at, says | {"feed": "level3"})
    stamp, channel = Stamps().text(spec.start_ns), "level3" if split else "book"
    for symbol in spec.symbols:
        book = {"channel": channel, "depth": spec.subscribed_depth, "snapshot": True, "symbol": symbol}
        trade = {"channel": "trade", "snapshot": False, "symbol": symbol}
        yield records.encode_json(records.FRAME, *books_at, ack(book, stamp))
        yield records.encode_json(records.FRAME, *at, ack(trade, stamp))
    if spec.bias is not None:
        for market in (stream.market for stream in streams):
            said = bias_payload(market.instrument, spec.bias, market.value.price, spec.start_ns, spec.end_ns)
            yield records.encode_json(records.BIAS, 0, spec.start_ns, MONO_START_NS, said)


def encoded(spec: TapeSpec) -> Iterator[bytes]:
    """Yield the tape record by record."""
    streams = [stream_of(symbol, spec) for symbol in spec.symbols]
    yield from opening(spec, streams)
    encode, frame, tick, mono_shift = records.encode, records.FRAME, records.TICK, MONO_START_NS - spec.start_ns
    end_ns, wall_ns, next_tick_ns = spec.end_ns, spec.start_ns, spec.start_ns + SECOND_NS
    queue = [(stream.received_ns, at) for at, stream in enumerate(streams)]
    heapify(queue)
    while queue:
        wall_ns, at = queue[0]
        while next_tick_ns <= wall_ns and next_tick_ns <= end_ns:
            yield encode(tick, 0, next_tick_ns, next_tick_ns + mono_shift)
            next_tick_ns += SECOND_NS
        stream = streams[at]
        for text in stream.frames:
            yield encode(frame, stream.conn, wall_ns, wall_ns + mono_shift, text.encode())
        stream.advance()
        if stream.event_ns < end_ns:
            heapreplace(queue, (stream.received_ns, at))
        else:
            heappop(queue)
    while next_tick_ns <= end_ns:
        yield encode(tick, 0, next_tick_ns, next_tick_ns + mono_shift)
        next_tick_ns += SECOND_NS
    wall_ns = max(wall_ns, end_ns)
    yield records.encode_json(records.END, 0, wall_ns, wall_ns + mono_shift, {"reason": "end_of_market"})


def chunks(spec: TapeSpec, skip: int = 0) -> Iterator[bytes]:
    """Yield the tape from record `skip` on, in pieces of about 64 KiB, each of whole records."""
    parts: list[bytes] = []
    n_bytes = 0
    for record in encoded(spec):
        if skip > 0:
            skip -= 1
            continue
        parts.append(record)
        n_bytes += len(record)
        if n_bytes >= CHUNK_BYTES:
            yield b"".join(parts)
            parts, n_bytes = [], 0
    if parts:
        yield b"".join(parts)


def arguments() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m simulator.tape", description="Write a simulated market's tape.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--symbols", default=",".join(DEFAULT_SYMBOLS), help="separated by commas")
    parser.add_argument("--depth", type=int, default=25)
    parser.add_argument("--predictability", type=float, default=0.5)
    parser.add_argument("--start-ns", type=int, default=START_NS)
    parser.add_argument("--level", choices=("L2", "L3"), default="L2", help="books by price level, or by single orders")
    parser.add_argument("--density", type=float, default=1.0, help="steps of the market a second, times the usual")
    parser.add_argument("--bias", choices=tuple(BIAS_NUMBER), default=None, help="of each symbol, as it opens")
    parser.add_argument("--skip", type=int, default=0, help="records not to write, from the first")
    return parser


def main() -> int:
    """Write the tape to standard output."""
    given = arguments().parse_args()
    spec = TapeSpec(given.seed, given.hours, tuple(given.symbols.split(",")), given.depth, given.predictability,
                    given.start_ns, given.level, given.density, given.bias)  # fmt: skip
    try:
        for chunk in chunks(spec, given.skip):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader has what it wanted; nothing is left to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
