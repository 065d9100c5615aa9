"""Order rates by hand: what came, what went unfilled, what traded."""

from random import Random

import pytest

from leadline.order_fills import APART_NS
from leadline.order_rates import OrderRates, SideRates
from leadline.queues import Activity, Loss
from leadline.times import SECOND_NS

WINDOWS = (SECOND_NS, 5 * SECOND_NS, 10 * SECOND_NS)


def running(since_ns: int = 0) -> OrderRates:
    rates = OrderRates()
    rates.restart_orders(since_ns)
    rates.restart_trades(since_ns)
    return rates


def test_rates_are_counts_of_the_window_a_second():
    rates = running()
    rates.bids.take(2 * SECOND_NS, Activity(added=10))
    rates.bids.take(9_500_000_000, Activity(1, [Loss(99, 5, True), Loss(98, 5, True)]))
    adds, cancelled, trades = [1.0, 0.2, 1.1], [2.0, 0.4, 0.2], [0.0, 0.0, 0.0]
    assert rates.bids.rates(10 * SECOND_NS, WINDOWS) == [*adds, *cancelled, *trades]


def test_a_taker_who_buys_meets_asks():
    rates = running()
    rates.trade(SECOND_NS, taker_buys=True, price=101, size=5)
    assert rates.asks.rates(SECOND_NS, (SECOND_NS,)) == [0.0, 0.0, 1.0]
    assert rates.bids.rates(SECOND_NS, (SECOND_NS,)) == [0.0, 0.0, 0.0]


def cancelled(*happened: tuple) -> float:
    """Return how many bids were cancelled in the last ten seconds: trades are (price, size), losses have a third."""
    rates = running()
    for n, what in enumerate(happened):
        at = 5 * SECOND_NS + n
        if isinstance(what, Loss):
            rates.bids.take(at, Activity(0, [what]))
        elif what is None:
            rates.trim(at + APART_NS, 11 * SECOND_NS)
        else:
            rates.trade(at, False, *what)
    return rates.bids.rates(10 * SECOND_NS, (10 * SECOND_NS,))[1] * 10


@pytest.mark.parametrize(
    ("happened", "n_cancelled"),
    [
        ((Loss(99, 5, True),), 1),
        ((Loss(99, 5, True), (99, 5)), 0),
        (((99, 5), Loss(99, 5, True)), 0),
        ((Loss(99, 5, False), (99, 5)), 0),
        ((Loss(99, 5, False),), 0),  # amended to less
        ((Loss(98, 5, True), (99, 5)), 1),  # the trade was somewhere else
        ((Loss(99, 4, True), (99, 5)), 1),  # it was of a hidden order
        ((Loss(99, 5, True), Loss(99, 5, True), (99, 5)), 1),
        ((Loss(99, 5, True), (99, 2), (99, 3)), 0),  # two takers met one order in one message
        (((99, 2), (99, 3), Loss(99, 5, True)), 0),
        ((Loss(99, 1, True), Loss(99, 2, False), (99, 2)), 1),  # one cancelled, another filled in part
        ((Loss(99, 2, False), Loss(99, 5, True), (99, 5)), 0),  # one amended to less, another filled
        (((99, 5), None, Loss(99, 5, True)), 1),  # too long ago to be its trade
        ((Loss(99, 5, True), None, (99, 5)), 1),
    ],
)
def test_an_order_that_went_was_cancelled_unless_a_trade_explains_it(happened, n_cancelled):
    assert cancelled(*happened) == pytest.approx(n_cancelled)


def test_whatever_the_two_connections_order_as_many_orders_are_cancelled():
    for seed in range(200):
        random = Random(seed)
        fills = [(random.randrange(95, 100), random.randrange(1, 10**6)) for _ in range(5)]
        dropped = [Loss(random.randrange(95, 100), random.randrange(10**6, 10**7), True) for _ in range(5)]
        happened = [*fills, *(Loss(*fill, True) for fill in fills), *dropped]
        random.shuffle(happened)
        assert cancelled(*happened) == pytest.approx(5), seed


def test_a_rate_is_none_until_its_window_was_seen_whole():
    rates = running(SECOND_NS)
    assert rates.bids.rates(6 * SECOND_NS, WINDOWS) == [0.0, 0.0, None] * 3


def test_lost_trades_make_cancels_unknown_and_adds_not():
    rates = running()
    rates.restart_trades(None)
    assert rates.bids.rates(10 * SECOND_NS, (SECOND_NS,)) == [0.0, None, None]
    rates = running()
    rates.restart_orders(None)
    assert rates.asks.rates(10 * SECOND_NS, (SECOND_NS,)) == [None, None, 0.0]


def test_what_no_window_reaches_is_forgotten():
    side = SideRates()
    side.restart(0)
    for n in range(100):
        side.take(n * SECOND_NS, Activity(1, [Loss(99, 1 + n, True)]))
        side.trade(n * SECOND_NS, 99, 10**6 + n)
        side.trim(n * SECOND_NS, 11 * SECOND_NS)
    assert len(side._times) == 11
    assert len(side._fills._lost) <= 1 >= len(side._fills._traded)
    assert side.rates(99 * SECOND_NS, WINDOWS)[:3] == [1.0, 1.0, 1.0]
