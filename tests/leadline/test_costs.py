"""What a trade costs: the golden arithmetic of docs/signals.md section 5, and walks by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.costs import costs, slippage
from tests.leadline.books import mirror_at_mid, view_of, views


def test_a_stop_of_25_and_a_target_of_50_are_impossible_at_entry_tier_fees():
    found = costs(25, 50, 40 + 40, 0, 0)
    assert found.win_bps == -30
    assert found.breakeven_win_rate is None


def test_a_stop_of_25_and_a_target_of_50_break_even_at_48_percent_at_the_lowest_fees():
    found = costs(25, 50, 5 + 5, 0, 2)
    assert (found.loss_bps, found.win_bps, found.cost_bps) == (37, 40, 12)
    assert round(found.breakeven_win_rate, 4) == 0.4805
    assert found.net_rr == 40 / 37


def test_entry_slippage_costs_both_ways_and_stop_slippage_only_the_loser():
    assert costs(25, 50, 10, 3, 2)[:2] == (40, 37)


def test_a_win_of_nearly_nothing_has_a_break_even_near_one():
    assert costs(25, 50.5, 50, 0, 0).breakeven_win_rate == 75 / 75.5


def test_a_win_of_nothing_is_impossible():
    assert costs(25, 50, 50, 0, 0).breakeven_win_rate is None


@given(*[st.floats(0.1, 500)] * 3, *[st.floats(0, 100)] * 2)
def test_at_its_break_even_rate_a_trade_earns_nothing(stop, target, fee, entry_slip, stop_slip):
    found = costs(stop, target, fee, entry_slip, stop_slip)
    p = found.breakeven_win_rate
    if p is None:
        assert found.win_bps <= 0
    else:
        assert p * found.win_bps - (1 - p) * found.loss_bps == pytest.approx(0, abs=1e-9 * found.loss_bps)


BOOK = view_of([(9990, 4), (9980, 4)], [(10000, 2), (10010, 6), (10020, 5)])


def test_slippage_of_the_touch_is_none():
    assert slippage(BOOK, 1, 2) == (0.0, 0.0, 2, False)


def test_slippage_walks_the_entry_side_and_the_stop_side():
    found = slippage(BOOK, 1, 6)  # buys 2 at 10000 and 4 at 10010, would sell 4 at 9990 and 2 at 9980
    assert found.entry_bps == pytest.approx(1e4 * 40 / (6 * 10000))
    assert found.stop_bps == pytest.approx(1e4 * 20 / (6 * 10000))
    assert (found.available, found.deep) == (6, False)


def test_a_sell_walks_the_other_way():
    found = slippage(BOOK, -1, 6)
    assert found.entry_bps == pytest.approx(1e4 * 20 / (6 * 9990))
    assert found.stop_bps == pytest.approx(1e4 * 40 / (6 * 9990))


def test_a_thin_book_says_how_much_it_has():
    assert slippage(BOOK, 1, 100).available == 8
    assert slippage(BOOK, -1, 100).available == 8
    assert slippage(BOOK, 1, 0) == (0.0, 0.0, 0, False)


def test_past_the_tenth_level_it_is_deep():
    bids, asks = [(999 - n, 1) for n in range(12)], [(1001 + n, 9) for n in range(12)]
    assert not slippage(view_of(bids, asks), 1, 10).deep
    assert slippage(view_of(bids, asks), 1, 11).deep


@settings(max_examples=50)
@given(views(), st.integers(1, 10**10))
def test_slippage_of_a_sell_is_that_of_a_buy_in_the_mirror(view, size):
    buy, sell = slippage(view, 1, size), slippage(mirror_at_mid(view), -1, size)
    assert (buy.available, buy.deep) == (sell.available, sell.deep)
    entry, mirrored = -view.ask_keys[-1], view.bid_keys[-1]  # bps are of the entry
    assert sell.entry_bps * mirrored == pytest.approx(buy.entry_bps * entry, rel=1e-9, abs=1e-6)
    assert sell.stop_bps * mirrored == pytest.approx(buy.stop_bps * entry, rel=1e-9, abs=1e-6)
