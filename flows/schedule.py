"""The analyzer's schedule: what time an analysis is of, when the next is due, and so how long a bias holds.

A clock time is in `schedule.timezone`; where clocks change, a time that does not exist that day is
taken as if they had not changed yet. Times are ns since the epoch, UTC.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.analysis.as_of import EPOCH, as_of_ns, written
from leadline.errors import ConfigError
from leadline.settings import Schedule, Settings
from leadline.times import SECOND_NS

GRACE = timedelta(hours=1)  # after the next analysis is due, before a bias is over


def as_of(settings: Settings, now_ns: int) -> int:
    """Return the time of an analysis, in whole seconds where it is now; ConfigError where it is still to come."""
    said = settings.ultimate_analyzer.as_of
    if said is None:
        return now_ns - now_ns % SECOND_NS
    asked = as_of_ns(said)
    if asked > now_ns:
        raise ConfigError(f"ultimate_analyzer.as_of is {said!r}, in the future; it is {written(now_ns)} now")
    return asked


def valid_until_ns(as_of_ns: int, schedule: Schedule) -> int:
    """Return when the bias of an analysis is over: an hour after the next scheduled one.

    >>> (valid_until_ns(1_614_589_200 * SECOND_NS, Schedule()) // SECOND_NS - 1_614_589_200) / 3600  # made at 09:00
    13.0
    """
    return (
        (next_due(EPOCH + timedelta(microseconds=as_of_ns // 1000), schedule) + GRACE - EPOCH)
        // timedelta(microseconds=1)
        * 1000
    )


def next_due(after: datetime, schedule: Schedule) -> datetime:
    """Return the first scheduled time after a time, both UTC."""
    return min(time for time in _around(after, schedule) if time > after)


def last_due(by: datetime, schedule: Schedule) -> datetime:
    """Return the last scheduled time by a time, both UTC."""
    return max(time for time in _around(by, schedule) if time <= by)


def is_stale(made: Mapping[str, datetime], symbols: Iterable[str], now: datetime, schedule: Schedule) -> bool:
    """Return whether a symbol has no analysis since the last scheduled time; `made`: when its newest was, UTC."""
    last = last_due(now, schedule)
    return any(symbol not in made or made[symbol] < last for symbol in symbols)


def _around(time: datetime, schedule: Schedule) -> list[datetime]:
    """Return the scheduled times of the days around a time, UTC."""
    zone = zone_of(schedule)
    today = time.astimezone(zone).date()
    return [
        datetime.combine(today + timedelta(days=days), datetime.strptime(clock, "%H:%M").time(), zone).astimezone(UTC)
        for days in (-2, -1, 0, 1, 2)
        for clock in (schedule.morning_analysis, schedule.evening_analysis)
    ]


def zone_of(schedule: Schedule) -> tzinfo:
    """Return the zone of the schedule's clock; ConfigError where this machine does not know it."""
    return zone_named(schedule.timezone, "ultimate_analyzer.schedule.timezone")


def zone_named(name: str, setting: str) -> tzinfo:
    """Return the zone that a setting names; ConfigError where this machine does not know it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise ConfigError(
            f"{setting} is {name!r}; give one that this machine knows, such as UTC or Europe/Zurich"
        ) from e
