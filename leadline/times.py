"""Times: lengths in ns, the unit of every time on the tape, and how a time looks. UTC."""

from datetime import UTC, datetime

MS_NS = 1_000_000
SECOND_NS = 1_000 * MS_NS
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS


def utc(ns: int) -> datetime:
    """Return the second that holds a time."""
    return datetime.fromtimestamp(ns // SECOND_NS, UTC)


def iso(ns: int, digits: int) -> str:
    """Return a time as ISO 8601, with so many digits of its second.

    >>> iso(1_764_000_000_123_456_789, 3)
    '2025-11-24T16:00:00.123Z'
    """
    return f"{utc(ns):%Y-%m-%dT%H:%M:%S}.{ns % SECOND_NS // 10 ** (9 - digits):0{digits}d}Z"
