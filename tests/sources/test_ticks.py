"""Ticks stand between the frames before a whole second and those after it."""

from hypothesis import given
from hypothesis import strategies as st

from leadline.records import FRAME, TICK
from leadline.times import SECOND_NS
from sources.ticks import GRACE_NS, Ticks

T0 = 1_764_000_000 * SECOND_NS


def frame(ns):
    return (FRAME, 1, ns, ns, b"")


def walls(items):
    return [(item[0], item[2] - T0) for item in items]


def test_a_tick_comes_before_the_first_frame_of_its_second():
    ticks = Ticks(T0)
    assert walls(ticks.among([frame(T0 + 999_999_999)], 0, 0)) == [(FRAME, 999_999_999)]
    found = walls(ticks.among([frame(T0 + 999_999_999), frame(T0 + SECOND_NS + 5)], 0, 0))
    assert found == [(FRAME, 999_999_999), (TICK, SECOND_NS), (FRAME, SECOND_NS + 5)]


def test_a_quiet_second_ticks_once_and_a_little_late():
    ticks = Ticks(T0)
    assert ticks.among([], T0 + SECOND_NS + GRACE_NS - 1, 0) == []
    assert walls(ticks.among([], T0 + SECOND_NS + GRACE_NS, 0)) == [(TICK, SECOND_NS)]
    assert ticks.among([], T0 + SECOND_NS + GRACE_NS, 0) == []


def test_after_a_stall_the_seconds_between_are_left_out():
    ticks = Ticks(T0)
    assert walls(ticks.among([], T0 + 90 * SECOND_NS + GRACE_NS, 0)) == [(TICK, 90 * SECOND_NS)]


@given(st.lists(st.integers(0, 5 * SECOND_NS), max_size=20).map(sorted), st.integers(1, 7))
def test_ticks_rise_and_no_frame_is_lost_however_the_batches_are_cut(times, size):
    ticks, found = Ticks(T0), []
    for at in range(0, len(times), size):
        found += ticks.among([frame(T0 + ns) for ns in times[at : at + size]], 0, 0)
    told = [item[2] for item in found if item[0] == TICK]
    assert told == sorted(set(told))
    assert [item[2] - T0 for item in found if item[0] == FRAME] == times
    assert [item[2] for item in found] == sorted(item[2] for item in found)
