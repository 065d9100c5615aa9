"""Queues: positions in them, and how their orders compare."""

import pytest

from leadline.moment import BookView
from leadline.queues import largest_order, n_orders, queue_at, size_ahead
from tests.leadline.naive_orders import orders
from tests.leadline.test_l3_book import book_of

BIDS = [("a", 99, 5, "add", 10), ("b", 99, 2, "add", 20), ("c", 99, 1, "add", 30), ("d", 97, 9, "add", 5)]


def view() -> BookView:
    return book_of(BIDS, [("e", 101, 4)]).view(None)


@pytest.mark.parametrize(("joined_ns", "ahead"), [(9, 0), (10, 5), (25, 7), (30, 8), (99, 8)])
def test_only_orders_that_were_there_before_are_ahead(joined_ns, ahead):
    assert size_ahead(view().queues.bids[-1], joined_ns) == ahead


@pytest.mark.parametrize(("key", "ids"), [(100, []), (99, ["a", "b", "c"]), (98, []), (97, ["d"]), (96, None)])
def test_the_queue_at_a_price_is_empty_where_nobody_stands_and_unknown_below_the_worst_level(key, ids):
    found = queue_at(view().bid_keys, view().queues.bids, key)
    assert (None if found is None else [o.id for o in found]) == ids


def test_size_ahead_falls_as_orders_ahead_leave_and_never_rises():
    book, ahead = book_of(BIDS), []
    changes = [("x", 99, 50, "add", 40), ("a", 99, 1, "modify", 10), ("b", 99, 0, "delete"), ("c", 99, 8, "add", 60)]
    for change in (*changes, ("a", 99, 0, "delete")):
        book.apply(orders([change]))
        seen = book.view(None)
        ahead.append(size_ahead(queue_at(seen.bid_keys, seen.queues.bids, 99), 35))
    assert ahead == [8, 4, 2, 1, 0]  # c was amended behind us


def test_counts_and_the_largest_order_are_of_the_best_ten_levels():
    deep = book_of([(f"{n}", 99 - n, n + 1) for n in range(12)], depth=25).view(None).queues.bids
    assert (n_orders(deep), largest_order(deep)) == (10, 10)
    assert (n_orders([]), largest_order([])) == (0, 0)
