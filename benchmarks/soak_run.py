"""One run of the level3 soak: the live source against the exchange, and two books of every symbol.

The source, its two connections, the decoder and the book stages are those of a real run. The line
decides on Level 3; a second book stage reads the public connection's `book` channel on the same
tape. Where both show a verified book of the same exchange timestamp, the price levels derived from
the single orders must have the checksum that the exchange gave for its own.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from flows.stages import book_stage
from flows.starting import start_record
from leadline import moment as kinds
from leadline import records
from leadline.checksum import book_checksum
from leadline.moment import BookView, Moment
from leadline.records import Record, Start
from leadline.settings import Settings
from operators.decode import decode_records
from simulator.exchange import Exchange
from sources.counters import FeedCounters
from sources.kraken import wire
from sources.kraken.keys import Keys
from sources.kraken.level3 import Level3Settings
from sources.kraken.stream import StreamSettings
from sources.live import LivePartition
from sources.live_plan import LivePlan
from sources.resyncs import ResyncQueue

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD", "SOL/USD", "DOGE/USD", "ADA/USD", "LTC/USD", "DOT/USD", "LINK/USD")
DEPTH = 10  # price levels: orders come into the depth and fall out of it all the time
BATCH = 512
AHEAD = 256  # frames that the exchange may be ahead of a listener who has caught up
BURST = 64
WAITING = 50_000  # books of one level that wait for the other's: seconds of them
FRAME_BYTES = 8 * 1024 * 1024
PATIENCE_S = 180.0  # for what never comes


class WaitingExchange(Exchange):
    """Lets its markets go on only as far as `until`, so that nobody falls behind."""

    until = 0  # frames

    async def work(self) -> None:
        """Go on, the symbols taking turns, while there is somebody to listen."""
        while True:
            for _ in range(BURST):
                if self.n_sent >= self.until or not any(desk.subscribed for desk in self._desks.values()):
                    break
                self._step(self.venue.turn(), time.time_ns())
            await asyncio.sleep(0.0 if self.n_sent < self.until else 0.001)


class SoakRun:
    """The run; `step` takes a batch. What is counted is of verified books only, unless it says otherwise."""

    def __init__(self, exchange: WaitingExchange, folder: Path) -> None:
        self._exchange = exchange
        self._resyncs = ResyncQueue()
        self._partition = LivePartition(_plan(exchange, folder), FeedCounters(), self._resyncs, None)
        self.orders = book_stage()
        self.levels = book_stage()
        self.events = 0  # orders that were added, modified or deleted
        self.messages = Counter[str]()  # by channel: each one's checksum was verified
        self.resyncs = Counter[str]()  # by reason
        self.rejects = Counter[str]()  # by reason
        self.health: list[tuple[str, str, str]] = []  # (symbol, state, reason) of order-by-order books
        self.level_health: list[tuple[str, str, str]] = []  # the same of the books of price levels
        self.compared = self.equal = 0
        self._derived: dict[tuple[str, int], BookView] = {}
        self._told: dict[tuple[str, int], int] = {}

    def close(self) -> None:
        """Stop listening."""
        self._partition.close()

    def verified(self, *symbols: str) -> bool:
        """Return whether these order-by-order books are verified now."""
        return bool(self.orders.books) and all(self.orders.books[symbol].trusted for symbol in symbols)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Take batches until something holds; raises TimeoutError."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > give_up:
                raise TimeoutError(f"never came: {what}; newest of the books: {self.health[-5:]}")
            self.step()

    def go_on(self, events: int) -> None:
        """Take batches until there were so many events, all in all."""
        while self.events < events:
            more = min(events, self.events + 1000)
            self.until(lambda n=more: self.events >= n, "more events")

    def step(self) -> None:
        """Take one batch, and let the exchange go on when we have caught up with it."""
        found = [record for _, batch in self._partition.next_batch() for record in batch]
        if len(found) < BATCH:
            self._exchange.until = self._exchange.n_sent + AHEAD
        moments = decode_records(found, wire.decode)
        self.orders.process(moments)
        for m in moments:
            self._take_orders(m)
        moments = decode_records([_at_level2(r) for r in found if not _of_level3(r)], wire.decode)
        self.levels.process(moments)
        for m in moments:
            self._take_levels(m)

    def _take_orders(self, m: Moment) -> None:
        for table, values in m.rows or ():
            if table == "resync":
                self._resyncs.put(values["seq"], values["symbol"], values["reason"])
                self.resyncs[values["reason"]] += 1
            elif table == "rejects":
                self.rejects[values["reason"]] += 1
            elif table == "feed_health" and values["channel"] == "book":
                self.health.append((values["symbol"], values["state"], values["reason"]))
        if m.kind == kinds.BOOK and m.view is not None:
            self.messages["level3"] += 1
            self.events += len(m.event.bids) + len(m.event.asks)
            key = (m.symbol or "", m.view.event_ns or 0)
            checksum = self._told.pop(key, None)
            if checksum is None:
                _keep(self._derived, key, m.view)
            else:
                self._compare(m.view, checksum)

    def _take_levels(self, m: Moment) -> None:
        for table, values in m.rows or ():
            if table == "feed_health" and values["channel"] == "book":
                self.level_health.append((values["symbol"], values["state"], values["reason"]))
        if m.kind == kinds.BOOK and m.view is not None:
            self.messages["book"] += 1
            key = (m.symbol or "", m.view.event_ns or 0)
            view = self._derived.pop(key, None)
            if view is None:
                _keep(self._told, key, m.event.checksum)
            else:
                self._compare(view, m.event.checksum)

    def _compare(self, view: BookView, checksum: int) -> None:
        self.compared += 1
        self.equal += derived_checksum(view) == checksum


def derived_checksum(view: BookView) -> int:
    """Return the checksum of a view's price levels as the `book` channel makes it."""
    asks = zip(map(abs, reversed(view.ask_keys)), reversed(view.ask_sizes), strict=True)
    bids = zip(reversed(view.bid_keys), reversed(view.bid_sizes), strict=True)
    return book_checksum(asks, bids)


def _keep(waiting: dict[tuple[str, int], Any], key: tuple[str, int], what: Any) -> None:
    waiting[key] = what
    if len(waiting) > WAITING:
        del waiting[next(iter(waiting))]


def _of_level3(record: Record) -> bool:
    return record.kind == records.FRAME and b'"level3"' in record.payload[:40]


def _at_level2(record: Record) -> Record:
    """Return a record as a line of Level 2 would have it."""
    if record.kind != records.START:
        return record
    start = msgspec.structs.replace(msgspec.json.decode(record.payload, type=Start), level="L2")
    return msgspec.structs.replace(record, payload=msgspec.json.encode(start))


def _plan(exchange: Exchange, folder: Path) -> LivePlan:
    start = start_record(Settings(), "soak", "benchmark")
    start.symbols, start.depth = list(SYMBOLS), DEPTH
    keys = Keys(exchange.key.key, exchange.key.secret)
    return LivePlan(
        stream=StreamSettings(exchange.url, list(SYMBOLS), DEPTH, 10.0, 10.0, FRAME_BYTES), start=start, tapes=folder,
        batch=BATCH, recoverable=False, rest_url=None, segment_bytes=1 << 26, segment_seconds=3600.0, record=False,
        level3=Level3Settings(exchange.level3_url, exchange.rest_url, DEPTH, "standard", keys, folder / "nonce"),
    )  # fmt: skip
