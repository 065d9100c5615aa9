"""The rules of the order-by-order book one at a time, and what each message did."""

import pytest

from leadline.checksum import book_checksum
from leadline.queues import Activity, Loss
from leadline.times import SECOND_NS
from tests.leadline.l3_books import book_of, ids
from tests.leadline.naive_orders import best_first, orders

# -- one rule at a time


def test_orders_of_a_level_stand_by_their_own_times_in_whatever_order_they_come():
    book = book_of([("late", 99, 1, "add", 30), ("first", 99, 2, "add", 10)])
    book.apply(orders([("second", 99, 3, "add", 20), ("last", 99, 4, "add", 40)]))
    assert ids(book.bids) == [["first", "second", "late", "last"]]
    assert book.checksum == book_checksum([], [(99, 2), (99, 3), (99, 1), (99, 4)])


def test_orders_of_one_time_stand_as_they_came():
    assert ids(book_of([("b", 99, 1), ("a", 99, 1), ("c", 99, 1)]).bids) == [["b", "a", "c"]]


def test_a_partly_filled_order_keeps_its_place():
    book = book_of([("a", 99, 5, "add", 10), ("b", 99, 5, "add", 20)])
    book.apply(orders([("a", 99, 1, "modify", 10)]))
    book.apply(orders([("b", 99, 2, "modify", 0)]))  # the venue may leave the time out
    assert [(o.id, o.size, o.time_ns) for o in book.bids.queues[-1]] == [("a", 1, 10), ("b", 2, 20)]
    assert book.bids.sizes == [3]


@pytest.mark.parametrize(("price", "time_ns", "expected"), [(99, 30, [["b", "a"]]), (98, 10, [["b"], ["a"]])])
def test_an_amended_order_with_a_new_time_or_price_loses_its_place(price, time_ns, expected):
    book = book_of([("a", 99, 5, "add", 10), ("b", 99, 5, "add", 20)])
    book.apply(orders([("a", price, 5, "modify", time_ns)]))
    book.check()
    assert ids(book.bids) == expected


def test_an_unknown_id_is_added_when_modified_and_ignored_when_deleted():
    book = book_of([("a", 99, 5)])
    book.apply(orders([("b", 98, 2, "modify"), ("c", 99, 0, "delete")]))
    assert ids(book.bids) == [["a"], ["b"]]


def test_an_order_modified_to_nothing_is_gone():
    book = book_of([("a", 99, 5), ("b", 98, 5)])
    book.apply(orders([("a", 99, 0, "modify")]))
    assert ids(book.bids) == [["b"]]


def test_a_delete_finds_its_order_by_id_whatever_price_it_says():
    book = book_of([("a", 99, 5), ("b", 98, 5)])
    book.apply(orders([("a", 98, 5, "delete")]))
    assert ids(book.bids) == [["b"]]


def test_orders_that_fall_out_of_the_depth_are_forgotten_and_may_come_back():
    book = book_of([(f"{n}", 99 - n, 1) for n in range(3)], depth=3)
    book.apply(orders([("best", 100, 1)]))
    assert ids(book.bids) == [["best"], ["0"], ["1"]]
    assert "2" not in book.bids.orders
    book.apply(orders([("best", 100, 0, "delete"), ("2", 97, 4)]))
    book.check()
    assert [(o.id, o.size) for o in book.bids.queues[0]] == [("2", 4)]


def test_the_depth_is_cut_after_the_whole_message():
    book = book_of([(f"{n}", 99 - n, 1) for n in range(3)], depth=3)
    book.apply(orders([("best", 100, 1), ("0", 99, 0, "delete")]))
    assert ids(book.bids) == [["best"], ["1"], ["2"]]  # the venue does not send the third again


def test_a_known_id_that_is_added_again_is_one_order():
    book = book_of([("a", 99, 5, "add", 10)], [("b", 101, 1)])
    book.apply(orders([("a", 98, 3, "add", 20)]))
    book.check()
    assert (ids(book.bids), book.bids.sizes) == ([["a"]], [3])


def test_a_message_received_twice_changes_nothing():
    book = book_of([("a", 99, 5), ("b", 98, 1)], [("c", 101, 1)])
    one = orders([("d", 99, 2), ("a", 99, 3, "modify"), ("b", 98, 0, "delete")])
    book.apply(one)
    before, checksum = best_first(book.bids), book.checksum
    book.apply(one)
    assert (best_first(book.bids), book.checksum) == (before, checksum)
    assert book.view(None).queues.bid_activity == Activity()


def test_a_snapshot_replaces_the_whole_book():
    book = book_of([("a", 99, 5)], [("b", 101, 1)])
    book.load(orders([("c", 50, 1)], [("d", 51, 1)], snapshot=True))
    book.check()
    assert (ids(book.bids), ids(book.asks)) == ([["c"]], [["d"]])


@pytest.mark.parametrize(("price", "crossed"), [(100, False), (101, True), (102, True)])
def test_a_bid_at_or_above_the_ask_is_crossed(price, crossed):
    assert book_of([("a", price, 1)], [("b", 101, 1)]).crossed is crossed
    assert not book_of([("a", price, 1)]).crossed


# -- what a message did


def activity(bids, event_ns=None, start=(), depth=10):
    book = book_of(start, depth=depth)
    book.apply(orders(bids, event_ns=event_ns))
    return book.view(None).queues.bid_activity


def test_activity_tells_new_orders_and_what_others_lost():
    start = [("a", 99, 5), ("b", 99, 5), ("c", 99, 5)]
    done = [
        ("a", 99, 0, "delete"),
        ("b", 99, 2, "modify"),
        ("d", 99, 1),
        ("c", 99, 7, "modify"),
        ("x", 99, 0, "delete"),
    ]
    assert activity(done, start=start) == Activity(1, [Loss(99, 5, True), Loss(99, 3, False)])
    assert activity([("b", 99, 0, "modify")], start=start) == Activity(0, [Loss(99, 5, True)])


@pytest.mark.parametrize(
    "amended",
    [("a", 98, 5, "modify", 1), ("a", 99, 7, "modify", 2), ("a", 99, 5, "modify", 2), ("a", 98, 5, "add", 1)],
    ids=["to another price", "to more", "to the end of its queue", "by being added again"],
)
def test_an_amended_order_that_keeps_its_id_is_neither_new_nor_gone(amended):
    assert activity([amended], start=[("a", 99, 5), ("b", 99, 5)]) == Activity()


def test_a_snapshot_brings_no_new_orders():
    assert book_of([("a", 99, 5)]).view(None).queues.bid_activity == Activity()


def test_an_order_that_comes_into_the_depth_with_its_level_is_not_new():
    now = 100 * SECOND_NS
    came = [("old", 98, 1, "add", now - 5 * SECOND_NS), ("new", 97, 1, "add", now - SECOND_NS // 100)]
    assert activity(came, event_ns=now) == Activity(1)


def test_what_happens_below_the_tenth_level_is_not_counted():
    start = [(f"{n}", 99 - n, 1) for n in range(12)]
    below = [("new", 80, 1), ("11", 88, 0, "delete"), ("10", 89, 9, "modify")]
    assert activity(below, start=start, depth=25) == Activity()
