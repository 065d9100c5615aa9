"""Volume profiles against a brute-force one, and turned upside down."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.volume_profile import VALUE_AREA, grown, nodes, point_of_control, profile, spread

TOP = 2048.0  # c of p -> c - p
sixteenths = st.integers(0, 16 * 1000).map(lambda n: n / 16)
volumes = st.integers(0, 400).map(lambda n: n / 8)
traded = st.lists(
    st.tuples(sixteenths, st.one_of(st.just(0.0), st.integers(0, 4000).map(lambda n: n / 16)), volumes),
    min_size=1, max_size=40,
)  # fmt: skip  # (low, range, volume)


def columns(bars):
    low, height, volume = (np.array(column) for column in zip(*bars, strict=True))
    return low, low + height, volume


def brute_force(low, high, volume, edges):
    """Take each bar's share of each bin, one by one."""
    found = [0.0] * (len(edges) - 1)
    for bar_low, bar_high, amount in zip(low, high, volume, strict=True):
        for at in range(len(found)):
            bottom, top = edges[at], edges[at + 1]
            if bar_high > bar_low:
                overlap = max(0.0, min(bar_high, top) - max(bar_low, bottom))
                found[at] += amount * overlap / (bar_high - bar_low)
            else:
                touching = [n for n in range(len(found)) if edges[n] <= bar_low <= edges[n + 1]]
                found[at] += amount / len(touching) if at in touching else 0.0
    return found


@given(traded, st.integers(1, 60))
def test_a_profile_is_the_brute_force_one(bars, bins):
    low, high, volume = columns(bars)
    edges = np.linspace(0.0, 1280.0, bins + 1) if bins in (1, 2, 4, 5, 8, 10, 16, 20, 32, 40) else None
    if edges is None:  # a width that is no binary fraction: keep prices off the edges, where rounding decides
        low, high = low + 1 / 1024, high + 1 / 1024
        edges = np.linspace(0.0, 1280.0, bins + 1)
    assert list(spread(low, high, volume, edges)) == pytest.approx(brute_force(low, high, volume, edges), abs=1e-9)


@given(traded, st.integers(10, 120))
def test_no_volume_is_lost_and_the_value_area_is_contiguous_and_holds_its_share(bars, bins):
    low, high, volume = columns(bars)
    made = profile(low, high, volume, bins)
    if made is None:
        assert volume.sum() == 0.0
        return
    assert made.volume == pytest.approx(volume.sum(), rel=1e-9)
    assert made.low <= made.val <= made.poc <= made.vah <= made.high
    assert made.value_area >= VALUE_AREA - 1e-9
    inside = made.share_below(made.vah) - made.share_below(made.val)
    assert made.bin_width == 0.0 or inside == pytest.approx(made.value_area, abs=1e-6)


@given(traded, st.integers(10, 120))
@example([(0.0, 0.0, 1 / 8), (5.25, 0.625, 1 / 8), (2.75, 0.0, 2.5), (8.75, 0.0, 7 / 8), (5.75, 0.125, 1 / 8)], 45)
@example([(0.0, 0.0, 1 / 8), (3 / 16, 3 / 16, 1 / 8), (1.0625, 0.0, 1 / 8), (0.25, 1 / 16, 1 / 8)], 14)
def test_a_profile_turns_with_its_prices(bars, bins):
    low, high, volume = columns(bars)
    made, turned = profile(low, high, volume, bins), profile(TOP - high, TOP - low, volume, bins)
    assert (made is None) == (turned is None)
    if made is None or turned is None:
        return

    def close(number):
        return pytest.approx(number, abs=1e-9 * TOP)

    assert (turned.poc, turned.vah, turned.val) == (close(TOP - made.poc), close(TOP - made.val), close(TOP - made.vah))
    assert list(turned.histogram) == close(list(made.histogram)[::-1])
    assert list(turned.high_nodes) == close([TOP - node for node in made.high_nodes][::-1])
    assert list(turned.low_nodes) == close([TOP - node for node in made.low_nodes][::-1])
    price = float(low[0] + high[-1]) / 2.0
    assert turned.share_below(TOP - price) == pytest.approx(1.0 - made.share_below(price), abs=1e-9)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=12).filter(any), st.floats(0.5, 0.95))
def test_the_value_area_grows_by_the_heavier_neighbour_one_step_at_a_time(histogram, fraction):
    first, last = point_of_control(histogram)
    low, high = grown(histogram, first, last, fraction)
    wanted = fraction * sum(histogram)
    while sum(histogram[first : last + 1]) < wanted:  # the definition, in whole numbers
        below = histogram[first - 1] if first else None
        above = histogram[last + 1] if last + 1 < len(histogram) else None
        step_down = below is not None and (above is None or below >= above)
        step_up = above is not None and (below is None or above >= below)
        first, last = first - step_down, last + step_up
    assert (low, high) == (first, last)


def test_the_point_of_control_is_the_heaviest_bin_and_a_tie_goes_to_the_middle():
    assert point_of_control([1.0, 2.0, 7.0, 3.0]) == (2, 2)
    assert point_of_control([7.0, 1.0, 7.0, 1.0, 1.0]) == (2, 2)
    assert point_of_control([7.0, 1.0, 1.0, 1.0, 7.0]) == (0, 4)  # as near on both sides: their midpoint
    assert profile([0.0, 8.0], [2.0, 10.0], [1.0, 1.0], bins=10).poc == 5.0


def test_a_node_stands_out_from_its_neighbours_and_from_the_mean():
    histogram = [2.0, 2.0, 2.0, 8.0, 2.0, 2.0, 2.0, 0.5, 2.0, 2.0, 2.1, 2.0]
    heavy, light = nodes(histogram)
    assert (heavy, light) == ([3.5], [7.5])  # 2.1 is a local maximum, but not heavy


def test_trades_count_where_they_happened():
    prices = [100.0, 100.5, 104.0, 104.0, 110.0]
    made = profile(prices, prices, [1.0, 1.0, 5.0, 2.0, 1.0], bins=10)
    assert made.histogram == (2.0, 0.0, 0.0, 3.5, 3.5, 0.0, 0.0, 0.0, 0.0, 1.0)  # 104 is an edge
    assert made.poc == 104.5  # of the two the one nearer to the middle


def test_a_market_without_volume_has_no_profile_and_a_still_one_has_a_single_price():
    assert profile([1.0, 2.0], [2.0, 3.0], [0.0, 0.0]) is None
    made = profile([5.0] * 3, [5.0] * 3, [1.0, 0.0, 2.0])
    assert (made.poc, made.val, made.vah, made.volume, made.value_area) == (5.0, 5.0, 5.0, 3.0, 1.0)
    assert [made.share_below(price) for price in (4.0, 5.0, 6.0)] == [0.0, 0.5, 1.0]
    assert made.place(5.0) == "at the point of control"


def test_a_price_has_its_place_in_words():
    made = profile([10.0, 14.0], [20.0, 16.0], [1.0, 9.0], bins=10)
    assert made.place(21.0) == "above the value area"
    assert made.place(9.0) == "below the value area"
    assert made.place(made.poc + 0.2) == "in the value area, above the point of control"
