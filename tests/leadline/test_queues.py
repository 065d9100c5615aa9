"""Queues: positions in them, and how their orders compare."""

import pytest

from leadline.moment import BookView
from leadline.queues import largest_order, n_orders, queue_ahead
from tests.leadline.naive_orders import orders
from tests.leadline.test_l3_book import book_of

BIDS = [("a", 99, 5, "add", 10), ("b", 99, 2, "add", 20), ("c", 99, 1, "add", 30), ("d", 97, 9, "add", 5)]
ASKS = [("e", 101, 4, "add", 10)]


def ahead(view: BookView, key: int, joined_ns: int) -> int | None:
    if key > 0:
        return queue_ahead(view.bid_keys, view.queues.bids, key, joined_ns)
    return queue_ahead(view.ask_keys, view.queues.asks, key, joined_ns)


@pytest.mark.parametrize(("joined_ns", "size"), [(9, 0), (10, 5), (25, 7), (30, 8), (99, 8)])
def test_only_orders_that_were_there_before_are_ahead(joined_ns, size):
    assert ahead(book_of(BIDS, ASKS).view(None), 99, joined_ns) == size


@pytest.mark.parametrize(
    ("key", "size"), [(100, 0), (99, 8), (98, 0), (97, 9), (96, None), (-100, 0), (-101, 4), (-102, None)]
)
def test_nobody_is_ahead_where_nobody_stands_and_it_is_unknown_below_the_worst_level(key, size):
    assert ahead(book_of(BIDS, ASKS).view(None), key, 99) == size


def test_what_is_ahead_falls_as_orders_leave_and_never_rises():
    book, sizes = book_of(BIDS), []
    changes = [("x", 99, 50, "add", 40), ("a", 99, 1, "modify", 10), ("b", 99, 0, "delete"), ("c", 99, 8, "add", 60)]
    for change in (*changes, ("a", 99, 0, "delete")):
        book.apply(orders([change]))
        sizes.append(ahead(book.view(None), 99, 35))
    assert sizes == [8, 4, 2, 1, 0]  # c was amended behind us


def test_counts_and_the_largest_order_are_of_the_best_ten_levels():
    deep = book_of([(f"{n}", 99 - n, n + 1) for n in range(12)], depth=25).view(None).queues.bids
    assert (n_orders(deep), largest_order(deep)) == (10, 10)
    assert (n_orders([]), largest_order([])) == (0, 0)
