"""The simulated source plays what its child writes, says how the child failed, and leaves none behind."""

import pickle
import sys
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from sources import fatal, stopping
from sources.pace import PAST
from sources.simulated import SimulatedSource
from tests.sources.tapes import T0, encoded, flat, play, run_id, start

N = 23
CHILD = """
import sys, time
skip = int(sys.argv[sys.argv.index("--skip") + 1])
records = [bytes.fromhex(text) for text in sys.argv[1].split(",")]
out = sys.stdout.buffer
"""
PLAIN = CHILD + "out.write(b''.join(records[skip:]))"
DRIBBLE = (
    CHILD + "data = b''.join(records[skip:])\nfor i in range(0, len(data), 11): out.write(data[i:i + 11]); out.flush()"
)


def market(n=N):
    return encoded(n)[1:]


def partition(program=PLAIN, batch=5, resume=None, found=None, **options):
    found = market() if found is None else found
    arguments = [",".join(record.hex() for record in found)]
    source = SimulatedSource(
        arguments, start("mine"), batch=batch, command=[sys.executable, "-S", "-c", program], **options
    )
    return source.build_part("step", "main", resume)


def played(*given, **options):
    """Return the records of a partition that plays to its end, and close it."""
    part = partition(*given, **options)
    batches, ended = play(part)
    part.close()
    assert ended
    return flat(batches)


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_start_record_comes_first_and_every_record_once(batch):
    part = partition(batch=batch)
    batches, ended = play(part)
    part.close()
    found = flat(batches)
    assert ended and [r.seq for r in found] == list(range(N + 2)) and all(1 <= len(b) <= batch for b in batches)
    assert (found[0].kind, found[0].wall_ns, run_id(found[0])) == (records.START, T0, "mine")
    assert found[1].payload == b"frame 0" and found[-1].kind == records.END and fatal.failed() is None


def test_records_may_come_in_pieces():
    assert [r.seq for r in played(DRIBBLE)] == list(range(N + 2))


@settings(max_examples=4)
@given(batch=st.integers(1, 30), cuts=st.lists(st.integers(0, 4), max_size=3))
def test_a_resume_at_any_snapshot_goes_on_with_the_next_record(batch, cuts):
    found, seq = [], None
    for cut in [*cuts, 10**9]:
        part = partition(batch=batch, resume=seq)
        found += flat(play(part, cut)[0])
        seq = pickle.loads(pickle.dumps(part.snapshot()))
        part.close()
    assert [r.seq for r in found] == list(range(N + 2)) and fatal.failed() is None


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (CHILD + "sys.exit('out of luck')", "with exit code 1: out of luck"),
        (CHILD + "out.write(records[0]); out.flush(); 1 / 0", "ZeroDivisionError: division by zero"),
        (CHILD + "out.write(records[0] + records[1][:9])", "in the middle of a record: it said nothing"),
        (CHILD + "out.write(b''.join(records[:-1]))", "without an end record"),
        (CHILD + "pass", "without an end record"),
        (CHILD + "out.write(records[0] + b'x' * 400)", "damaged record"),
    ],
    ids=["exit", "exception", "cut", "no end", "nothing", "garbage"],
)
def test_a_child_that_fails_ends_the_run_in_one_line(program, said):
    found = played(program)
    assert [r.seq for r in found] == list(range(len(found)))
    assert said in fatal.failed() and "\n" not in fatal.failed()


def test_what_came_before_a_failure_is_handed_over_and_not_skipped_by_a_resume():
    part = partition(CHILD + "out.write(b''.join(records[:4])); out.flush(); sys.exit(3)", batch=1000)
    batches, _ = play(part)
    part.close()
    assert [r.seq for r in flat(batches)] == [0, 1, 2, 3, 4] and part.snapshot() == 5
    assert "exit code 3" in fatal.failed()


def test_a_command_that_is_none_ends_the_run_in_one_line():
    part = SimulatedSource([], start(), batch=5, command=["/nowhere/python"]).build_part("step", "main", None)
    assert play(part) == ([], True) and "/nowhere/python" in fatal.failed()
    part.close()


def test_a_child_that_says_much_on_stderr_does_not_hang():
    assert len(played(CHILD + "sys.stderr.write('x' * 300_000); out.write(b''.join(records))")) == N + 2


def test_a_resume_behind_the_end_finds_nothing_and_that_is_no_failure():
    assert played(resume=N + 2) == [] and fatal.failed() is None


def test_a_request_to_stop_is_noticed_while_the_child_is_silent():
    part = partition(CHILD + "out.write(records[0]); out.flush(); time.sleep(600)", batch=1)
    assert len(flat(play(part, 2)[0])) == 2  # start and the first
    stopping.ask()
    began = time.monotonic()
    assert part._child.take(1) == [] and play(part) == ([], True)
    part.close()
    assert time.monotonic() - began < 300 and part._child._process.poll() is not None
    assert part.snapshot() == 2 and fatal.failed() is None


def test_closing_kills_a_child_that_goes_on_writing():
    part = partition(CHILD + "while True: out.write(records[0])")
    part.next_batch()
    part.close()
    assert part._child._process.returncode is not None


def test_in_real_time_the_next_record_waits_and_a_snapshot_does_not_skip_it():
    part = partition(realtime=True)
    before = flat(play(part, 1)[0])
    assert [r.seq for r in before] == [0, 1]  # the others are due a tenth of a second apart
    assert part.next_awake() > PAST
    resume = part.snapshot()
    part.close()
    assert resume == 2 and [r.seq for r in played(resume=resume)] == list(range(2, N + 2))


def whole_run(arguments, resume):
    part = SimulatedSource(arguments, start(), batch=64).build_part("step", "main", resume)
    found = flat(play(part)[0])
    part.close()
    return found


def test_the_simulator_itself_can_be_played():
    arguments = ["--hours", "0.01", "--symbols", "BTC/USD", "--seed", "3"]
    whole, rest = (whole_run(arguments, resume) for resume in (None, 40))
    assert fatal.failed() is None and whole[-1].kind == records.END
    assert [r.seq for r in whole] == list(range(len(whole))) and rest == whole[40:]
    assert msgspec.json.decode(whole[1].payload)["venue"]


def test_a_recorded_market_is_the_tape_that_was_played_whatever_run_plays_it_again(tmp_path):
    from flows.starting import start_record
    from leadline.settings import Retention
    from leadline.settings import Settings as Config
    from sources.recorder import TapeSettings
    from sources.tape import tapes
    from sources.tape_reader import TapeReader

    begin = start_record(Config(), "sim-test", "r")
    kept = TapeSettings(tmp_path, 1 << 20, 1e9, Retention())
    arguments = ["--hours", "0.01", "--symbols", "BTC/USD"]
    for state, n_batches in ((None, 3), (192, None), (None, None)):  # stopped, resumed, played again
        part = SimulatedSource(arguments, begin, batch=64, tape=kept).build_part("tape", "main", state)
        played = []
        while n_batches is None or len(played) < n_batches:
            try:
                played += part.next_batch()
            except StopIteration:
                break
        part.close()
    (folder,) = tapes(tmp_path)
    whole = [record for _, batch in played for record in batch]
    assert list(TapeReader(folder)) == whole
