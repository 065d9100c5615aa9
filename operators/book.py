"""The book stage: applies every book message, verifies it, and keeps the trust of each symbol.

First on the line, so it also sets the tape's clock on every moment. What is wrong with a
symbol's data is decided here from the tape alone; the wish for a fresh snapshot leaves as a
`resync` row, which the live source obeys and a replay ignores.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from leadline import moment as kinds
from leadline import records
from leadline.book import BadLevelError, InexactError
from leadline.events import BookMessage, Instruments, Rejected, Trades
from leadline.instrument import Instrument, exact_units
from leadline.moment import Moment
from leadline.records import Start
from leadline.symbol_book import SymbolBook
from leadline.trust import AWAITING, DISCONNECTED, VERIFIED, ClockOffset, Trust, TrustBoard
from operators.runs import RunCounts

PROOFS = ("verified", "idle", "duplicate")  # outcomes after which a book is verified

ExactLevels = Callable[[bytes], list[tuple[str, list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]]]
SnapshotPrecision = Callable[[bytes, str], tuple[int, int]]


class BookStage:
    """Books of all symbols of a line; see `operators.line` for how a stage is driven."""

    def __init__(self, exact_levels: ExactLevels, snapshot_precision: SnapshotPrecision) -> None:
        self._exact_levels = exact_levels
        self._snapshot_precision = snapshot_precision
        self.clock_ns = 0
        self.venue_ns = 0
        self.offset = ClockOffset()
        self.usual_offset_ns = 0  # of the connection before: this one's until it has told its own
        self.skew_reported = False
        self.books: dict[str, SymbolBook] = {}
        self.trust = TrustBoard([])
        self.depth = 0
        self.counts = RunCounts()
        self._handlers = self._table()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_handlers"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handlers = self._table()

    def _table(self) -> dict[int, Callable[[Moment], None]]:
        return {
            kinds.TRADES: self._trades, records.TICK: self._tick, records.START: self._start,
            records.CONNECTED: self._connected, records.DISCONNECTED: self._disconnected,
            records.GAP: self._gap, records.PRECISIONS: self._precisions, records.OVERSIZE: self._oversize,
            kinds.INSTRUMENTS: self._instruments, kinds.ACK: self._ack, kinds.REJECTED: self._rejected,
            records.END: self._end,
        }  # fmt: skip

    def process(self, moments: list[Moment]) -> None:
        """Set the clock, keep the books, and fill in view, age_ns and book_lost."""
        clock, venue, book, counts = self.clock_ns, self.venue_ns, kinds.BOOK, self.counts
        handle_book, handlers = self._book, self._handlers
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
                    counts = self.counts  # a start record begins new ones
                if kind > book:
                    counts.frame(kind)
            offset = self.offset.offset_ns
            if offset is None:
                offset = self.usual_offset_ns
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
        return self.counts.telemetry(self.clock_ns, self.trust, self.books)

    # -- the book channel

    def _book(self, m: Moment) -> None:
        s = self.books.get(m.symbol or "")
        message: BookMessage = m.event
        if s is None:
            self._refuse(m, Rejected("unknown_symbol", f"no such symbol on this line: {m.symbol}", m.payload))
            return
        if message.event_ns is not None:
            lag_ns = m.wall_ns - message.event_ns
            m.age_ns = self.offset.observe(lag_ns)
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

    def _snapshot(self, s: SymbolBook, m: Moment, message: BookMessage) -> str:
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

    def _exactly(self, s: SymbolBook, m: Moment, message: BookMessage) -> str:
        """Apply a message whose numbers no float can carry, from their text."""
        book = s.book
        assert book is not None
        price, qty = book.instrument.price_precision, book.instrument.qty_precision
        for symbol, bids, asks in self._exact_levels(m.payload):
            if symbol == m.symbol:
                sides = ([(exact_units(p, price), exact_units(q, qty)) for p, q in side] for side in (bids, asks))
                try:
                    book.apply_exact(*sides)
                except BadLevelError as e:
                    return self._bad_value(m, s.symbol, str(e))
        return s.proof(message, m.clock_ns)

    def _bad_value(self, m: Moment, symbol: str, detail: str) -> str:
        self._refuse(m, Rejected("bad_value", detail, m.payload, symbol, "book"))
        return "rejected_frame"

    def _desync(self, s: SymbolBook, m: Moment, reason: str) -> None:
        """Stop using a book until a fresh snapshot comes, and ask for it once."""
        if reason == "checksum_mismatch":
            self.counts.book(s.symbol, "mismatched")
        else:
            self.counts.book(s.symbol, reason)
        s.has_snapshot = False
        self._set(m, s.symbol, "book", Trust("desync", reason))
        self._resync(m, s.symbol, reason)

    def _resync(self, m: Moment, symbol: str, reason: str) -> None:
        self.counts.resync(symbol, reason)
        m.emit("resync", {"ts": m.clock_ns, "symbol": symbol, "reason": reason, "seq": m.seq})

    def _set(self, m: Moment, symbol: str, channel: Any, trust: Trust) -> None:
        """Set a trust state and tell the stages behind and the store when it changed."""
        was = self.trust[symbol, channel]
        if not self.trust.set(symbol, channel, trust):
            return
        if channel == "book":
            self.books[symbol].trusted = trust.state == "verified"
            if was.state == "verified":
                m.book_lost = (*m.book_lost, symbol)
        m.emit("feed_health", {"ts": m.clock_ns, "symbol": symbol, "channel": channel, "state": trust.state,
                               "reason": trust.reason, "tape_seq": m.seq})  # fmt: skip

    # -- the trade channel

    def _trades(self, m: Moment) -> None:
        trades: Trades = m.event
        s = self.books.get(trades.symbol)
        if s is None:
            self._refuse(m, Rejected("unknown_symbol", f"no such symbol on this line: {trades.symbol}", m.payload))
            return
        if trades.snapshot or not trades.trades:
            return
        m.age_ns = self.offset.observe(m.wall_ns - trades.trades[-1].event_ns)
        if s.take_trades(trades.trades, m.clock_ns):
            self._set(m, s.symbol, "trade", Trust("desync", "trade_gap"))
        self._set(m, s.symbol, "trade", VERIFIED)

    # -- connections and the clock

    def _tick(self, m: Moment) -> None:
        now = m.clock_ns
        if self.offset.skewed and not self.skew_reported:
            self.skew_reported = True
            m.emit("feed_health", {"ts": now, "symbol": "*", "channel": "book", "state": "verified",
                                   "reason": "clock_skew", "tape_seq": m.seq})  # fmt: skip
        for s in self.books.values():
            if self.trust[s.symbol, "book"].state not in ("verified", "unverified"):
                continue
            reason = s.stalled(now)
            if reason is not None:
                self._set(m, s.symbol, "book", Trust("stale", reason))
                self._resync(m, s.symbol, reason)

    def _start(self, m: Moment) -> None:
        start: Start = m.event
        self.books = {symbol: SymbolBook(symbol) for symbol in start.symbols}
        self.trust = TrustBoard(start.symbols)
        self.depth = start.depth
        self.counts = RunCounts(start, m.clock_ns)
        m.emit("runs", self.counts.started())

    def _connected(self, m: Moment) -> None:
        """Begin a connection: its books start empty, its clock is learned anew."""
        if self.offset.offset_ns is not None:
            self.usual_offset_ns = self.offset.offset_ns
        self.offset = ClockOffset()
        self.skew_reported = False
        self.counts.connections += 1
        self._clear(m, AWAITING)

    def _disconnected(self, m: Moment) -> None:
        self._clear(m, DISCONNECTED)

    def _gap(self, m: Moment) -> None:
        self.counts.gaps += 1
        self._clear(m, AWAITING)

    def _clear(self, m: Moment, trust: Trust) -> None:
        for s in self.books.values():
            s.clear(m.clock_ns if trust is AWAITING and s.listed else 0)
            s.trade_id = None  # what was lost is known, and another connection may speak of other ids
            self._set(m, s.symbol, "book", trust)
            self._set(m, s.symbol, "trade", trust)

    def _ack(self, m: Moment) -> None:
        s = self.books.get(m.symbol or "")
        if s is None:
            return
        if m.event.unlisted:
            self._skip(s, m)
        elif not m.event.success:
            return
        elif m.event.channel == "book":
            s.clear(m.clock_ns if m.event.method == "subscribe" else 0)
            self._set(m, s.symbol, "book", AWAITING)
        elif m.event.channel == "trade":
            self._set(m, s.symbol, "trade", VERIFIED if m.event.method == "subscribe" else AWAITING)

    # -- instruments and refusals

    def _instruments(self, m: Moment) -> None:
        instruments: Instruments = m.event
        self._precisions_of(instruments.pairs)
        for symbol, s in self.books.items():
            if symbol in instruments.pairs:
                s.listed = True
            elif instruments.snapshot:
                self._skip(s, m)

    @staticmethod
    def _skip(s: SymbolBook, m: Moment) -> None:
        """Go on without a symbol that the venue does not list: its silence is no fault."""
        if s.listed:
            s.clear(0)
            text = "the venue does not list it: skipped"
            m.emit("notice", {"ts": m.clock_ns, "symbol": s.symbol, "text": text})
        s.listed = False

    def _precisions(self, m: Moment) -> None:
        self._precisions_of(m.event)

    def _precisions_of(self, pairs: dict[str, Instrument]) -> None:
        for symbol, s in self.books.items():
            if symbol in pairs:
                s.instrument = pairs[symbol]

    def _oversize(self, m: Moment) -> None:
        self._refuse(m, Rejected("too_large", f"a frame of {m.event.get('bytes')} bytes", m.payload))

    def _rejected(self, m: Moment) -> None:
        rejected: Rejected = m.event
        self._refuse(m, rejected)
        s = self.books.get(rejected.symbol or "")
        if s is not None and rejected.channel == "book" and s.has_snapshot:
            self._desync(s, m, "rejected_frame")

    def _refuse(self, m: Moment, rejected: Rejected) -> None:
        """Count and store an input that we do not take."""
        self.counts.reject(rejected.reason)
        m.emit("rejects", {"ts": m.clock_ns, "reason": rejected.reason, "detail": rejected.detail[:300],
                           "symbol": rejected.symbol, "frame_head": rejected.frame[:200].decode("utf-8", "replace"),
                           "tape_seq": m.seq})  # fmt: skip

    def _end(self, m: Moment) -> None:
        reason = (m.event or {}).get("reason", "end_of_tape")
        self.counts.exit_reason = reason
