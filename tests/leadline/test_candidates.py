"""Candidates that wait for the order book, and signals that are open: docs/signals.md section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.candidates import Blocked, Candidate, OpenSignal
from leadline.times import MS_NS
from tests.leadline.armed_bars import bar
from tests.leadline.books import MIRROR_AT, mirror, view_of, views

HOLD = 250 * MS_NS


def waiting(side=1, theta=40.0):
    return Candidate("c1", "A/USD", "squeeze_breakout", side, theta, 0, 90_000 * MS_NS, bar(), 0)


def fires(candidate, *observed):
    """Return at which of the (score, ms) observed the candidate fires."""
    return [ms for score, ms in observed if candidate.observe(score, ms * MS_NS, HOLD)]


def test_a_score_that_has_held_for_250_ms_fires():
    assert fires(waiting(), (50, 0), (50, 100), (50, 249), (50, 250)) == [250]


def test_two_messages_are_enough_and_one_is_not():
    assert fires(waiting(), (50, 0), (50, 300)) == [300]
    assert fires(waiting(), (50, 10_000)) == []


def test_without_a_hold_two_messages_are_still_needed():
    candidate = waiting()
    assert [candidate.observe(50.0, 5, 0), candidate.observe(50.0, 5, 0)] == [False, True]


def test_it_is_a_level_and_not_a_crossing():
    above_from_the_first = fires(waiting(), (99, 0), (99, 400))
    crossing = fires(waiting(), (0, 0), (99, 100), (99, 500))
    assert (above_from_the_first, crossing) == ([400], [500])


def test_theta_itself_is_enough():
    assert fires(waiting(), (40, 0), (40, 250)) == [250]
    assert fires(waiting(), (39.9, 0), (39.9, 250)) == []


@pytest.mark.parametrize("interruption", [39.0, -99.0, None])
def test_an_interruption_begins_the_hold_anew(interruption):
    assert fires(waiting(), (50, 0), (interruption, 200), (50, 260), (50, 400), (50, 510)) == [510]


@given(st.lists(st.tuples(st.none() | st.floats(-100, 100), st.integers(0, 300)), max_size=30))
def test_a_short_fires_on_the_mirrored_scores_of_a_long(steps):
    now, long, short = 0, waiting(1), waiting(-1)
    for score, step_ms in steps:
        now += step_ms * MS_NS
        mirrored = None if score is None else -score
        assert long.observe(score, now, HOLD) == short.observe(mirrored, now, HOLD)


# -- open signals

LONG = OpenSignal("s1", "A/USD", 1, 9_900, 10_200, 900_000 * MS_NS)


@pytest.mark.parametrize(
    ("bid", "closed"), [(9_901, None), (9_900, "stop"), (9_800, "stop"), (10_199, None), (10_200, "target"),
                        (10_300, "target")],
)  # fmt: skip
def test_a_long_closes_where_the_bid_touches_its_stop_or_target(bid, closed):
    assert LONG.closed_by(view_of([(bid, 1)], [(10_500, 1)])) == closed


def test_the_ask_does_not_close_a_long():
    assert LONG.closed_by(view_of([(10_000, 1)], [(10_300, 1)])) is None


@given(views(), st.integers(9_000, 11_000), st.integers(1, 300), st.integers(1, 300))
def test_a_short_closes_where_a_long_does_in_the_mirror(view, entry, down, up):
    long = OpenSignal("s", "A/USD", 1, entry - down, entry + up, 0)
    short = OpenSignal("s", "A/USD", -1, MIRROR_AT - long.stop, MIRROR_AT - long.target, 0)
    assert short.closed_by(mirror(view)) == long.closed_by(view)


# -- what blocks


def test_a_symbol_is_blocked_while_its_signal_is_open_and_in_the_cooldown_after_it():
    blocked = Blocked()
    assert blocked.reason("A/USD", 0) is None
    blocked.open["A/USD"] = LONG
    assert blocked.reason("A/USD", 5) == "symbol_open"
    assert blocked.reason("B/USD", 5) is None
    blocked.close("A/USD", 10, 60)
    assert [blocked.reason("A/USD", now) for now in (10, 69, 70)] == ["cooldown", "cooldown", None]
