"""The analyzer's times: what it is of, and until when its bias holds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.schedule import as_of, is_stale, last_due, next_due, valid_until_ns
from leadline.analysis.as_of import as_of_ns, written
from leadline.errors import ConfigError
from leadline.settings import Schedule, Settings
from leadline.times import HOUR_NS

NOW_NS = as_of_ns("2026-01-01T12:00")
CLOCKS = st.times().map(lambda time: f"{time:%H:%M}")


def settings(as_of=None):
    return Settings.model_validate({"ultimate_analyzer": {"as_of": as_of}})


@given(st.integers(NOW_NS, 2 * NOW_NS), CLOCKS, CLOCKS, st.sampled_from(["UTC", "Europe/Zurich", "Asia/Kolkata"]))
def test_a_bias_outlives_the_next_analysis_by_an_hour(at_ns, morning, evening, zone):
    schedule = Schedule(morning_analysis=morning, evening_analysis=evening, timezone=zone)
    left_ns = valid_until_ns(at_ns, schedule) - at_ns
    assert HOUR_NS < left_ns <= 27 * HOUR_NS  # a day and an hour, and where clocks change one more


@pytest.mark.parametrize(
    ("made", "until"),
    [("2021-03-01T08:59", "10:00"), ("2021-03-01T09:00", "22:00"), ("2021-03-01T21:00", "2021-03-02 10:00")],
)
def test_the_next_analysis_is_one_later_than_now(made, until):
    assert until in written(valid_until_ns(as_of_ns(made), Schedule()))


def test_the_schedule_follows_its_own_clock_through_summer_time():
    schedule = Schedule(timezone="Europe/Zurich")
    winter, summer = (next_due(datetime(2021, month, 10, tzinfo=UTC), schedule) for month in (1, 7))
    assert (winter.hour, summer.hour) == (8, 7)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), CLOCKS, CLOCKS,
       st.sampled_from(["UTC", "Europe/Zurich", "Asia/Kolkata"]))  # fmt: skip
def test_a_time_lies_between_the_last_due_and_the_next(now, morning, evening, zone):
    schedule = Schedule(morning_analysis=morning, evening_analysis=evening, timezone=zone)
    last, coming = last_due(now, schedule), next_due(now, schedule)
    assert last <= now < coming <= last + timedelta(hours=26)
    assert next_due(last, schedule) == coming


@pytest.mark.parametrize(
    ("made", "stale"), [({}, True), ({"A/B": 8}, True), ({"A/B": 9}, False), ({"A/B": 9, "C/D": 8}, False)]
)
def test_an_analysis_is_stale_once_another_was_due(made, stale):
    noon = datetime(2021, 3, 1, 12, tzinfo=UTC)
    assert is_stale({name: noon.replace(hour=hour) for name, hour in made.items()}, ["A/B"], noon, Schedule()) is stale


def test_an_unknown_zone_is_named():
    with pytest.raises(ConfigError, match=r"timezone is 'Mars/Olympus'; give one that this machine knows"):
        valid_until_ns(NOW_NS, Schedule(timezone="Mars/Olympus"))


def test_without_a_time_it_is_now_in_whole_seconds():
    assert as_of(settings(), NOW_NS + 999_999_999) == NOW_NS


def test_a_time_that_is_still_to_come_is_refused():
    for said in ("2026-01-01T12:01", "2999-01-01", "9999-12-31"):  # the last two beyond ns in 64 bits
        with pytest.raises(ConfigError, match=rf"as_of is '{said}', in the future; it is 2026-01-01 12:00 UTC"):
            as_of(settings(said), NOW_NS)


@pytest.mark.parametrize("said", ["yesterday", "", "2021-13-01", "1969-01-01"])
def test_a_time_that_is_none_is_refused_with_an_example(said):
    with pytest.raises(ConfigError, match="give a time such as 2021-03-01 or"):
        as_of(settings(said), NOW_NS)
