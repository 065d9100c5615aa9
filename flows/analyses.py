"""The analyses of a running launcher: at the scheduled times, once more after a failure, never two at a time.

Due times are of the wall clock, as people set them; a machine that slept through one makes up for it once.
Waiting is measured in seconds of a monotonic clock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flows.keeping import Process, Start, Tell, how, length
from flows.schedule import next_due, zone_of
from leadline.settings import Schedule

FIRST_S, LONGEST_S = 60.0, 1800.0  # before a failed analysis is tried again
LIMIT_S = 1800.0  # far more than many symbols take


class Job(NamedTuple):
    """One process of an analysis. What is only `helpful` may fail: the analysis is made of what is there."""

    name: str
    start: Start
    helpful: bool = False
    limit_s: float = LIMIT_S  # what takes longer hangs, and is ended


class Analyses:
    """Runs the jobs of an analysis, one after the other, whenever one is due."""

    def __init__(self, jobs: Sequence[Job], schedule: Schedule, due: datetime, tell: Tell) -> None:
        self.process: Process | None = None
        self.made = 0  # analyses that are over, well or not
        self._jobs, self._schedule, self._due, self._tell = list(jobs), schedule, due, tell
        self._at = 0  # which job runs
        self._began = self._job_began = 0.0
        self._failures = 0
        self._again = float("inf")

    @property
    def due(self) -> datetime:
        """Return when the next one is due, UTC."""
        return self._due

    def step(self, now: float, wall: datetime) -> None:
        """Start an analysis if it is time; see what became of the one that runs."""
        if self.process is None:
            if wall >= self._due or now >= self._again:
                self._due, self._again = next_due(wall, self._schedule), float("inf")
                self._at, self._began = 0, now
                self._begin(now)
            return
        code = self.process.poll()
        if code is not None:
            self._ended(code, now, wall)
        elif now - self._job_began > self._jobs[self._at].limit_s:
            self.process.kill()  # the next look finds it ended

    def _begin(self, now: float) -> None:
        job = self._jobs[self._at]
        self.process, self._job_began = job.start(), now
        self._tell(f"{job.name} started (process {self.process.pid})")

    def _ended(self, code: int, now: float, wall: datetime) -> None:
        job, self.process = self._jobs[self._at], None
        if code != 0 and job.helpful:
            self._tell(f"{job.name} {how(code)}: the analysis is made of what is there")
        if (code == 0 or job.helpful) and self._at + 1 < len(self._jobs):
            self._at += 1
            self._begin(now)
            return
        self.made += 1
        if code == 0:
            self._failures = 0
            self._tell(f"{job.name} done in {length(now - self._began)}; {self.next_text(wall)}")
            return
        wait_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures, 30))
        self._failures += 1
        self._again = now + wait_s
        self._tell(f"{job.name} {how(code)}; tried again in {length(wait_s)}; {self.next_text(wall)}")

    def next_text(self, wall: datetime) -> str:
        """Return when the next one is due, in the words of its own clock."""
        when = self._due.astimezone(zone_of(self._schedule))
        left = length(max(0.0, (self._due - wall).total_seconds()))
        return f"the next is due at {when:%H:%M} {self._schedule.timezone}, in {left}"
