"""The order book against a plain dict, at every depth, and by hand."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.book import VIEW_LEVELS, BadLevelError, InexactError, OrderBook, Walk, walk
from leadline.checksum import book_checksum
from leadline.errors import BookInvariantError
from leadline.instrument import EXACT_FLOAT_UNITS, Instrument
from tests.leadline.books import MIRROR_AT, WHOLE, book_of, message, mirror

DEPTHS = (10, 25, 100)


class NaiveBook:
    """What the documentation says, in dicts: apply in order, cut to the depth, checksum."""

    def __init__(self, depth):
        self.depth = depth
        self.bids, self.asks = {}, {}

    def apply(self, bids, asks):
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels:
                side.pop(price, None)
                if size:
                    side[price] = size
        self.bids = dict(sorted(self.bids.items(), reverse=True)[: self.depth])
        self.asks = dict(sorted(self.asks.items())[: self.depth])

    def checksum(self):
        return book_checksum(self.asks.items(), self.bids.items())


def best_first(side):
    """Return a side's (price, size) pairs, best first."""
    return [(abs(key), size) for key, size in zip(reversed(side.keys), reversed(side.sizes), strict=True)]


def assert_same(book, naive):
    book.check()
    assert best_first(book.bids) == list(naive.bids.items())
    assert best_first(book.asks) == list(naive.asks.items())
    assert book.checksum == naive.checksum()


levels = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=6)


@settings(max_examples=60)
@given(st.sampled_from(DEPTHS), st.lists(st.tuples(levels, levels), max_size=25))
def test_a_book_is_a_dict_cut_to_its_depth_after_any_messages(depth, messages):
    book, naive = OrderBook(WHOLE, depth), NaiveBook(depth)
    for bids, asks in messages:
        book.apply(message(bids, asks))
        naive.apply(bids, asks)
        assert_same(book, naive)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(5))
def test_a_full_book_stays_a_dict_cut_to_its_depth_under_traffic_at_its_edges(depth, seed):
    random = Random(seed)
    book, naive = OrderBook(WHOLE, depth), NaiveBook(depth)

    def some(n, sign):
        at = random.choice((0, 9, depth - 1))  # the touch, the last level of the checksum, the cut
        return [(1000 + sign * (at + random.randrange(-5, 6)), random.randrange(3)) for _ in range(n)]

    def whole(sign):
        return [(1000 + sign * (1 + d), random.randrange(1, 9)) for d in range(depth)]

    naive.apply(bids := whole(-1), asks := whole(1))
    book.load(message(bids, asks, snapshot=True))
    for _ in range(120):
        bids, asks = some(random.randrange(8), -1), some(random.randrange(8), 1)
        book.apply(message(bids, asks))
        naive.apply(bids, asks)
        assert_same(book, naive)


def test_levels_of_one_message_are_applied_in_array_order():
    book = book_of([(99, 1)], [(101, 1)])
    book.apply(message([(99, 5), (99, 0), (99, 7), (98, 2), (98, 0)]))
    assert best_first(book.bids) == [(99, 7)]


def test_a_level_pushed_out_of_the_depth_is_gone_when_there_is_room_again():
    book = book_of([(90 - n, 1) for n in range(10)], [(101, 1)], depth=10)
    book.apply(message([(91, 1)]))
    book.apply(message([(91, 0)]))
    assert best_first(book.bids) == [(90 - n, 1) for n in range(9)]  # the venue sends the tenth anew


def test_removing_a_level_that_is_not_there_changes_nothing():
    book = book_of([(99, 1)], [(101, 1)])
    book.apply(message([(97, 0)], [(120, 0)]))
    assert_same(book, naive_of([(99, 1)], [(101, 1)]))


def naive_of(bids, asks, depth=25):
    naive = NaiveBook(depth)
    naive.apply(bids, asks)
    return naive


def test_a_snapshot_replaces_the_whole_book():
    book = book_of([(99, 1), (98, 1)], [(101, 1)])
    book.load(message([(50, 2)], [(51, 3)], snapshot=True))
    assert_same(book, naive_of([(50, 2)], [(51, 3)]))


@pytest.mark.parametrize(("bid", "crossed"), [(100, False), (101, True), (102, True)])
def test_a_bid_at_or_above_the_ask_is_crossed(bid, crossed):
    assert book_of([(bid, 1)], [(101, 1)]).crossed is crossed


def test_a_book_with_an_empty_side_is_not_crossed():
    assert not book_of([(100, 1)], []).crossed
    assert not book_of([], [(100, 1)]).crossed


@pytest.mark.parametrize("level", [(0, 1), (-5, 1), (5, -1)])
def test_an_impossible_level_is_refused(level):
    with pytest.raises(BadLevelError):
        book_of([(99, 1)], []).apply(message(bids=[level]))
    with pytest.raises(BadLevelError):
        book_of([(99, 1)], []).apply_exact([level], [])


BIG = Instrument("BIG/USD", 1, 8)


@pytest.mark.parametrize(("price", "qty"), [(100.0, EXACT_FLOAT_UNITS / 1e8), (EXACT_FLOAT_UNITS / 10, 1.0)])
def test_numbers_that_a_float_cannot_carry_are_not_rounded(price, qty):
    with pytest.raises(InexactError):
        OrderBook(BIG, 10).apply(message([(price, qty)]))


@given(st.integers(1, EXACT_FLOAT_UNITS - 1), st.integers(0, 8))
def test_a_float_below_the_bound_becomes_the_units_of_its_text(units, precision):
    book = OrderBook(Instrument("X/USD", 0, precision), 10)
    text = f"{units // 10**precision}.{units % 10**precision:0{precision}d}" if precision else str(units)
    book.apply(message([(1, float(text))]))
    assert book.bids.sizes == [units]


def test_the_exact_way_keeps_units_beyond_any_float():
    book = book_of([(99, 1)], [(101, 1)])
    size = 2**53 + 1
    book.apply_exact([(100, size), (99, 0), (98, 0)], [(101, 2)])
    book.check()
    assert best_first(book.bids) == [(100, size)]
    assert best_first(book.asks) == [(101, 2)]
    assert book.checksum == book_checksum([(101, 2)], [(100, size)])


def test_the_exact_way_after_a_refusal_gives_the_message_applied_once():
    bids = [(99, 5), (97, EXACT_FLOAT_UNITS + 1), (98, 0)]
    book = book_of([(99, 1), (98, 1)], [(101, 1)])
    with pytest.raises(InexactError):
        book.apply(message(bids))
    book.apply_exact(bids, [])
    assert_same(book, naive_of([(99, 5), (97, EXACT_FLOAT_UNITS + 1)], [(101, 1)]))


def test_the_exact_way_cuts_to_the_depth_too():
    book = book_of([], [], depth=10)
    book.apply_exact([(100 - n, 1) for n in range(15)], [(101 + n, 1) for n in range(15)])
    assert (len(book.bids.keys), len(book.asks.keys)) == (10, 10)
    assert best_first(book.bids)[-1] == (91, 1)


# -- the view


def test_a_view_has_the_best_level_last_and_signed_keys():
    view = book_of([(98, 1), (99, 2)], [(101, 3), (102, 4)]).view(7)
    assert (view.bid_keys, view.bid_sizes) == ([98, 99], [1, 2])
    assert (view.ask_keys, view.ask_sizes) == ([-102, -101], [4, 3])
    assert view.event_ns == 7


def test_a_view_is_not_changed_by_later_messages():
    book = book_of([(99, 2)], [(101, 3)])
    view = book.view(None)
    book.apply(message([(99, 0), (98, 9)], [(101, 9)]))
    assert (view.bid_keys, view.bid_sizes, view.ask_sizes) == ([99], [2], [3])


def test_a_view_holds_the_best_hundred_levels_of_a_deeper_book():
    view = book_of([(1000 - n, 1) for n in range(150)], [(1001 + n, 1) for n in range(150)], depth=1000).view(None)
    assert len(view.bid_keys) == len(view.ask_keys) == VIEW_LEVELS
    assert (view.bid_keys[0], view.bid_keys[-1], view.ask_keys[0]) == (901, 1000, -1100)


@pytest.mark.parametrize(
    ("bids", "asks", "changed"),
    [([(100, 9)], [], (True, False)), ([], [(101, 9)], (False, True)), ([(80, 9)], [(130, 9)], (False, False)),
     ([(100, 1)], [(101, 1)], (False, False)), ([], [], (False, False)), ([(91, 0)], [], (True, False))],
)  # fmt: skip
def test_a_view_says_whether_the_best_ten_levels_changed(bids, asks, changed):
    book = book_of([(100 - n, 1) for n in range(15)], [(101 + n, 1) for n in range(15)])
    book.apply(message(bids, asks))
    view = book.view(None)
    assert (view.bids_changed, view.asks_changed) == changed


@settings(max_examples=50)
@given(st.lists(st.tuples(levels, levels), min_size=1, max_size=10))
def test_a_mirrored_book_is_the_mirror_of_the_book(messages):
    book, mirrored = OrderBook(WHOLE, 25), OrderBook(WHOLE, 25)
    for bids, asks in messages:
        book.apply(message(bids, asks))
        mirrored.apply(message([(MIRROR_AT - p, q) for p, q in asks], [(MIRROR_AT - p, q) for p, q in bids]))
    assert mirrored.view(None) == mirror(book.view(None))
    assert mirrored.crossed == book.crossed


# -- the invariants


@pytest.mark.parametrize(
    ("rule", "sabotage"),
    [("parallel lists", lambda book: book.bids.sizes.append(1)),
     ("strictly sorted", lambda book: book.bids.keys.reverse()),
     ("sizes above zero", lambda book: book.bids.sizes.__setitem__(0, 0)),
     ("at most depth levels", lambda book: setattr(book, "depth", 1)),
     ("signs", lambda book: book.bids.keys.__setitem__(0, -98)),
     ("digits", lambda book: book.bids.digits.__setitem__(0, "981")),
     ("checksum text", lambda book: setattr(book.bids, "text", b"12"))],
)  # fmt: skip
def test_check_finds_a_broken_rule(rule, sabotage):
    book = book_of([(98, 2), (99, 1)], [(101, 1)])
    book.check()
    sabotage(book)
    with pytest.raises(BookInvariantError, match=f"TEST/USD bids: {rule} does not hold"):
        book.check()


# -- the walk


def test_a_walk_takes_the_best_levels_first():
    view = book_of([(99, 3), (98, 10)], [(101, 2), (102, 5), (103, 9)]).view(None)
    assert walk(view.ask_keys, view.ask_sizes, 4) == Walk(4, 2 * 101 + 2 * 102, 2)
    assert walk(view.bid_keys, view.bid_sizes, 3) == Walk(3, 3 * 99, 1)
    assert walk(view.ask_keys, view.ask_sizes, 4).price_units() == 101.5


def test_a_walk_through_a_thin_book_fills_what_there_is():
    assert walk([-101], [2], 5) == Walk(2, 202, 1)
    assert walk([], [], 5) == Walk(0, 0, 0)
    assert walk([-101], [2], 0) == Walk(0, 0, 0)


@pytest.mark.parametrize(("size", "deep"), [(10, False), (11, True)])
def test_a_walk_past_the_tenth_level_is_deep(size, deep):
    view = book_of([], [(101 + n, 1) for n in range(12)]).view(None)
    assert walk(view.ask_keys, view.ask_sizes, size).deep is deep
