"""Ticks: a record at whole seconds of the wall clock, between the frames before and after it.

After a stall the seconds between are left out: a tick says what time it is, not that a second has
passed. Times in ns since the epoch.
"""

from leadline.records import TICK
from leadline.times import SECOND_NS
from sources.recorder import Item

GRACE_NS = 20_000_000  # a frame received just before the second may still be on its way to us


class Ticks:
    """Puts ticks among what was received."""

    def __init__(self, now_ns: int) -> None:
        self._next_ns = now_ns - now_ns % SECOND_NS + SECOND_NS

    def among(self, items: list[Item], wall_ns: int, mono_ns: int) -> list[Item]:
        """Return the items with the ticks that are due: before the first item of their second, or at last without."""
        if not items:
            return [self._tick(wall_ns, mono_ns)] if wall_ns >= self._next_ns + GRACE_NS else items
        if max(item[2] for item in items) < self._next_ns:
            return items
        found: list[Item] = []
        for item in items:
            if item[2] >= self._next_ns:
                found.append(self._tick(item[2], item[3]))
            found.append(item)
        return found

    def _tick(self, wall_ns: int, mono_ns: int) -> Item:
        second_ns = wall_ns - wall_ns % SECOND_NS
        self._next_ns = second_ns + SECOND_NS
        return (TICK, 0, second_ns, mono_ns, b"")
