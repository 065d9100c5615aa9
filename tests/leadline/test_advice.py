"""Advice: docs/signals.md section 7."""

import pytest

from leadline.advice import NO_TRADE, Road, StopProtection, is_false_breakout, saved_bps
from leadline.settings import Advice
from leadline.times import SECOND_NS

RULES = Advice()


def said(*seen, opened=0):
    """Return what is said to (second, push, adverse R), in order."""
    watch = StopProtection()
    return [watch.observe(push, adverse, round(s * SECOND_NS), opened, RULES) for s, push, adverse in seen]


def test_a_book_against_the_trade_for_three_seconds_says_exit_once():
    assert said((20, -60, 0.5), (22.9, -60, 0.5), (23, -60, 0.5), (30, -90, 0.5)) == [None, None, "exit", None]


@pytest.mark.parametrize(
    "seen",
    [[(20, -60, 0.5), (22, -50, 0.5), (23, -60, 0.5), (25.9, -60, 0.5)], [(20, -60, 0.24), (24, -60, 0.24)],
     [(1, -60, 0.5), (9.9, -60, 0.5)]],
    ids=["it was interrupted", "price is hardly against it", "its first ten seconds"],
)  # fmt: skip
def test_it_stays_silent_where(seen):
    assert set(said(*seen)) == {None}


def test_what_lasted_before_price_went_against_it_counts():
    assert said((20, -60, 0.0), (23, -60, 0.25)) == [None, "exit"]


def test_a_book_for_the_trade_says_hold_once_and_may_still_say_exit():
    seen = said((20, 51, 0.3), (21, 80, 0.3), (22, -60, 0.3), (25, -60, 0.3))
    assert seen == ["hold", None, None, "exit"]
    assert said((20, 50, 0.3), (5, 90, 0.3)) == [None, None]


@pytest.mark.parametrize(
    ("setup", "push", "false"),
    [("squeeze_breakout", -60, True), ("squeeze_breakout", -59.9, False), ("ema_pullback", -90, False)],
)
def test_only_a_breakout_that_is_pushed_back_is_false(setup, push, false):
    assert is_false_breakout(setup, push, RULES) is false


def test_what_was_saved_is_the_difference_of_the_roads():
    assert saved_bps("stop_protection", Road(-5.0, 1000.0), Road(-12.0, 1000.0)) == pytest.approx(70.0)
    assert saved_bps("entry_timing", NO_TRADE, Road(4.0, 1000.0)) == pytest.approx(-40.0)


def test_a_modified_size_is_measured_in_money_by_the_unmodified_one():
    assert saved_bps("size_modifier", Road(-6.0, 500.0), Road(-12.0, 1000.0)) == pytest.approx(60.0)
    assert saved_bps("size_modifier", Road(18.0, 1500.0), Road(12.0, 1000.0)) == pytest.approx(60.0)
