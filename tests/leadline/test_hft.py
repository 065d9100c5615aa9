"""The HFT score: every golden value of docs/signals.md section 2, its steps, and the mirror."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import hft
from leadline.hft import Reading
from leadline.settings import Hft, Thresholds, Weights

RULES, LINEAR = Hft(), Hft(score_mode="linear")

imbalances = st.floats(-10, 10)
orders = st.none() | st.integers(0, 200)
spreads = st.floats(0, 100)


# -- golden vectors


def test_the_guides_sample_gives_its_components():
    assert hft.score_imbalance(6.1, 6.4) == pytest.approx(55.0)
    assert hft.linear_ratio(19, 116) == hft.score_ratio(19, 116) == -100.0
    assert hft.linear_spread(0.4) == 10.0


def test_the_guides_sample_is_minus_a_half_in_linear_mode_and_neutral():
    score = hft.score(6.1, 6.4, 19, 116, 0.4, LINEAR)
    assert score == pytest.approx(-0.5)
    assert hft.hft_class(score, RULES.thresholds) == "NEUTRAL"


def test_the_guides_sample_is_minus_three_in_symmetric_mode():
    assert hft.score(6.1, 6.4, 19, 116, 0.4, RULES) == pytest.approx(-3.125)


def test_the_guides_printed_components_give_plus_ten_and_not_what_it_prints():
    assert hft.linear(61.0, -75.0, 10.0, Weights()) == pytest.approx(10.0)


# -- the parts


@pytest.mark.parametrize(
    ("imbalance", "ema", "score"),
    [(0, 0, 0), (5, 5, 50), (5, 4, 70), (5, 6, 30), (5, -5, 75), (-5, 5, -75), (10, 0, 100), (9, -9, 100),
     (-10, 10, -100), (10, 10, 100)],
)  # fmt: skip
def test_score_imbalance_is_the_level_and_at_most_25_points_of_momentum(imbalance, ema, score):
    assert hft.score_imbalance(imbalance, ema) == score


@pytest.mark.parametrize(
    ("bids", "asks", "score"),
    [(30, 10, 100), (29, 10, 75), (20, 10, 75), (19, 10, 50), (15, 10, 50), (14, 10, 25), (12, 10, 25), (11, 10, 0),
     (10, 10, 0), (5, 0, 100), (6, 5, 25)],
)  # fmt: skip
def test_score_ratio_has_its_steps_on_both_sides(bids, asks, score):
    assert hft.score_ratio(bids, asks) == score
    assert hft.score_ratio(asks, bids) == -score


@pytest.mark.parametrize("counts", [(None, None), (3, None), (None, 3), (0, 0)])
def test_without_order_counts_there_is_no_ratio(counts):
    assert hft.score_ratio(*counts) is None
    assert hft.linear_ratio(*counts) is None


@pytest.mark.parametrize(
    ("spread", "quality", "linear"),
    [(0, 1, 10), (5, 1, 10), (5.01, 0.75, 0), (10, 0.75, 0), (10.01, 0.5, -10), (20, 0.5, -10), (20.01, 0.25, -25),
     (50, 0.25, -25), (50.01, 0, -50)],
)  # fmt: skip
def test_the_spread_has_its_steps_in_both_modes(spread, quality, linear):
    assert hft.spread_quality(spread) == quality
    assert hft.linear_spread(spread) == linear


@pytest.mark.parametrize(
    ("bids", "asks", "score"),
    [(3, 1, 100), (2, 1, 75), (3, 2, 50), (6, 5, 25), (4, 5, 0), (1, 1, 0), (1, 2, -25), (33, 100, -50), (1, 5, -75),
     (19, 100, -100), (0, 5, -100), (5, 0, 100)],
)  # fmt: skip
def test_the_guides_own_ratio_table_is_kept_for_the_linear_mode(bids, asks, score):
    assert hft.linear_ratio(bids, asks) == score


# -- the score


def test_the_spread_scales_conviction_and_never_makes_direction():
    assert [hft.symmetric(50.0, None, quality, Weights()) for quality in (1.0, 0.5, 0.0)] == [50.0, 45.0, 40.0]
    assert hft.symmetric(0.0, None, 0.0, Weights()) == 0.0


def test_without_a_ratio_the_imbalance_speaks_alone():
    assert hft.score(5.0, 5.0, None, None, 1.0, RULES) == 50.0
    assert hft.score(5.0, 5.0, 30, 10, 1.0, RULES) == pytest.approx((0.5 * 50 + 0.3 * 100) / 0.8)
    assert hft.linear(50.0, None, 10.0, Weights()) == pytest.approx((0.5 * 50 + 0.2 * 10) / 0.7)


def test_weights_are_the_users():
    only = Hft(weights=Weights(imbalance=1.0, ratio=0.0, spread=0.0))
    assert hft.score(5.0, 5.0, 0, 9, 99.0, only) == 50.0


@given(imbalances, imbalances, orders, orders, spreads)
def test_a_symmetric_score_flips_sign_when_the_book_is_mirrored(imbalance, ema, bids, asks, spread):
    score = hft.score(imbalance, ema, bids, asks, spread, RULES)
    assert hft.score(-imbalance, -ema, asks, bids, spread, RULES) == -score
    edges = RULES.thresholds
    mirrored = hft.hft_class(score, edges).replace("BUY", "?").replace("SELL", "BUY").replace("?", "SELL")
    assert hft.hft_class(-score, edges) == mirrored


def test_the_linear_mode_breaks_the_mirror_by_construction():
    assert hft.score(0.0, 0.0, 10, 10, 1.0, LINEAR) == pytest.approx(2.0)


@given(imbalances, imbalances, orders, orders, spreads, st.sampled_from([RULES, LINEAR]))
def test_a_score_stays_within_a_hundred(imbalance, ema, bids, asks, spread, rules):
    assert abs(hft.score(imbalance, ema, bids, asks, spread, rules)) <= 100.0 + 1e-9


def test_the_components_of_a_reading_come_with_the_linear_score():
    reading = Reading(-3.1, 6.1, 6.4, 0.4, 19, 116, 0.0)
    parts = hft.components(reading, RULES)
    assert (parts.score_ratio, parts.spread_quality) == (-100.0, 1.0)
    assert parts.score_imbalance == pytest.approx(55.0)
    assert parts.linear == pytest.approx(-0.5)


# -- what is said about a score


@pytest.mark.parametrize(
    ("score", "name"),
    [(60, "STRONG_BUY"), (59.9, "MODERATE_BUY"), (20, "MODERATE_BUY"), (19.9, "NEUTRAL"), (0, "NEUTRAL"),
     (-19.9, "NEUTRAL"), (-20, "MODERATE_SELL"), (-59.9, "MODERATE_SELL"), (-60, "STRONG_SELL"), (100, "STRONG_BUY")],
)  # fmt: skip
def test_classes(score, name):
    assert hft.hft_class(score, Thresholds()) == name


@pytest.mark.parametrize(
    ("score", "spread", "complete", "age", "label"),
    [(70, 1, True, 0, "HIGH"), (-70, 1, True, 0, "HIGH"), (69.9, 1, True, 0, "MEDIUM"), (40, 1, True, 0, "MEDIUM"),
     (39.9, 1, True, 0, "LOW"), (90, 30, True, 0, "HIGH"), (90, 30.1, True, 0, "MEDIUM"), (90, 1, False, 0, "MEDIUM"),
     (30, 99, False, 0, "LOW"), (90, 1, True, 10, "HIGH"), (90, 1, True, 10.1, "LOW")],
)  # fmt: skip
def test_confidence(score, spread, complete, age, label):
    assert hft.confidence(score, spread, complete, age, RULES) == label


@pytest.mark.parametrize(
    ("score", "text"),
    [(80, "5-15 min"), (-85, "5-15 min"), (79, "2-8 min"), (60, "2-8 min"), (-59, "1-5 min"), (40, "1-5 min"),
     (39, "30 s-2 min"), (0, "30 s-2 min")],
)  # fmt: skip
def test_expected_duration(score, text):
    assert hft.expected_duration(score) == text


def alerts(score=0.0, imbalance=0.0, ema=0.0, spread=1.0, bids=None, asks=None, age_s=0.0):
    return hft.alerts(Reading(score, imbalance, ema, spread, bids, asks, 0.0), age_s, RULES)


def test_alerts():
    assert (
        alerts() == alerts(score=79.9, spread=50.0, imbalance=2.0, bids=20, asks=100) == alerts(bids=50, asks=10) == []
    )
    assert alerts(age_s=2.0) == []
    assert alerts(age_s=2.1) == ["data is 2.1 s old"]
    assert alerts(score=80) == ["extreme buying pressure"]
    assert alerts(score=-80) == ["extreme selling pressure"]
    assert alerts(bids=19, asks=100) == ["heavy ask wall"]
    assert alerts(bids=51, asks=10) == ["heavy bid support"]
    assert alerts(spread=50.1) == ["market stress: wide spread"]
    assert alerts(imbalance=2.1) == alerts(ema=2.1) == ["momentum shift"]
