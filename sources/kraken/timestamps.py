"""Kraken's timestamps: RFC 3339 text, UTC, in microseconds or, on level3, nanoseconds."""

from datetime import datetime

from leadline.times import SECOND_NS

SECONDS: dict[str, int] = {}  # "2026-08-01T02:53:53" -> ns; a few at a time
_REMEMBERED = 4096


def timestamp_ns(text: str) -> int:
    """Return RFC 3339 UTC text as ns since the epoch; raises ValueError.

    >>> timestamp_ns("2026-08-01T02:53:53.398143Z")
    1785552833398143000
    """
    head = text[:19]
    seconds = SECONDS.get(head)
    if seconds is None:
        seconds = round(datetime.fromisoformat(head + "+00:00").timestamp()) * SECOND_NS
        if len(SECONDS) >= _REMEMBERED:
            SECONDS.clear()
        SECONDS[head] = seconds
    if text[-1] == "Z" and text[19:20] == ".":
        if len(text) == 30:
            return seconds + int(text[20:29])
        if len(text) == 27:
            return seconds + int(text[20:26]) * 1000
    if text[19:] == "Z":
        return seconds
    fraction = text[20:-1]
    if text[19] != "." or text[-1] != "Z" or not fraction.isdigit() or len(fraction) > 9:
        raise ValueError(f"not an RFC 3339 UTC time: {text!r}")
    return seconds + int(fraction.ljust(9, "0"))
