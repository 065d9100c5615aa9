"""Stamps: times as the wire has them. In ns since the epoch, UTC."""

from datetime import UTC, datetime

from leadline.times import SECOND_NS

THOUSANDS = [f"{n:03d}" for n in range(1000)]


class Stamps:
    """Times as the wire has them: RFC 3339, with Z. Remembers the last second."""

    __slots__ = ("_prefix", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._prefix = ""

    def text(self, ns: int) -> str:
        """Return the text of a time.

        >>> Stamps().text(1_767_571_200_000_042_000)
        '2026-01-05T00:00:00.000042Z'
        """
        us = self._rest(ns) // 1000
        return f"{self._prefix}{THOUSANDS[us // 1000]}{THOUSANDS[us % 1000]}Z"

    def nanos(self, ns: int) -> str:
        """Return the text of a time with all its digits, as level3 has it.

        >>> Stamps().nanos(1_767_571_200_000_042_007)
        '2026-01-05T00:00:00.000042007Z'
        """
        rest = self._rest(ns)
        return f"{self._prefix}{rest:09d}Z"

    def _rest(self, ns: int) -> int:
        """Bring the prefix to the second of a time and return the rest."""
        second, rest = divmod(ns, SECOND_NS)
        if second != self._second:
            self._second = second
            self._prefix = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}."
        return rest
