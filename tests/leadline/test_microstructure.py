"""Features of the book: by hand, and the mirror."""

from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.microstructure import (
    FlowWindow,
    Touch,
    depth_imbalance,
    imbalance,
    microprice_units,
    mid_units,
    order_flow,
    spread_bps,
    touch,
)
from leadline.times import SECOND_NS
from tests.leadline.books import book_of, mirror, mirror_at_mid, view_of, views

SMALL = view_of([(9998, 6), (9999, 3)], [(10001, 1), (10002, 2)])


# -- the touch


def test_the_touch_is_the_best_level_of_each_side():
    assert touch(SMALL) == Touch(9999, 3, -10001, 1)
    assert touch(view_of([(9999, 3)], [])) is None
    assert touch(view_of([], [(9999, 3)])) is None


def test_mid_spread_and_microprice_by_hand():
    at = touch(SMALL)
    assert mid_units(at) == 10_000
    assert spread_bps(at) == 2.0
    assert microprice_units(at) == (9999 * 1 + 10001 * 3) / 4  # the heavier bid pushes up


@settings(max_examples=50)
@given(views())
def test_the_microprice_lies_within_the_spread_and_mirrors(view):
    at, mirrored = touch(view), touch(mirror_at_mid(view))
    assert at.bid_key <= microprice_units(at) <= -at.ask_key
    assert microprice_units(mirrored) == pytest.approx(2 * mid_units(at) - microprice_units(at), rel=1e-12)
    assert spread_bps(mirrored) == spread_bps(at)


# -- imbalances


def test_depth_imbalance_by_hand():
    assert depth_imbalance(SMALL) == (9 - 3) / (9 + 3)


def test_imbalance_by_hand():
    one, two = exp(-1 / 5), exp(-2 / 5)  # 1 and 2 bps from mid, lambda 5 bps
    bid, ask = 3 * one + 6 * two, 1 * one + 2 * two
    assert imbalance(SMALL, 5.0) == pytest.approx(10 * (bid - ask) / (bid + ask), rel=1e-12)
    assert imbalance(SMALL, 5.0) == pytest.approx(5.0)  # three times the size on the bid at every distance


def test_what_lies_nearer_to_the_mid_weighs_more():
    near_bid = view_of([(9998, 1), (9999, 3)], [(10001, 1), (10002, 3)])
    one, two = exp(-1 / 5), exp(-2 / 5)
    bid, ask = 3 * one + 1 * two, 1 * one + 3 * two
    assert imbalance(near_bid, 5.0) == pytest.approx(10 * (bid - ask) / (bid + ask), rel=1e-12)
    assert 0 < imbalance(near_bid, 5.0) < imbalance(near_bid, 0.5)


def test_levels_below_the_tenth_count_for_nothing():
    bids, asks = [(9999 - n, 1) for n in range(10)], [(10001 + n, 1) for n in range(10)]
    assert depth_imbalance(view_of([*bids, (9989, 50)], asks)) == 0.0
    assert imbalance(view_of([*bids, (9989, 50)], asks), 5.0) == 0.0


@settings(max_examples=50)
@given(views(), st.sampled_from([0.5, 5.0, 50.0]))
def test_imbalances_flip_sign_when_the_book_is_mirrored(view, lambda_bps):
    mirrored = mirror_at_mid(view)
    assert imbalance(mirrored, lambda_bps) == -imbalance(view, lambda_bps)
    assert depth_imbalance(mirrored) == -depth_imbalance(view)
    assert depth_imbalance(mirror(view)) == -depth_imbalance(view)  # around any price: it has no bps in it


@settings(max_examples=50)
@given(views(), st.sampled_from([0.5, 5.0, 50.0]))
def test_imbalances_stay_within_their_ranges(view, lambda_bps):
    assert -10.0 <= imbalance(view, lambda_bps) <= 10.0
    assert -1.0 < depth_imbalance(view) < 1.0


@pytest.mark.parametrize("ask", [20_000, 10**9])
def test_a_spread_of_any_width_leaves_an_imbalance(ask):
    assert imbalance(view_of([(1, 3)], [(ask, 1)]), 5.0) == 5.0  # both touches are equally far from mid


def test_nearly_all_the_weight_on_one_side_is_at_most_ten():
    book = book_of([], [])
    book.apply_exact([(9999, 10**18)], [(10001, 1)])
    assert imbalance(book.view(None), 5.0) == 10.0


# -- order flow

touches = st.builds(Touch, st.integers(9990, 9999), st.integers(1, 9), st.integers(-10010, -10001), st.integers(1, 9))


@pytest.mark.parametrize(
    ("after", "flow"),
    [(Touch(99, 5, -101, 1), 2),  # more at the bid
     (Touch(99, 3, -101, 4), -3),  # more at the ask
     (Touch(100, 7, -101, 1), 7),  # a better bid: all of it
     (Touch(98, 7, -101, 1), -3),  # the bid fell: what was there is gone
     (Touch(99, 3, -100, 7), -7),  # a better ask
     (Touch(99, 3, -102, 7), 1),  # the ask was eaten
     (Touch(99, 3, -101, 1), 0)],
)  # fmt: skip
def test_order_flow_is_what_the_queues_at_the_touch_gained(after, flow):
    assert order_flow(Touch(99, 3, -101, 1), after) == flow


def formula(b, B, a, A, b0, B0, a0, A0):
    return (b >= b0) * B - (b <= b0) * B0 - (a <= a0) * A + (a >= a0) * A0


@given(touches, touches)
def test_order_flow_is_the_formula_of_the_paper(before, after):
    plain = [(t.bid_key, t.bid_size, -t.ask_key, t.ask_size) for t in (after, before)]
    assert order_flow(before, after) == formula(*plain[0], *plain[1])


@given(touches, touches)
def test_order_flow_flips_sign_when_the_book_is_mirrored(before, after):
    def swapped(t):
        return Touch(t.ask_key + 20_000, t.ask_size, t.bid_key - 20_000, t.bid_size)

    assert order_flow(swapped(before), swapped(after)) == -order_flow(before, after)


# -- windows


def window(*events, since=0):
    made = FlowWindow()
    made.restart(since)
    for at_s, flow in events:
        made.add(round(at_s * SECOND_NS), flow)
    return made


def total(of, now_s, seconds):
    return of.total(round(now_s * SECOND_NS), seconds * SECOND_NS)


def test_a_window_sums_what_came_after_its_beginning_up_to_now():
    flows = window((1, 5), (2, -3), (3, 10))
    assert [total(flows, 3, s) for s in (1, 2, 3)] == [10, 7, 12]
    assert total(flows, 4, 1) == 0
    assert total(flows, 4, 2) == 10


def test_a_window_that_was_not_seen_whole_is_none():
    flows = window((1, 5), since=SECOND_NS)
    assert total(flows, 5, 5) is None
    assert total(flows, 6, 5) == 0
    assert total(FlowWindow(), 100, 1) is None
    flows.restart(None)
    assert total(flows, 100, 1) is None


def test_a_restart_forgets_what_was_summed():
    flows = window((1, 5), (2, 7))
    flows.restart(2 * SECOND_NS)
    flows.add(3 * SECOND_NS, 1)
    assert total(flows, 3, 1) == 1


events = st.lists(st.tuples(st.integers(0, 40), st.integers(-9, 9)), max_size=30)


@given(events, st.sampled_from([1, 5, 10]), st.lists(st.integers(0, 40), max_size=3))
def test_a_window_is_the_plain_sum_whatever_was_trimmed(flows, seconds, trims):
    flows.sort()
    made, now = window(), 0
    for at_s, flow in flows:
        now = at_s
        made.add(at_s * SECOND_NS, flow)
        if at_s in trims:
            made.trim(at_s * SECOND_NS, 10 * SECOND_NS)
    expected = sum(flow for at_s, flow in flows if now - seconds < at_s <= now)
    assert total(made, now, seconds) == (expected if now >= seconds else None)


def test_trimming_bounds_the_memory():
    made = window()
    for n in range(10_000):
        made.add(n * SECOND_NS, 1)
        if n % 10 == 0:
            made.trim(n * SECOND_NS, 11 * SECOND_NS)
    assert len(made._times) < 25
    assert total(made, 9999, 10) == 10
