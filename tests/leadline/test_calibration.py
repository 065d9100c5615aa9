"""Calibration and tallies: confidence from outcomes, docs/signals.md sections 4 and 6."""

from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.calibration import Calibration
from leadline.tally import Tally, wilson

SETUP = "ema_pullback"
counts = st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), min_size=5, max_size=5).map(
    lambda bins: [[n, round(n * share)] for n, share in bins]
)


def test_the_wilson_bounds_are_those_of_the_textbook():
    """Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29."""
    found = [tuple(round(b, 4) for b in wilson(*of)) for of in ((81, 263), (15, 148), (0, 20), (1, 29))]
    assert found == [(0.2553, 0.3662), (0.0624, 0.1605), (0.0, 0.1611), (0.0061, 0.1718)]


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_wilson_bounds_hold_the_rate_and_mirror(wins, losses):
    lower, upper = wilson(wins, wins + losses)
    assert 0 <= lower <= upper <= 1
    if wins + losses:
        assert lower - 1e-12 <= wins / (wins + losses) <= upper + 1e-12
    other = wilson(losses, wins + losses)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((lower, upper), abs=1e-12)


def test_nothing_is_said_below_the_minimum_and_setups_are_apart():
    young = Calibration()
    for n in range(200):
        assert young.of(SETUP, 50.0, 200) is None
        young.observe(SETUP, 50.0, n % 2 == 0)
    assert young.of(SETUP, 50.0, 200).p == pytest.approx(0.5)
    assert young.of("vwap_reversion", 50.0, 200) is None


def test_a_bin_is_shrunk_towards_its_setup_by_forty_outcomes():
    """100 of 200 in all; the top bin won 20 of 20: (20 + 40/2) of (20 + 40)."""
    made = Calibration({SETUP: [[0, 0], [0, 0], [180, 80], [0, 0], [20, 20]]})
    assert made.of(SETUP, 100.0, 200).p == pytest.approx(40 / 60)


@given(counts)
def test_more_strength_is_never_less_confidence_and_bounds_hold_it(bins):
    made = Calibration({SETUP: bins})
    curve = [made.of(SETUP, strength, 1) for strength in range(0, 101, 10)]
    if made.n(SETUP):
        for one, two in pairwise(curve):
            assert one.p <= two.p + 1e-12
        assert all(0 <= c.lower <= c.p + 1e-12 <= c.upper + 2e-12 <= 1 + 2e-12 for c in curve)


def test_a_true_rate_is_found_and_lies_within_its_bounds():
    random, made = Random(1), Calibration()
    for _ in range(4_000):
        strength = random.uniform(0, 100)
        made.observe(SETUP, strength, random.random() < 0.3 + 0.3 * strength / 100)
    for strength in (10, 30, 50, 70, 90):
        found = made.of(SETUP, strength, 200)
        assert found.lower <= 0.3 + 0.3 * strength / 100 <= found.upper


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60), st.randoms())
def test_the_order_of_outcomes_does_not_matter_and_json_keeps_all(outcomes, random):
    one, two = Calibration(), Calibration()
    for strength, won in outcomes:
        one.observe(SETUP, strength, won)
    random.shuffle(outcomes)
    for strength, won in outcomes:
        two.observe(SETUP, strength, won)
    assert one == two == Calibration.from_json(msgspec.json.decode(msgspec.json.encode(one.to_json())))
    assert Calibration.from_json(None) == Calibration()


def test_a_row_tells_the_rate_with_its_bounds_and_every_bin():
    made = Calibration({SETUP: [[0, 0], [0, 0], [100, 34], [0, 0], [0, 0]]})
    assert made.row(SETUP, 101) is None
    row = made.row(SETUP, 100)
    assert (row["n_outcomes"], row["n_wins"], row["win_rate"]) == (100, 34, 0.34)
    assert (row["win_rate_lower"], row["win_rate_upper"]) == wilson(34, 100)
    assert len(row["bins"]) == 5
    assert row["bins"][2].startswith("40-60: 34.0 %")


def test_a_tally_counts_and_knows_nothing_before_it_does():
    tally = Tally()
    assert (tally.win_rate, tally.expectancy_r, tally.break_even) == (None, None, None)
    assert (tally.profit_factor, tally.payoff_ratio, tally.impossible) == (None, None, 0)
    for pnl, r, needed in ((3.0, 1.5, 0.4), (-2.0, -1.0, 0.5), (0.0, None, None)):
        tally.add(pnl, r, needed)
    assert (tally.win_rate, tally.expectancy_r, tally.break_even) == pytest.approx((1 / 3, 0.25, 0.45))
    assert tally.win_rate_lower == wilson(1, 3)[0]
    assert (tally.losses, tally.impossible, tally.profit_factor, tally.payoff_ratio) == (2, 1, 1.5, 3.0)
