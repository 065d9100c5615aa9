"""Books for tests: small ones by hand, random ones by hypothesis, and the mirror."""

from hypothesis import strategies as st

from leadline.book import OrderBook
from leadline.checksum import book_checksum
from leadline.events import BookMessage, PriceLevel
from leadline.instrument import Instrument
from leadline.moment import BookView

WHOLE = Instrument("TEST/USD", 0, 0)  # one unit is one, so that numbers can be checked by hand
MIRROR_AT = 20_000  # prices p -> MIRROR_AT - p


def message(bids=(), asks=(), snapshot=False, symbol="TEST/USD"):
    """Return a book message of (price, size) pairs; its checksum is not filled in."""
    return BookMessage(symbol, [PriceLevel(*level) for level in bids], [PriceLevel(*level) for level in asks],
                       snapshot=snapshot)  # fmt: skip


def book_of(bids, asks, depth=25, instrument=WHOLE):
    """Return an order book loaded with (price, size) pairs."""
    book = OrderBook(instrument, depth)
    book.load(message(bids, asks, snapshot=True))
    return book


def level_checksum(book) -> int:
    """Return the checksum that the venue's `book` channel gives for a book's price levels."""
    best_first = (zip(map(abs, reversed(s.keys)), reversed(s.sizes), strict=True) for s in (book.asks, book.bids))
    return book_checksum(*best_first)


def view_of(bids, asks, instrument=WHOLE) -> BookView:
    """Return the view of a small book."""
    return book_of(bids, asks, instrument=instrument).view(None)


def units_view(bids, asks, instrument) -> BookView:
    """Return the view of a small book whose prices and sizes are given in whole units."""
    book = OrderBook(instrument, 25)
    book.apply_exact(bids, asks)
    return book.view(None)


def mirror(view: BookView, around: int = MIRROR_AT) -> BookView:
    """Swap the two sides: a bid at p becomes an ask at around - p of the same size."""
    return BookView(
        view.instrument,
        [around + key for key in view.ask_keys],
        list(view.ask_sizes),
        [key - around for key in view.bid_keys],
        list(view.bid_sizes),
        view.asks_changed,
        view.bids_changed,
        view.event_ns,
    )


def mirror_at_mid(view: BookView) -> BookView:
    """Swap the two sides around their own mid, so that distances in bps of it are the same."""
    return mirror(view, view.bid_keys[-1] - view.ask_keys[-1])


@st.composite
def views(draw, low=9_000, high=11_000):
    """Draw an uncrossed two-sided book of 1 to 15 levels a side."""
    mid = draw(st.integers(low + 100, high - 100))
    sides = []
    for sign in (-1, 1):
        distances = draw(st.lists(st.integers(1, 99), min_size=1, max_size=15, unique=True))
        sizes = draw(st.lists(st.integers(1, 10**9), min_size=len(distances), max_size=len(distances)))
        sides.append([(mid + sign * d, q) for d, q in zip(distances, sizes, strict=True)])
    return view_of(*sides)
