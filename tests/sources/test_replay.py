"""The replay source plays a tape once, in order, from wherever it was left."""

import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from leadline.records import Record
from leadline.times import MS_NS
from sources import fatal, stopping
from sources.pace import PAST, Pace
from sources.replay import ReplaySource
from sources.tape_writer import TapeWriter
from tests.sources.tapes import T0, encoded, flat, play, run_id, write

N = 23
ROOT = Path(__file__).resolve().parents[2]


def mine(begun):
    begun.run_id = "mine"
    return begun


def partition(folder: Path, batch: int = 5, resume=None, **options):
    return ReplaySource(folder, batch, mine, **options).build_part("step", "main", resume)


@pytest.fixture(scope="module")
def tape(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("tape") / "t1", encoded(N), per_segment=9)


def test_there_is_one_partition_named_by_the_line(tape):
    assert ReplaySource(tape, 5, mine, line="other").list_parts() == ["other"]
    assert partition(tape).next_batch()[0][0] == "main"


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_every_record_comes_once_in_batches_no_longer_than_asked(tape, batch):
    batches, ended = play(partition(tape, batch))
    assert ended and [r.seq for r in flat(batches)] == list(range(N + 2))
    assert all(1 <= len(b) <= batch for b in batches)
    assert fatal.failed() is None


def test_the_start_record_becomes_this_run_s(tape):
    first = flat(play(partition(tape))[0])[0]
    assert (first.kind, first.seq, first.wall_ns, run_id(first)) == (records.START, 0, T0, "mine")


@settings(max_examples=30)
@given(batch=st.integers(1, 30), cuts=st.lists(st.integers(0, 4), max_size=6))
def test_a_resume_at_any_snapshot_goes_on_with_the_next_record(tape, batch, cuts):
    found, position = [], None
    for cut in [*cuts, 10**9]:
        part = partition(tape, batch, position)
        found += flat(play(part, cut)[0])
        position = pickle.loads(pickle.dumps(part.snapshot()))
        part.close()
    assert [r.seq for r in found] == list(range(N + 2))


def test_nothing_comes_behind_the_end_record(tmp_path):
    part = partition(write(tmp_path / "t1", [*encoded(3), *encoded(3)]))
    assert [r.seq for r in flat(play(part)[0])] == [0, 1, 2, 3, 4]


def test_a_tape_without_an_end_ends_with_its_last_record(tmp_path):
    batches, ended = play(partition(write(tmp_path / "t1", encoded(3)[:-1])))
    assert ended and [r.seq for r in flat(batches)] == [0, 1, 2, 3] and fatal.failed() is None


def test_a_request_to_stop_ends_it_and_the_snapshot_is_what_was_handed_over(tape):
    part = partition(tape)
    assert len(flat(play(part, 2)[0])) == 10
    stopping.ask()
    assert play(part) == ([], True) and part.snapshot().seq == 10


def test_without_real_time_it_is_asked_again_at_once(tape):
    part = partition(tape)
    part.next_batch()
    assert part.next_awake() == PAST


def test_a_tape_that_is_gone_or_of_another_format_ends_the_run_in_one_line(tmp_path, monkeypatch):
    assert play(partition(tmp_path / "nowhere")) == ([], True)
    assert "nowhere" in fatal.failed()
    fatal.clear()
    stopping.clear()
    with monkeypatch.context() as patch:
        patch.setattr("sources.tape.FORMAT_VERSION", 9)
        write(tmp_path / "t1", encoded(3))
    assert play(partition(tmp_path / "t1")) == ([], True)
    assert "format 9" in fatal.failed() and "\n" not in fatal.failed()


def test_a_start_record_that_is_none_ends_the_run_in_one_line(tmp_path):
    writer = TapeWriter(tmp_path / "t1", "t1", segment_bytes=1 << 20, segment_seconds=1e9)
    writer.append([records.encode(records.START, 0, T0, 0, b'{"run_id":1}')])
    writer.close()
    assert play(partition(tmp_path / "t1")) == ([], True)
    assert "start record" in fatal.failed() and "\n" not in fatal.failed()


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def paced(walls):
    """Return (pace, clock) over records of these wall clocks, in ms; a reader's position is a count."""
    clock, left = (
        Clock(),
        [Record(i, records.FRAME, 1, wall and T0 + wall * MS_NS, 0, b"") for i, wall in enumerate(walls)],
    )

    def take(n):
        found, left[:] = left[:n], left[n:]
        return found

    return Pace(take, lambda: len(walls) - len(left), True, clock), clock


def seqs(found):
    return [r.seq for r in found]


def test_in_real_time_a_record_waits_until_it_is_due():
    pace, clock = paced([5, 5, 105, 305])
    assert seqs(pace.due(10)) == [0, 1] and pace.waiting and pace.position == 2
    assert pace.due(10) == [] and pace.awake() > PAST
    clock.now += 0.1 + 1e-6
    assert seqs(pace.due(10)) == [2] and pace.position == 3
    clock.now += 10
    assert seqs(pace.due(10)) == [3] and not pace.waiting and pace.awake() == PAST
    assert pace.due(10) == [] and not pace.waiting


def test_in_real_time_a_clock_set_back_and_a_gap_are_due_at_once():
    pace, _ = paced([100, 50, 0, 99])
    assert seqs(pace.due(2)) == [0, 1] and pace.position == 2
    assert seqs(pace.due(10)) == [2, 3]


def test_in_real_time_a_snapshot_does_not_skip_the_record_that_waits(tape):
    part = partition(tape, realtime=True)
    before = flat(play(part, 1)[0])
    part.next_batch()
    rest = flat(play(partition(tape, resume=part.snapshot()))[0])
    assert [r.seq for r in before + rest] == list(range(N + 2))


FAIL = "from sources import fatal, stopping; import sys; print('rows'); "


def test_a_failure_is_one_line_and_exit_code_1_behind_all_output():
    code = FAIL + "fatal.fail('first'); fatal.fail('second'); assert stopping.stopping()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "rows\n", "leadline: first\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_request_to_stop(number):
    code = f"import os; from sources import stopping; stopping.install(); os.kill(os.getpid(), {int(number)}); "
    code += "assert stopping.stopping()"
    assert subprocess.run([sys.executable, "-c", code], timeout=300, check=False, cwd=ROOT).returncode == 0
