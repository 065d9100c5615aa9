"""The order-by-order book: the published example, a naive model under random traffic, a real feed, and by hand."""

import pickle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.book import BadLevelError, InexactError
from leadline.checksum import book_checksum
from leadline.errors import BookInvariantError
from leadline.instrument import EXACT_FLOAT_UNITS, Instrument
from leadline.l3_book import QueueBook
from leadline.queues import Activity
from sources.kraken import wire, wire_exact
from tests.leadline.books import WHOLE, level_checksum
from tests.leadline.independent_reserve import Recording
from tests.leadline.l3_books import WHOLE_BOOK, assert_same, book_of, traffic
from tests.leadline.naive_orders import NaiveOrders, best_first, orders

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
