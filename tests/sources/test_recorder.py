"""The recorder keeps on disk what a crash would still resume from."""

import os

from leadline import records
from leadline.settings import Retention
from sources import tape
from sources.counters import FeedCounters
from sources.recorder import RETENTION_S, Recorder, TapeSettings

NOTHING = Retention(tape_days=1e-9, tape_gib=1e-12)


def recorder(tapes, now, resumed=None):
    return Recorder("t", TapeSettings(tapes, 1, 1e9, NOTHING), FeedCounters(), resumed, lambda: now[0])


def write(to, now, n=1):
    """Write one record, a minute after the one before."""
    for _ in range(n):
        now[0] += RETENTION_S
        to.write([(records.FRAME, 1, 1, 1, b"{}")])


def left(tapes):
    for segment in tape.segments(tapes / "t"):
        os.utime(segment.path, (1, 1))
    return [segment.index for segment in tape.segments(tapes / "t")]


def test_retention_stops_at_the_snapshot_before_the_last(tmp_path):
    now = [0.0]
    of = recorder(tmp_path, now)
    write(of, now, 5)
    assert left(tmp_path) == [0, 1, 2, 3, 4]  # no snapshot yet: a crash begins anew
    first = of.position
    of.snapshot(first)
    write(of, now, 3)
    assert left(tmp_path)[0] == 0  # the only snapshot may be the one that a crash cuts short
    of.snapshot(of.position)
    write(of, now, 1)
    write(of, now, 1)
    assert left(tmp_path)[0] == first.segment
    of.close(ended=False)


def test_a_resume_keeps_what_it_began_with_until_two_snapshots_later(tmp_path):
    now = [0.0]
    of = recorder(tmp_path, now)
    write(of, now, 3)
    resumed = of.position
    of.close(ended=False)
    again = recorder(tmp_path, now, resumed)
    assert again.position == resumed
    again.snapshot(resumed)
    write(again, now, 3)
    assert left(tmp_path)[0] <= resumed.segment
    again.close(ended=False)
