"""Order rates by hand: what came, what went unfilled, what traded."""

import pytest

from leadline.order_rates import OrderRates, SideRates, cancels
from leadline.queues import Activity

SECOND = 1_000_000_000
WINDOWS = (SECOND, 5 * SECOND, 10 * SECOND)


def running(since_ns: int = 0) -> OrderRates:
    rates = OrderRates()
    rates.restart_orders(since_ns)
    rates.restart_trades(since_ns)
    return rates


def test_rates_are_counts_of_the_window_a_second():
    rates = running()
    rates.bids.take(2 * SECOND, Activity(added=10))
    rates.bids.take(9_500_000_000, Activity(added=1, removed=2))
    adds, cancelled, trades = [1.0, 0.2, 1.1], [2.0, 0.4, 0.2], [0.0, 0.0, 0.0]
    assert rates.bids.rates(10 * SECOND, WINDOWS) == [*adds, *cancelled, *trades]


def test_a_taker_who_buys_meets_asks():
    rates = running()
    rates.trade(SECOND, taker_buys=True)
    assert rates.asks.rates(SECOND, (SECOND,)) == [0.0, 0.0, 1.0]
    assert rates.bids.rates(SECOND, (SECOND,)) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("removed", "reduced", "traded", "cancelled"),
    [(5, 0, 0, 5), (5, 0, 5, 0), (5, 1, 3, 3), (0, 1, 1, 0), (2, 3, 1, 2), (1, 0, 4, 0)],
)
def test_cancels_are_what_went_less_what_was_filled_wholly_and_never_negative(removed, reduced, traded, cancelled):
    assert cancels(removed, reduced, traded) == cancelled


def test_a_rate_is_none_until_its_window_was_seen_whole():
    rates = running(SECOND)
    assert rates.bids.rates(6 * SECOND, WINDOWS) == [0.0, 0.0, None] * 3


def test_lost_trades_make_cancels_unknown_and_adds_not():
    rates = running()
    rates.restart_trades(None)
    assert rates.bids.rates(10 * SECOND, (SECOND,)) == [0.0, None, None]
    rates = running()
    rates.restart_orders(None)
    assert rates.asks.rates(10 * SECOND, (SECOND,)) == [None, None, 0.0]


def test_what_no_window_reaches_is_forgotten():
    side = SideRates()
    side.restart(0)
    for n in range(100):
        side.take(n * SECOND, Activity(1, 1, 1))
        side.trim(n * SECOND, 11 * SECOND)
    assert len(side._times) == 11
    assert side.rates(99 * SECOND, WINDOWS)[:3] == [1.0, 1.0, 1.0]
