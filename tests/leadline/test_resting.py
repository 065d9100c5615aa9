"""Resting orders on Level 3: the place in the queue decides what a pessimist gets."""

import msgspec
import pytest

from leadline.queues import QUIET, Order, Queues
from leadline.resting import Print, Resting
from tests.leadline.books import mirror, view_of

BID, ASK = 9_995, 9_997


def order(name, size, time_ns, key):
    return Order(name, key, size, time_ns, "")


def book(*waiting, event_ns=100, side=1):
    """Return a view whose touch holds (size, time) orders on our side; `side` -1 turns it upside down."""
    queue = tuple(order(str(n), size, time, BID) for n, (size, time) in enumerate(waiting))
    view = view_of([(BID, sum(size for size, _ in waiting) or 1)] if waiting else [(BID - 5, 9)], [(ASK, 9)])
    bids = [queue] if waiting else [(order("far", 9, 0, BID - 5),)]
    asks = [(order("other", 9, 0, -ASK),)]
    view.event_ns, view.queues = event_ns, Queues(bids, asks, QUIET, QUIET)
    if side < 0:
        view = mirror(view)
        view.event_ns, view.queues = event_ns, Queues(asks, bids, QUIET, QUIET)
    return view


def resting(side=1, **given):
    return Resting(BID if side > 0 else 20_000 - BID, side, **{"optimistic": False, "joined_ns": 50} | given)


def at_price(size, event_ns, side=1):
    return [Print(BID if side > 0 else 20_000 - BID, size, event_ns)]


@pytest.mark.parametrize("side", [1, -1])
def test_who_stood_before_is_filled_before(side):
    ours = resting(side)
    assert not ours.seen(book((5, 40), side=side))
    assert not ours.printed(at_price(100, 101, side), 10)
    ours.seen(book((5, 60), event_ns=110, side=side))  # who stands there now came later
    assert not ours.printed(at_price(9, 111, side), 10)
    assert ours.printed(at_price(1, 112, side), 10)


def test_only_what_trades_after_the_queue_was_seen_empty_counts():
    ours = resting()
    ours.seen(book(event_ns=110))
    assert not ours.printed(at_price(100, 110), 10)  # it may be the very trade that emptied the queue
    assert ours.printed(at_price(100, 111), 10)


def test_a_view_older_than_the_order_says_nothing_of_its_queue():
    ours = resting(joined_ns=200)
    ours.seen(book(event_ns=150))
    assert not ours.printed(at_price(100, 210), 10)
    ours.seen(book((5, 180), event_ns=220))
    assert not ours.printed(at_price(100, 230), 10)


def test_trades_at_better_prices_are_not_ours():
    ours = resting()
    ours.seen(book(event_ns=110))
    assert not ours.printed([Print(BID + 1, 100, 120)], 10)


def test_a_level_beyond_all_that_are_known_says_nothing_of_its_queue():
    ours = Resting(BID - 100, 1, False, 50)
    ours.seen(book((5, 60), event_ns=110))
    assert ours.front_ns is None


def test_without_single_orders_or_the_venues_time_only_a_trade_through_fills():
    plain = view_of([(BID, 1)], [(ASK, 9)])
    for ours, view in ((resting(), plain), (resting(joined_ns=None), book((5, 60)))):
        ours.seen(view)
        assert not ours.printed(at_price(1000, 200), 10)
        assert ours.printed([Print(BID - 1, 1, 200)], 10)


def test_the_optimist_needs_no_queue():
    assert resting(optimistic=True).printed(at_price(1, 60), 10)


def test_it_goes_through_json():
    ours = resting()
    ours.seen(book(event_ns=110))
    assert msgspec.json.decode(msgspec.json.encode(ours), type=Resting) == ours
