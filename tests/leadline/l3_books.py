"""Order-by-order books made by hand, and what stands in them."""

from hypothesis import strategies as st

from leadline.l3_book import QueueBook
from tests.leadline.books import WHOLE
from tests.leadline.naive_orders import best_first, orders

WHOLE_BOOK = 100_000

changes = st.lists(
    st.tuples(st.sampled_from("ABCDEFGH"), st.integers(1, 15), st.integers(1, 9),
              st.sampled_from(("add", "add", "modify", "delete")), st.integers(1, 4)), max_size=5,
)  # fmt: skip
traffic = st.lists(st.tuples(changes, changes), min_size=1, max_size=8)


def book_of(bids=(), asks=(), depth=10, instrument=WHOLE) -> QueueBook:
    """Return a book loaded with (id, price, size, event, time) of each order, the last two optional."""
    book = QueueBook(instrument, depth)
    book.load(orders(bids, asks, snapshot=True))
    return book


def ids(side) -> list[list[str]]:
    """Return the ids of each level, best level first."""
    return [[order[0] for order in queue] for queue in best_first(side)]


def assert_same(book, naive):
    book.check()
    assert best_first(book.bids) == naive.bids.queues()
    assert best_first(book.asks) == naive.asks.queues()
    assert book.checksum == naive.checksum()
