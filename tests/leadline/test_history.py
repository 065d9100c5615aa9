"""Bars by number: where they open, what they are made of, which are missing."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.analysis.bars import TIMEFRAMES, close_ns
from leadline.history import SPANS_NS, gaps, made_of, n_parts, numbers, open_ns, opens_ns, whole
from leadline.times import SECOND_NS

TIMES = st.integers(0, 4_000_000_000)


def utc(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@given(TIMES, st.sampled_from(sorted(SPANS_NS)))
def test_every_time_lies_in_its_bar_and_the_next_bar_opens_where_it_closes(second, timeframe):
    times = np.array([second * SECOND_NS])
    bar = numbers(times, timeframe)
    opened, closed = opens_ns(bar, timeframe), opens_ns(bar + 1, timeframe)
    assert opened[0] <= times[0] < closed[0]
    assert numbers(opened, timeframe)[0] == bar[0]
    if timeframe in TIMEFRAMES:
        assert close_ns(opened, timeframe)[0] == closed[0]


@given(TIMES)
def test_days_open_at_midnight_weeks_on_monday_and_months_on_the_first(second):
    day, week, month = (
        utc(open_ns(int(numbers(np.array([second * SECOND_NS]), t)[0]), t) // SECOND_NS) for t in ("1d", "1w", "1M")
    )  # fmt: skip
    now = utc(second)
    assert day == datetime(now.year, now.month, now.day, tzinfo=UTC)
    assert week.weekday() == 0 and week.hour == week.minute == 0 and (day - week).days == now.weekday()
    assert month == datetime(now.year, now.month, 1, tzinfo=UTC)


@pytest.mark.parametrize("timeframe", sorted(SPANS_NS))
def test_a_bar_is_made_of_whole_finer_bars(timeframe):
    bars = np.arange(500, 600)
    for part in made_of(timeframe):
        inside = numbers(opens_ns(bars, timeframe), part)
        assert list(opens_ns(inside, part)) == list(opens_ns(bars, timeframe))
        assert list(np.diff(numbers(opens_ns(np.arange(500, 601), timeframe), part))) == list(
            n_parts(bars, timeframe, part)
        )


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_gaps_and_bars_together_are_everything(there, first, end):
    bars = np.array(sorted(there), np.int64)
    found = gaps(bars, "5m", first, end)
    missing = [n for gap in found for n in range(gap.from_ns // SPANS_NS["5m"], gap.to_ns // SPANS_NS["5m"])]
    assert sum(gap.n_bars for gap in found) == len(missing)
    assert sorted([*missing, *(n for n in there if first <= n < end)]) == list(range(first, max(end, first)))
    assert all(a.to_ns < b.from_ns for a, b in pairwise(found))


def test_a_bar_beside_a_hole_must_be_covered_on_that_side():
    bars = np.array([10, 11, 13, 14])
    opened, closed = opens_ns(bars, "1h"), opens_ns(bars + 1, "1h")
    ten_minutes = 600 * SECOND_NS
    assert list(whole(bars, "1h", opened, closed)) == [True] * 4
    assert list(whole(bars, "1h", opened + ten_minutes, closed)) == [False, True, False, True]
    assert list(whole(bars, "1h", opened, closed - ten_minutes)) == [True, False, True, False]
    assert list(whole(bars, "1h", opened, closed - 180 * SECOND_NS)) == [True] * 4
