"""As of: the time of an analysis, as people write it. Times are ns since the epoch, UTC."""

from datetime import UTC, datetime, timedelta

from leadline.errors import ConfigError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_0 = 1970  # no market has a past in it


def as_of_ns(text: str, name: str = "ultimate_analyzer.as_of") -> int:
    """Return a time in ISO 8601 as ns; UTC unless it says otherwise, a date alone is its midnight.

    What lies beyond ns of 64 bits is counted on, for the caller to compare with now.

    >>> as_of_ns("2021-03-01"), as_of_ns("2021-03-01T01:00+01:00")
    (1614556800000000000, 1614556800000000000)
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as e:
        raise ConfigError(_refused(text, name)) from e
    if time.year <= YEAR_0:
        raise ConfigError(_refused(text, name))
    zoned = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (zoned - EPOCH) // timedelta(microseconds=1) * 1000


def _refused(text: str, name: str) -> str:
    return f"{name} is {text!r}; give a time such as 2021-03-01 or 2021-03-01T09:00Z, or null for now"


def written(time_ns: int) -> str:
    """Return a time as people read it.

    >>> written(1_614_556_800_000_000_000)
    '2021-03-01 00:00 UTC'
    """
    return f"{EPOCH + timedelta(microseconds=time_ns // 1000):%Y-%m-%d %H:%M} UTC"
