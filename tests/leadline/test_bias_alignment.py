"""Technical bias and its alignment with the order book: docs/signals.md section 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import alignment
from leadline.alignment import UNUSED, align
from leadline.bias import BIAS_NUMBER, technical_bias
from leadline.risk import BASE_RISK
from leadline.settings import Decision


@pytest.mark.parametrize(
    ("signs", "bias"),
    [(5, "STRONG_BULLISH"), (4, "WEAK_BULLISH"), (3, "WEAK_BULLISH"), (2, "NEUTRAL"), (0, "NEUTRAL"),
     (-2, "NEUTRAL"), (-3, "WEAK_BEARISH"), (-4, "WEAK_BEARISH"), (-5, "STRONG_BEARISH")],
)  # fmt: skip
def test_the_tapes_own_bias_is_the_sum_of_five_signs(signs, bias):
    assert technical_bias(signs) == bias


@pytest.mark.parametrize("signs", range(6))
def test_the_bias_of_mirrored_signs_is_mirrored(signs):
    assert BIAS_NUMBER[technical_bias(-signs)] == -BIAS_NUMBER[technical_bias(signs)]


def test_minus_73_against_weak_bullish_is_a_strong_conflict():
    found = align(-73, BIAS_NUMBER["WEAK_BULLISH"])
    assert (found.kind, found.size_modifier, found.advice) == ("STRONG_CONFLICT", 0.5, "wait")


@pytest.mark.parametrize(
    ("h", "t", "kind", "modifier", "agreement"),
    [(60, 80, "STRONG_ALIGNMENT", 1.5, 1.0),
     (59.9, 80, "MODERATE_ALIGNMENT", 1.0, 0.75),
     (90, 30, "MODERATE_ALIGNMENT", 1.0, 0.75),
     (20, 30, "MODERATE_ALIGNMENT", 1.0, 0.75),
     (19.9, 80, "NEUTRAL", 0.8, 0.5),
     (90, 0, "NEUTRAL", 0.8, 0.5),
     (-19.9, 80, "NEUTRAL", 0.8, 0.5),
     (-20, 30, "MODERATE_CONFLICT", 0.7, 0.25),
     (-50, 30, "MODERATE_CONFLICT", 0.7, 0.25),  # 80 apart is not more than 80
     (-50.1, 30, "STRONG_CONFLICT", 0.5, 0.0),
     (-20, 80, "STRONG_CONFLICT", 0.5, 0.0)],
)  # fmt: skip
def test_the_first_rule_that_fits(h, t, kind, modifier, agreement):
    for sign in (1, -1):
        assert align(sign * h, sign * t)[:3] == (kind, modifier, agreement)


@given(st.floats(-100, 100), st.sampled_from(sorted(BIAS_NUMBER.values())))
def test_swapping_both_signs_leaves_the_alignment_as_it_is(h, t):
    assert align(h, t) == align(-h, -t)


def test_a_book_that_is_not_asked_neither_shrinks_nor_praises():
    assert (UNUSED.kind, UNUSED.size_modifier, UNUSED.agreement) == ("NEUTRAL", 1.0, 0.5)


def test_the_modifiers_span_the_cap_and_never_pass_it():
    cap = Decision().scalping_engine.risk_per_trade
    kinds = [value for value in vars(alignment).values() if isinstance(value, alignment.Alignment)]
    risks = sorted(cap * BASE_RISK * kind.size_modifier for kind in kinds)
    assert risks[0] == pytest.approx(0.0017, abs=5e-5)
    assert risks[-1] == pytest.approx(cap)
    assert risks[-1] <= cap
