"""One symbol's book with what is known of its liveness: what each message makes of it.

The rules of trust for one symbol, without rows or an engine. Times are ns
of the tape's clock, but for `event_ns`, the venue's own.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from leadline.book import OrderBook
from leadline.events import BookMessage, OrderMessage, Trade
from leadline.instrument import Instrument
from leadline.l3_book import QueueBook
from leadline.moment import BookView

SILENT_NS = 10_000_000_000  # no change of a book for this long, and it is not to be acted upon
FROZEN_NS = 5_000_000_000  # the same, when trades went by that must have changed it
TRADE_LEAD_NS = 100_000_000  # a trade this much newer than the book should have changed it

Units = tuple[int, int]
Outcome = Literal["verified", "idle", "duplicate", "reordered", "checksum_mismatch", "crossed"]


class Side(Protocol):
    """One side of a book of either level."""

    @property
    def keys(self) -> list[int]: ...


class Book(Protocol):
    """A book of either level of data: of price levels (Level 2) or of single orders (Level 3)."""

    instrument: Instrument
    depth: int
    checksum: int

    @property
    def bids(self) -> Side: ...
    @property
    def asks(self) -> Side: ...
    def load(self, message: Any) -> None: ...
    def apply(self, message: Any) -> None: ...
    def view(self, event_ns: int | None) -> BookView: ...


class SymbolBook:
    """A book, whether it may be updated, and when it last moved on."""

    def __init__(self, symbol: str, make: Callable[[Instrument, int], Book] = OrderBook) -> None:
        self.symbol = symbol
        self.make = make
        self.instrument: Instrument | None = None
        self.book: Book | None = None
        self.has_snapshot = False  # only a fresh snapshot frame makes it true
        self.event_ns: int | None = None  # of the newest message
        self.moved = False  # whether that message was newer than the one before
        self.changed_ns = 0  # of the last message that moved the book on; 0: not listened to
        self.last_change_ns = 0  # the same, but kept while nothing is listened to; decides nothing. 0: never
        self.idle_messages = 0  # messages since then that did not
        self.unmatched_trade_ns: int | None = None  # first trade since then that should have
        self.trade_id: int | None = None
        self.listed = True  # until the venue's list of symbols says otherwise
        self.trusted = False  # whether the trust board says verified: kept here for the hot path
        self.n_verified = 0

    def snapshot(self, message: BookMessage | OrderMessage, instrument: Instrument, depth: int, now_ns: int) -> Outcome:
        """Replace the book by a snapshot; raises as `OrderBook.apply` does."""
        if self.book is None or self.book.instrument != instrument or self.book.depth != depth:
            self.book = self.make(instrument, depth)
        self.has_snapshot = True
        self.moved = message.event_ns is None or message.event_ns != self.event_ns
        self.event_ns = message.event_ns
        self.book.load(message)
        return self.proof(message, now_ns)

    def update(self, message: BookMessage | OrderMessage, now_ns: int) -> Outcome:
        """Apply an update and return what it proves; raises as `OrderBook.apply` does.

        The venue's times strictly increase: an older one is a reordering, an equal one a
        duplicate, which is applied (quantities are absolute) but proves no liveness.
        """
        book = self.book
        assert book is not None  # has_snapshot says so
        event_ns = message.event_ns
        self.moved = True
        if event_ns is not None:
            last = self.event_ns
            if last is not None and event_ns <= last:
                if event_ns < last:
                    return "reordered"
                self.moved = False
            self.event_ns = event_ns
        book.apply(message)
        return self.proof(message, now_ns)

    def proof(self, message: BookMessage | OrderMessage, now_ns: int) -> Outcome:
        """Return what an applied message proves."""
        book = self.book
        assert book is not None
        if book.checksum != message.checksum:
            return "checksum_mismatch"
        bids, asks = book.bids.keys, book.asks.keys
        if bids and asks and bids[-1] + asks[-1] >= 0:
            return "crossed"
        self.n_verified += 1
        if self.moved and (message.bids or message.asks):
            self.changed_ns, self.idle_messages, self.unmatched_trade_ns = now_ns, 0, None
            self.last_change_ns = now_ns
            return "verified"
        self.idle_messages += 1
        return "idle" if self.moved else "duplicate"

    def exactly(
        self, message: BookMessage | OrderMessage, bids: Sequence[Units], asks: Sequence[Units], now_ns: int
    ) -> Outcome:
        """Apply a message whose (price, size) are given in units: no float can carry them."""
        if isinstance(self.book, QueueBook) and isinstance(message, OrderMessage):
            self.book.apply_units(message, bids, asks)
        elif isinstance(self.book, OrderBook):
            self.book.apply_exact(bids, asks)
        return self.proof(message, now_ns)

    def take_trades(self, trades: Sequence[Trade], now_ns: int) -> bool:
        """Take note of trades, oldest first; return whether ids are missing before or among them."""
        newest, last, gap = trades[-1], self.trade_id, False
        for trade in trades:
            if last is None or trade.trade_id > last:
                gap |= last is not None and trade.trade_id > last + 1
                last = trade.trade_id
        self.trade_id = last
        if (
            self.event_ns is not None
            and self.unmatched_trade_ns is None
            and newest.event_ns > self.event_ns + TRADE_LEAD_NS
        ):
            self.unmatched_trade_ns = now_ns
        return gap

    def stalled(self, now_ns: int) -> Literal["silent", "frozen"] | None:
        """Return why the book is too old to be acted upon, or None."""
        if not self.changed_ns:
            return None
        frozen = self.unmatched_trade_ns is not None and now_ns - self.unmatched_trade_ns > FROZEN_NS
        if frozen or (self.idle_messages and now_ns - self.changed_ns > SILENT_NS):
            return "frozen"
        return "silent" if now_ns - self.changed_ns > SILENT_NS else None

    def clear(self, listening_since_ns: int) -> None:
        """Forget the book; 0 when nothing is listened to now."""
        self.has_snapshot = False
        self.event_ns = self.unmatched_trade_ns = None
        self.changed_ns = listening_since_ns
        self.idle_messages = 0

    def agreed(self, price_digits: int, qty_digits: int) -> Instrument | None:
        """Return the instrument to read a snapshot by, given the decimals it is written with.

        The venue's own word stands unless the snapshot is written finer: then None. Without it,
        the text is all there is.
        """
        known = self.instrument
        if known is not None and known.origin != "snapshot_text":
            fits = price_digits <= known.price_precision and qty_digits <= known.qty_precision
            return known if fits else None
        if known is not None:
            price_digits, qty_digits = max(price_digits, known.price_precision), max(qty_digits, known.qty_precision)
        if known is None or (price_digits, qty_digits) != (known.price_precision, known.qty_precision):
            self.instrument = Instrument(self.symbol, price_digits, qty_digits, origin="snapshot_text")
        return self.instrument
