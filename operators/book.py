"""The book stage: applies every book message, verifies it, and keeps the trust of each symbol.

First on the line, so it also sets the tape's clock on every moment. What is wrong with a
symbol's data is decided here from the tape alone; the wish for a fresh snapshot leaves as a
`resync` row, which the live source obeys and a replay ignores. Books come from price levels or from
single orders, as the start record says; the frames of the other channel are ignored.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from leadline import moment as kinds
from leadline import records
from leadline.book import BadLevelError, InexactError, OrderBook
from leadline.events import BookMessage, OrderMessage, Rejected, Trades
from leadline.instrument import exact_units
from leadline.l3_book import QueueBook
from leadline.moment import Moment
from leadline.records import Start
from leadline.symbol_book import SymbolBook
from leadline.trust import VERIFIED, Trust, TrustBoard
from operators.feeds import Feeds
from operators.runs import RunCounts
from operators.standing import Standing

PROOFS = ("verified", "idle", "duplicate")  # outcomes after which a book is verified

ExactLevels = Callable[[bytes], list[tuple[str, list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]]]
SnapshotPrecision = Callable[[bytes, str], tuple[int, int]]


class BookStage(Standing):
    """Books of all symbols of a line; see `operators.line` for how a stage is driven."""

    def __init__(self, exact_levels: ExactLevels, snapshot_precision: SnapshotPrecision) -> None:
        super().__init__()
        self._exact_levels = exact_levels
        self._snapshot_precision = snapshot_precision
        self.clock_ns = 0
        self.venue_ns = 0
        self.depth = 0
        self._handlers = self._table()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_handlers"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handlers = self._table()

    def _table(self) -> dict[int, Callable[[Moment], None]]:
        return {
            kinds.BOOK: self._other_level, kinds.ORDERS: self._other_level, kinds.TRADES: self._trades,
            records.TICK: self._tick, records.START: self._start,
            records.CONNECTED: self._connected, records.DISCONNECTED: self._disconnected,
            records.GAP: self._gap, records.PRECISIONS: self._precisions, records.OVERSIZE: self._oversize,
            kinds.INSTRUMENTS: self._instruments, kinds.ACK: self._ack, kinds.REJECTED: self._rejected,
            records.END: self._end, records.COMMAND: self._command, records.BIAS: self._bias,
        }  # fmt: skip

    def process(self, moments: list[Moment]) -> None:
        """Set the clock, keep the books, and fill in view, age_ns and book_lost."""
        clock, venue, counts, feeds, handlers = self.clock_ns, self.venue_ns, self.counts, self.feeds, self._handlers
        book, public, books = feeds.kind, feeds.public, feeds.books
        handle_book = self._orders if feeds.split else self._book
        for m in moments:
            if m.wall_ns > clock:
                clock = m.wall_ns
            m.clock_ns = clock
            kind = m.kind
            if kind == book:
                handle_book(m)
            else:
                self.clock_ns = clock
                if kind in handlers:
                    handlers[kind](m)
                    if kind == records.START:  # begins new ones
                        counts, feeds = self.counts, self.feeds
                        book, public, books = feeds.kind, feeds.public, feeds.books
                        handle_book = self._orders if feeds.split else self._book
                if m.kind > kinds.BOOK:
                    counts.frame(m.kind)
            offset = public.offset_ns
            if public is not books:  # two connections: the one that is nearer to the venue's clock
                other = books.offset_ns
                if offset is None or (other is not None and other < offset):
                    offset = other
            if offset is None:
                offset = feeds.usual_ns
            if clock - offset > venue:
                venue = clock - offset
            m.venue_ns = venue
        self.clock_ns, self.venue_ns = clock, venue

    def finish(self) -> list[Moment]:
        """Hand the counts of the run to the stages behind, when the source ends."""
        m = Moment(-1, kinds.STOPPED, 0, self.clock_ns, 0, b"", self.counts.summary("stopped", self.books), None)
        m.clock_ns = m.venue_ns = self.clock_ns
        return [m]

    def telemetry(self) -> dict[str, Any]:
        """Return what the metrics should know of the feed."""
        return self.counts.telemetry(self.clock_ns, self.trust, self.books) | {"clock_ns": self.clock_ns}

    # -- the channel of the books

    def _orders(self, m: Moment) -> None:
        m.kind = kinds.BOOK  # for the stages behind, which see levels
        self._book(m)

    @staticmethod
    def _other_level(m: Moment) -> None:
        """Pass over a book of the level that the line does not decide on."""
        m.kind = kinds.IGNORED

    def _book(self, m: Moment) -> None:
        s = self.books.get(m.symbol or "")
        message: BookMessage | OrderMessage = m.event
        if s is None:
            self._refuse(m, Rejected("unknown_symbol", f"no such symbol on this line: {m.symbol}", m.payload))
            return
        if message.event_ns is not None:
            lag_ns = m.wall_ns - message.event_ns
            m.age_ns = self.feeds.books.observe(lag_ns)
            self.counts.lags_ns.append(lag_ns)
        try:
            if message.snapshot:
                outcome = self._snapshot(s, m, message)
            elif s.has_snapshot:
                outcome = s.update(message, m.clock_ns)
            else:
                self.counts.book(s.symbol, "ignored")
                return
        except InexactError:
            outcome = self._exactly(s, m, message)
        except (BadLevelError, OverflowError, ValueError) as e:
            outcome = self._bad_value(m, s.symbol, str(e))
        if not (outcome == "verified" and s.trusted):
            if outcome in PROOFS:
                self._verified(s, m, outcome)
            else:
                self._desync(s, m, outcome)
        if s.trusted and s.book is not None:
            m.view = s.book.view(message.event_ns)

    def _verified(self, s: SymbolBook, m: Moment, outcome: str) -> None:
        """Take a proof that is not the usual one: of a book not trusted yet, or without news."""
        if outcome == "duplicate":
            self.counts.duplicates[s.symbol] = self.counts.duplicates.get(s.symbol, 0) + 1
        if outcome != "verified" and self.trust[s.symbol, "book"].state == "stale":
            return  # what froze is not alive again because its last frame was repeated
        self._set(m, s.symbol, "book", VERIFIED)

    def _snapshot(self, s: SymbolBook, m: Moment, message: BookMessage | OrderMessage) -> str:
        digits = self._snapshot_precision(m.payload, s.symbol)
        known = s.instrument
        instrument = s.agreed(*digits)
        if instrument is None:
            detail = f"{s.symbol}: the snapshot is written with {digits} decimals, finer than the instrument's {known}"
            return self._bad_value(m, s.symbol, detail)
        if instrument is not known:
            text = f"no instrument answer: precision {digits[0]}/{digits[1]} read from the snapshot's text"
            m.emit("notice", {"ts": m.clock_ns, "symbol": s.symbol, "text": text})
        return s.snapshot(message, instrument, self.depth, m.clock_ns)

    def _exactly(self, s: SymbolBook, m: Moment, message: BookMessage | OrderMessage) -> str:
        """Apply a message whose numbers no float can carry, from their text."""
        book = s.book
        assert book is not None
        price, qty = book.instrument.price_precision, book.instrument.qty_precision
        written = [sides for symbol, *sides in self._exact_levels(m.payload) if symbol == s.symbol]
        if len(written) != 1:
            return self._bad_value(m, s.symbol, f"{len(written)} messages of {s.symbol} in one frame of huge numbers")
        bids, asks = ([(exact_units(p, price), exact_units(q, qty)) for p, q in side] for side in written[0])
        try:
            return s.exactly(message, bids, asks, m.clock_ns)
        except BadLevelError as e:
            return self._bad_value(m, s.symbol, str(e))

    def _bad_value(self, m: Moment, symbol: str, detail: str) -> str:
        self._refuse(m, Rejected("bad_value", detail, m.payload, symbol, self.feeds.channel))
        return "rejected_frame"

    # -- the trade channel

    def _trades(self, m: Moment) -> None:
        trades: Trades = m.event
        s = self.books.get(trades.symbol)
        if s is None:
            self._refuse(m, Rejected("unknown_symbol", f"no such symbol on this line: {trades.symbol}", m.payload))
            return
        if trades.snapshot or not trades.trades:
            return
        m.age_ns = self.feeds.public.observe(m.wall_ns - trades.trades[-1].event_ns)
        if s.take_trades(trades.trades, m.clock_ns):
            self._set(m, s.symbol, "trade", Trust("desync", "trade_gap"))
        self._set(m, s.symbol, "trade", VERIFIED)

    def _start(self, m: Moment) -> None:
        start: Start = m.event
        self.feeds = Feeds(start.level)
        make = QueueBook if self.feeds.split else OrderBook
        self.books = {symbol: SymbolBook(symbol, make) for symbol in start.symbols}
        self.trust = TrustBoard(start.symbols)
        self.depth = start.depth
        self.counts = RunCounts(start, m.clock_ns)
        m.emit("runs", self.counts.started())

    def _end(self, m: Moment) -> None:
        reason = (m.event or {}).get("reason", "end_of_tape")
        self.counts.exit_reason = reason
