"""Standing: the trust in each symbol's channels, as connections, answers, clocks and refusals change it.

The part of the book stage that applies no book: who may be acted upon, who is asked for anew, and what
was refused. Each connection speaks for its own channels only, see `operators.feeds`.
"""

from typing import Any

from leadline import bias_record
from leadline.events import Instruments, Rejected
from leadline.instrument import Instrument
from leadline.moment import Moment
from leadline.symbol_book import SymbolBook
from leadline.times import MINUTE_NS
from leadline.trust import AWAITING, DISCONNECTED, LEVEL3_REASONS, VERIFIED, Trust, TrustBoard
from operators.feeds import Feeds
from operators.runs import RunCounts

AHEAD_NS = MINUTE_NS  # the analyzer's clock may be so far ahead of the tape's
UNLISTED = "the venue does not list it: skipped"
NOT_IN_LEVEL3 = "no Level 3 of it: left out"


class Standing:
    """The symbols of a line, what is trusted of them, and what was counted."""

    def __init__(self) -> None:
        self.feeds = Feeds()
        self.books: dict[str, SymbolBook] = {}
        self.trust = TrustBoard([])
        self.counts = RunCounts()

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

    # -- connections and the clock

    def _tick(self, m: Moment) -> None:
        now = m.clock_ns
        if self.feeds.newly_skewed():
            m.emit("feed_health", {"ts": now, "symbol": "*", "channel": "book", "state": "verified",
                                   "reason": "clock_skew", "tape_seq": m.seq})  # fmt: skip
        for s in self.books.values():
            if self.trust[s.symbol, "book"].state not in ("verified", "unverified"):
                continue
            reason = s.stalled(now)
            if reason is not None:
                self._set(m, s.symbol, "book", Trust("stale", reason))
                self._resync(m, s.symbol, reason)

    def _connected(self, m: Moment) -> None:
        """Begin a connection: its books start empty."""
        self.counts.connections += 1
        m.channels = self.feeds.connected(m.conn, m.event)
        self._clear(m, AWAITING)

    def _disconnected(self, m: Moment) -> None:
        m.channels = self.feeds.disconnected(m.conn, m.event)
        self._clear(m, _lost(m.event))
        if not self.feeds.split and isinstance(m.event, dict) and m.event.get("text"):
            self._without_level3(m)

    @staticmethod
    def _without_level3(m: Moment) -> None:
        """Say why a run that was to decide on Level 3 does not."""
        text = f"no Level 3, so this run decides on Level 2, without the order-count ratio: {m.event['text']}"
        m.emit("notice", {"ts": m.clock_ns, "symbol": "*", "text": text})
        m.emit("feed_health", {"ts": m.clock_ns, "symbol": "*", "channel": "level3", "state": "unverified",
                               "reason": m.event["reason"], "tape_seq": m.seq})  # fmt: skip

    def _gap(self, m: Moment) -> None:
        self.counts.gaps += 1
        self._clear(m, AWAITING)

    def _clear(self, m: Moment, trust: Trust) -> None:
        """Forget what the connection of these channels said."""
        for s in self.books.values():
            if "book" in m.channels:
                s.clear(m.clock_ns if trust is AWAITING and s.listed else 0)
                self._set(m, s.symbol, "book", trust)
            if "trade" in m.channels:
                s.trade_id = None  # what was lost is known, and another connection may speak of other ids
                self._set(m, s.symbol, "trade", trust)

    def _ack(self, m: Moment) -> None:
        s = self.books.get(m.symbol or "")
        level3 = self.feeds.of(m.conn) == "level3"
        if s is None or (level3 and not self.feeds.split):
            return
        if m.event.unlisted:
            self._skip(s, m, NOT_IN_LEVEL3 if level3 else UNLISTED)
            if level3:
                self._set(m, s.symbol, "book", Trust("unverified", "refused"))
        elif not m.event.success:
            if level3 and m.event.reason in LEVEL3_REASONS and not s.trusted:
                self._set(m, s.symbol, "book", Trust("unverified", m.event.reason))
        elif m.event.channel == self.feeds.channel:
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
                self._skip(s, m, UNLISTED)

    @staticmethod
    def _skip(s: SymbolBook, m: Moment, text: str) -> None:
        """Go on without a symbol that the venue does not list, or not in Level 3: its silence is no fault."""
        if s.listed:
            s.clear(0)
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

    def _command(self, m: Moment) -> None:
        """Refuse what was in the inbox and could not be understood; what could, the paper stage obeys."""
        if m.event.get("command") == "invalid":
            self._refuse(m, Rejected("bad_command", str(m.event.get("reason", "")), m.payload))

    def _bias(self, m: Moment) -> None:
        """Make a bias record of its JSON; the stages behind see None where it cannot be obeyed."""
        plain, m.event = m.event, None
        try:
            record = bias_record.understood(plain)
        except ValueError as e:
            self._refuse(m, Rejected("bad_bias", str(e), m.payload))
            return
        venue = self.counts.start.venue if self.counts.start else record.venue
        if record.symbol not in self.books:
            detail = f"a bias of {record.symbol}: no such symbol on this line"
            self._refuse(m, Rejected("unknown_symbol", detail, m.payload))
        elif record.venue != venue:
            detail = f"{record.symbol}: a bias of the market of {record.venue}, and this one is of {venue}"
            self._refuse(m, Rejected("bad_bias", detail, m.payload))
        elif m.clock_ns >= record.valid_until:
            self._refuse(m, Rejected("bad_bias", f"{record.symbol}: a bias whose time is over", m.payload))
        elif record.as_of > m.clock_ns + AHEAD_NS:
            self._refuse(m, Rejected("bad_bias", f"{record.symbol}: a bias of a time that is still to come", m.payload))
        else:
            m.event = record

    def _rejected(self, m: Moment) -> None:
        rejected: Rejected = m.event
        self._refuse(m, rejected)
        s = self.books.get(rejected.symbol or "")
        if s is not None and rejected.channel == self.feeds.channel and s.has_snapshot:
            self._desync(s, m, "rejected_frame")

    def _refuse(self, m: Moment, rejected: Rejected) -> None:
        """Count and store an input that we do not take."""
        self.counts.reject(rejected.reason)
        m.emit("rejects", {"ts": m.clock_ns, "reason": rejected.reason, "detail": rejected.detail[:300],
                           "symbol": rejected.symbol, "frame_head": rejected.frame[:200].decode("utf-8", "replace"),
                           "tape_seq": m.seq})  # fmt: skip


def _lost(says: Any) -> Trust:
    """Return what a lost connection makes of its channels: level3 says why in a reason of its own."""
    reason = says.get("reason") if isinstance(says, dict) and says.get("feed") == "level3" else None
    return Trust("stale", reason) if reason in LEVEL3_REASONS else DISCONNECTED
