"""Pace: hands records over as fast as they are wanted, or with the time between them as it was."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from leadline.records import Record

PAST = datetime(2000, 1, 1, tzinfo=UTC)  # a constant: the engine then asks again at once
LONGEST_WAIT_S = 0.2  # so that a stop is noticed soon

P = TypeVar("P")  # where a reader stands


class Pace(Generic[P]):
    """Takes from a reader what is due.

    `take(n)` reads up to n records, `where()` says where the reader then stands. In real time the
    first record is due at once, the others as far from it as their wall clocks are.
    """

    def __init__(
        self,
        take: Callable[[int], list[Record]],
        where: Callable[[], P],
        realtime: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take, self._where, self._realtime, self._clock = take, where, realtime, clock
        self._held: tuple[Record, P] | None = None  # not due yet, and where it begins
        self._began: tuple[float, int] | None = None  # clock and wall clock of the first record

    @property
    def position(self) -> P:
        """Return where the next record begins that was not handed over."""
        return self._where() if self._held is None else self._held[1]

    @property
    def waiting(self) -> bool:
        """Return whether there is a record that is not due."""
        return self._held is not None

    def due(self, n: int) -> list[Record]:
        """Return up to n records; none where the next is not due (`waiting`), or at the end."""
        if not self._realtime:
            return self._take(n)
        found: list[Record] = []
        while len(found) < n and (held := self._held or self._one()):
            self._held = held if self._wait_s(held[0]) > 0 else None
            if self._held is not None:
                break
            found.append(held[0])
        return found

    def awake(self) -> datetime:
        """Return when to ask again."""
        wait = 0.0 if self._held is None else self._wait_s(self._held[0])
        return datetime.now(UTC) + timedelta(seconds=min(wait, LONGEST_WAIT_S)) if wait > 0 else PAST

    def _one(self) -> tuple[Record, P] | None:
        before = self._where()
        found = self._take(1)
        return (found[0], before) if found else None

    def _wait_s(self, record: Record) -> float:
        if not record.wall_ns:
            return 0.0  # a gap has no time of its own
        if self._began is None:
            self._began = (self._clock(), record.wall_ns)
        return self._began[0] + (record.wall_ns - self._began[1]) * 1e-9 - self._clock()
