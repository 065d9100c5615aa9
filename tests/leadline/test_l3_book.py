"""The order-by-order book: the published example, a naive model under random traffic, a real feed, and by hand."""

import pickle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import hft, microstructure
from leadline.book import BadLevelError, InexactError, OrderBook
from leadline.checksum import book_checksum
from leadline.errors import BookInvariantError
from leadline.instrument import EXACT_FLOAT_UNITS, Instrument
from leadline.l3_book import QueueBook
from leadline.queues import Activity, Loss
from leadline.settings import Hft
from leadline.times import SECOND_NS
from sources.kraken import wire, wire_exact
from tests.leadline.books import MIRROR_AT, WHOLE, level_checksum, message
from tests.leadline.independent_reserve import Recording
from tests.leadline.naive_orders import NaiveOrders, best_first, orders

WHOLE_BOOK = 100_000


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


# -- the published checksums


def test_the_published_orders_give_the_published_checksum(recordings):
    frame = (recordings / "kraken_v2_docs/l3_doc_example.json").read_bytes()
    snapshot = wire.decode(frame)
    book = QueueBook(Instrument("BTC/USD", *wire_exact.snapshot_precision(frame, "BTC/USD")), 10)
    book.load(snapshot)
    book.check()
    assert book.checksum == snapshot.checksum == 1063832831
    assert (book.bids.n_orders, book.asks.n_orders) == (21, 14)


def test_the_published_price_levels_give_theirs_as_orders_of_one_a_level(recordings):
    frame = (recordings / "kraken_v2_docs/l2_doc_example.json").read_bytes()
    levels = wire.decode(frame)
    sides = ([(f"{n}", x.price, x.qty) for n, x in enumerate(side)] for side in (levels.bids, levels.asks))
    book = book_of(*sides, instrument=Instrument("BTC/USD", 1, 8))
    assert book.checksum == level_checksum(book) == levels.checksum == 3310070434


# -- against the naive model


def random_message(random, known, n_prices, bids_below):
    """Return a message of a few changes: new orders, changed ones, gone ones, unknown ones, some of them again."""
    sides = []
    for sign in (-1, 1):
        changes = []
        for _ in range(random.choice((0, 1, 1, 2, 4))):
            event = random.choice(("add", "add", "modify", "delete"))
            id = random.choice(known) if random.random() < 0.6 else f"{random.randrange(10**6)}"
            known.append(id)
            size = random.randrange(1, 9) if event == "add" else random.randrange(9)
            price = bids_below + sign * random.randrange(1, n_prices)
            changes.append((f"{sign}{id}", price, size, event, random.randrange(1, 6)))
        sides.append(changes)
    return orders(*sides)


@pytest.mark.parametrize("block", range(10))
def test_ten_thousand_random_interleavings_agree_with_the_naive_model(block):
    for seed in range(block * 1000, block * 1000 + 1000):
        random = Random(seed)
        depth, n_prices = random.choice(((1, 4), (3, 7), (10, 15), (12, 15)))
        book, naive, known = QueueBook(WHOLE, depth), NaiveOrders(depth), ["0"]
        for _ in range(random.randrange(1, 8)):
            one = random_message(random, known, n_prices, 100)
            book.apply(one)
            naive.apply(one)
            assert book.checksum == naive.checksum(), seed
        assert_same(book, naive)


def test_a_full_book_agrees_with_the_naive_model_under_long_traffic():
    random = Random(5)
    book, naive, known = QueueBook(WHOLE, 10), NaiveOrders(10), ["0"]
    for _ in range(1500):
        one = random_message(random, known[-40:], 30, 100)
        book.apply(one)
        naive.apply(one)
        assert_same(book, naive)
    assert len(book.bids.keys) == len(book.asks.keys) == 10


changes = st.lists(
    st.tuples(st.sampled_from("ABCDEFGH"), st.integers(1, 15), st.integers(1, 9),
              st.sampled_from(("add", "add", "modify", "delete")), st.integers(1, 4)), max_size=5,
)  # fmt: skip
traffic = st.lists(st.tuples(changes, changes), min_size=1, max_size=8)


@settings(max_examples=60)
@given(traffic, st.integers(0, 8), st.sampled_from((3, 10)))
def test_a_book_put_to_sleep_and_woken_goes_on_as_if_nothing_had_been(messages, cut, depth):
    book, other = QueueBook(WHOLE, depth), QueueBook(WHOLE, depth)
    for n, sides in enumerate(messages):
        one = orders(*sides)
        book.apply(one)
        other.apply(one)
        if n == cut:
            other = pickle.loads(pickle.dumps(other))
            other.check()
        assert best_first(other.bids) == best_first(book.bids)
        assert best_first(other.asks) == best_first(book.asks)
        assert (other.checksum, other.bids.n_orders) == (book.checksum, book.bids.n_orders)


# -- the view that the later stages take


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


# -- numbers


BIG = Instrument("BIG/USD", 1, 8)


@pytest.mark.parametrize(("price", "qty"), [(100.0, EXACT_FLOAT_UNITS / 1e8), (EXACT_FLOAT_UNITS / 10, 1.0)])
def test_numbers_that_a_float_cannot_carry_are_not_rounded(price, qty):
    with pytest.raises(InexactError):
        QueueBook(BIG, 10).apply(orders([("a", price, qty)]))


def test_the_exact_way_after_a_refusal_gives_the_message_applied_once():
    size = 2**53 + 1
    book = book_of([("a", 99, 1), ("b", 98, 1)])
    one = orders([("c", 97, 3), ("a", 99, 0, "delete"), ("d", 99, size), ("b", 98, 2, "modify")])
    with pytest.raises(InexactError):
        book.apply(one)
    book.apply_units(one, [(97, 3), (0, 0), (99, size), (98, 2)], [])
    book.check()
    assert [(q[0].id, q[0].size) for q in book.bids.queues] == [("c", 3), ("b", 2), ("d", size)]
    assert book.checksum == book_checksum([], [(99, size), (98, 2), (97, 3)])


def test_a_snapshot_of_huge_numbers_brings_no_new_orders():
    size = 2**53 + 1
    book, one = QueueBook(WHOLE, 10), orders([("a", 99, 1), ("b", 98, size)], snapshot=True)
    with pytest.raises(InexactError):
        book.load(one)
    book.apply_units(one, [(99, 1), (98, size)], [])
    assert book.bids.sizes == [size, 1] and book.view(None).queues.bid_activity == Activity()
    book.apply_units(orders([("c", 99, size)]), [(99, size)], [])
    assert book.view(None).queues.bid_activity == Activity(added=1)


@pytest.mark.parametrize("bad", [(0, 1, "add"), (-5, 1, "add"), (5, -1, "modify"), (5, 0, "add")])
def test_an_impossible_order_is_refused(bad):
    price, qty, event = bad
    with pytest.raises(BadLevelError, match="order x"):
        book_of().apply(orders([("x", price, qty, event)]))
    with pytest.raises(BadLevelError, match="order x"):
        book_of().apply_units(orders([("x", price, qty, event)]), [(price, qty)], [])


# -- the invariants


@pytest.mark.parametrize(
    ("rule", "sabotage"),
    [("parallel lists", lambda side: side.sizes.append(1)), ("strictly sorted", lambda side: side.keys.reverse()),
     ("signs", lambda side: side.keys.__setitem__(0, -98)),
     ("no empty queue", lambda side: side.queues.__setitem__(0, ())),
     ("orders at their price", lambda side: side.queues.reverse()),
     ("time priority", lambda side: setattr(side.queues[1][0], "time_ns", 99)),
     ("sizes above zero", lambda side: setattr(side.queues[1][0], "size", 0)),
     ("sizes are sums", lambda side: side.sizes.__setitem__(0, 77)),
     ("every order is known by its id", lambda side: side.orders.popitem()),
     ("digits", lambda side: setattr(side.queues[1][0], "digits", "1")),
     ("level texts", lambda side: side.texts.__setitem__(0, "1")),
     ("checksum text", lambda side: setattr(side, "text", b"12")), ("checksum", lambda side: setattr(side, "crc", 5)),
     ("order count", lambda side: setattr(side, "n_orders", 9))],
)  # fmt: skip
def test_check_finds_a_broken_rule(rule, sabotage):
    book = book_of([("a", 98, 2), ("b", 99, 1), ("c", 99, 1)])
    book.check()
    sabotage(book.bids)
    with pytest.raises(BookInvariantError, match=f"TEST/USD bids: {rule} does not hold"):
        book.check()


def test_check_finds_a_book_that_is_too_deep():
    book = book_of([("a", 98, 2), ("b", 99, 1)])
    book.depth = 1
    with pytest.raises(BookInvariantError, match="at most depth levels"):
        book.check()


# -- a genuine feed of another venue


@pytest.mark.parametrize("depth", [10, WHOLE_BOOK])
def test_the_recorded_orders_of_independent_reserve_keep_a_consistent_book(recordings, depth):
    recording = Recording(recordings / "l3_other")
    assert dict(recording.counts) == {
        "listed": 1783, "listed for nothing": 1, "NewOrder": 831, "OrderCanceled": 832,
    }  # fmt: skip
    kept = []
    for symbol, snapshot in recording.snapshots.items():
        book, standing = QueueBook(recording.instruments[symbol], depth), {}
        book.load(snapshot)
        for update in (snapshot, *recording.updates[symbol]):
            if update is not snapshot:
                book.apply(update)
            assert not book.crossed
            for change in (*update.bids, *update.asks):
                standing.pop(change.id, None)
                standing |= {change.id: change} if change.event == "add" else {}
        book.check()
        kept.append((symbol, len(book.bids.orders), len(book.asks.orders)))
        if depth == WHOLE_BOOK:
            assert book.bids.orders.keys() | book.asks.orders.keys() == standing.keys()
            assert all(standing[id].qty == book.instrument.qty(o.size) for id, o in book.bids.orders.items())
    if depth == WHOLE_BOOK:
        assert kept == [
            ("DOT/NZD", 75, 171), ("MATIC/USD", 66, 115), ("ETH/AUD", 543, 524), ("BCH/SGD", 47, 178),
            ("PMGT/NZD", 39, 24),
        ]  # fmt: skip
