"""The view that the later stages take of an order-by-order book: that of a book of levels, and its queues."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import hft, microstructure
from leadline.book import OrderBook
from leadline.l3_book import QueueBook
from leadline.settings import Hft
from tests.leadline.books import MIRROR_AT, WHOLE, level_checksum, message
from tests.leadline.l3_books import book_of, traffic
from tests.leadline.naive_orders import orders


@settings(max_examples=60)
@given(traffic, st.sampled_from((3, 10)))
def test_the_derived_price_levels_are_those_of_a_book_of_price_levels(messages, depth):
    book = QueueBook(WHOLE, depth)
    for sides in messages:
        book.apply(orders(*sides))
    view = book.view(7)
    plain = OrderBook(WHOLE, depth)
    totals = ([(abs(k), n) for k, n in zip(s.keys, s.sizes, strict=True)] for s in (book.bids, book.asks))
    plain.load(message(*totals, snapshot=True))
    same = plain.view(7)
    for name in ("bid_keys", "bid_sizes", "ask_keys", "ask_sizes", "event_ns"):
        assert getattr(view, name) == getattr(same, name)
    assert level_checksum(book) == plain.checksum
    assert book.crossed == plain.crossed
    assert (same.bid_orders, same.ask_orders, same.queues) == (None, None, None)


def mirrored(side):
    return [(id, MIRROR_AT - price, *rest) for id, price, *rest in side]


@settings(max_examples=60)
@given(traffic)
def test_the_mirrored_orders_give_the_mirrored_view_and_every_score_changes_sign(messages):
    book, other = QueueBook(WHOLE, 10), QueueBook(WHOLE, 10)
    for n, (bids, asks) in enumerate(messages):
        apart = [(id, price + 5000, *rest) for id, price, *rest in asks]
        book.apply(orders(bids, apart, event_ns=n))
        other.apply(orders(mirrored(apart), mirrored(bids), event_ns=n))
    view, opposite = book.view(1), other.view(1)
    assert (opposite.bid_orders, opposite.ask_orders) == (view.ask_orders, view.bid_orders)
    did, other_did = view.queues.ask_activity, opposite.queues.bid_activity
    turned = [loss._replace(key=MIRROR_AT + loss.key) for loss in did.lost]
    assert (other_did.added, other_did.lost) == (did.added, turned)
    for mine, yours in ((view.queues.bids, opposite.queues.asks), (view.queues.asks, opposite.queues.bids)):
        assert [[(o.id, o.size, o.time_ns) for o in q] for q in mine] == [
            [(o.id, o.size, o.time_ns) for o in q] for q in yours
        ]
    if view.bid_keys and view.ask_keys:
        pressure = microstructure.depth_imbalance(view)
        assert microstructure.depth_imbalance(opposite) == -pressure
        score, counter = (
            hft.score(10 * p, 10 * p, v.bid_orders, v.ask_orders, 1.0, Hft())
            for v, p in ((view, pressure), (opposite, -pressure))
        )
        assert counter == -score


def test_a_view_is_not_changed_by_later_messages():
    book = book_of([("A", 99, 2), ("B", 99, 3)], [("C", 101, 1)])
    view = book.view(None)
    book.apply(orders([("A", 99, 0, "delete"), ("B", 99, 1, "modify"), ("D", 98, 1)], [("C", 101, 0, "delete")]))
    assert [(o.id, o.size) for o in view.queues.bids[-1]] == [("A", 2), ("B", 3)]
    assert (view.bid_keys, view.bid_sizes, view.bid_orders, view.ask_orders) == ([99], [5], 2, 1)


def test_order_counts_are_of_the_best_ten_levels():
    bids = [(f"{n}{k}", 99 - n, 1) for n in range(12) for k in range(2)]
    view = book_of(bids, [("A", 101, 1)], depth=100).view(None)
    assert (view.bid_orders, view.ask_orders, len(view.queues.bids)) == (20, 1, 12)


@pytest.mark.parametrize(
    ("bids", "changed"),
    [([("new", 99, 1)], True), ([("new", 80, 1)], False), ([("0", 99, 1)], False), ([("0", 99, 2, "modify")], True),
     ([("0", 99, 0, "delete")], True), ([("11", 88, 0, "delete")], False), ([("none", 99, 0, "delete")], False)],
)  # fmt: skip
def test_a_view_says_whether_the_best_ten_levels_changed(bids, changed):
    book = book_of([(f"{n}", 99 - n, 1) for n in range(12)], [("A", 101, 1)], depth=25)
    book.apply(orders(bids))
    view = book.view(None)
    assert (view.bids_changed, view.asks_changed) == (changed, False)
