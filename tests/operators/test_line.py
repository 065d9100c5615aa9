"""The adapter between Bytewax and the stages, called directly and in a small flow."""

import pickle
from datetime import timedelta

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, TestingSource, run_main

from flows.stages import book_stage
from leadline import records
from leadline.moment import STOPPED, Moment
from operators import line
from operators.decode import decode
from operators.paper import PaperStage
from operators.rows import rows
from operators.signals import SignalStage
from sources.kraken import wire
from tests.operators.moments import BTC, Tape, slabs


class Counting:
    """A stage that numbers what it has seen, and says its count at the end."""

    def __init__(self):
        self.n = 0

    def process(self, moments):
        for m in moments:
            self.n += 1
            m.emit("seen", {"n": self.n})

    def finish(self):
        return [Moment(-1, STOPPED, 0, 0, 0, b"", {"total": self.n}, None)]

    def telemetry(self):
        return {"counted": self.n}


class Quiet(Counting):
    """A stage without a last word."""

    def finish(self):
        return []


def tick(n=0):
    return Moment(n, records.TICK, 0, n, n, b"", None, None)


def numbers(slab):
    return [row.values["n"] for m in slab for row in m.rows if row.table == "seen"]


def test_a_slab_goes_through_the_stage_and_on():
    logic = line.StageLogic("counting", Counting())
    one, two = [tick(1)], [tick(2), tick(3)]
    out, discard = logic.on_batch([one, two])
    assert (out, discard) == ([one, two], StatefulBatchLogic.RETAIN)
    assert numbers(one) + numbers(two) == [1, 2, 3]


def told(slab):
    return [row.values for m in slab for row in m.rows or [] if row.table == "telemetry"]


def test_telemetry_comes_with_the_first_slab_and_the_last_and_not_with_each():
    logic = line.StageLogic("counting", Counting())
    first, second, last = [tick(1)], [tick(2)], [Moment(-1, STOPPED, 0, 0, 0, b"", {}, None)]
    logic.on_batch([first, second, [], last])
    assert [t["counted"] for t in told(first)] == [1]
    assert told(second) == []
    ((busy, counted),) = [(t["stages"]["counting"], t["counted"]) for t in told(last)]
    assert (len(busy), counted) == (3, 3)
    assert all(seconds >= 0.0 for seconds in busy)


def test_telemetry_tells_how_long_each_snapshot_took_and_once():
    logic = line.StageLogic("counting", Counting())
    logic.on_batch([[tick(1)]])
    logic.snapshot(), logic.snapshot()
    ends = [[Moment(-1, STOPPED, 0, 0, 0, b"", {}, None)] for _ in range(2)]
    logic.on_batch(ends)
    first, second = (told(end)[0]["snapshots"]["counting"] for end in ends)
    assert (len(first), second) == (2, []) and all(seconds > 0.0 for seconds in first)


def test_the_stages_last_word_is_sent_on_at_the_end_and_its_state_is_kept():
    out, discard = line.StageLogic("counting", Counting()).on_eof()
    assert [m.event for slab in out for m in slab] == [{"total": 0}]
    assert discard is StatefulBatchLogic.RETAIN
    assert line.StageLogic("quiet", Quiet()).on_eof()[0] == []


def test_a_snapshot_does_not_change_with_the_stage():
    logic = line.StageLogic("counting", Counting())
    logic.on_batch([[tick(1)]])
    taken = logic.snapshot()
    logic.on_batch([[tick(2)]])
    assert (pickle.loads(taken).n, pickle.loads(logic.snapshot()).n) == (1, 2)


def run(tape, cuts=(), recovery=None, until=None):
    """Run book and signals as a flow; return its rows but telemetry."""
    out = []
    batches = [("line", slab) for slab in slabs(tape, cuts)]
    if until is not None:
        batches.insert(until, TestingSource.ABORT())
    flow = Dataflow("test")
    stream = decode("decode", op.input("source", flow, TestingSource(batches, batch_size=1)), wire.decode)
    stream = line.chain("book", stream, book_stage)
    stream = line.chain("signals", stream, SignalStage)
    stream = line.chain("paper", stream, PaperStage)
    op.output("out", rows("rows", stream), TestingSink(out))
    run_main(flow, epoch_interval=timedelta(0), recovery_config=recovery)
    return [row for _, row in out if row.table not in ("telemetry", "status")]


@pytest.fixture
def tape():
    made = Tape(BTC).open().at(1).snapshot(BTC, [(99, 1)], [(101, 1)]).at(2).book(BTC, [(99, 2)], checksum=1)
    made.at(3).snapshot(BTC, [(99, 2)], [(101, 1)]).at(4).frame("garbage")
    return made.json(records.END, {"reason": "end_of_tape"}).records


def test_a_flow_gives_the_rows_of_its_stages_with_the_runs_tags(tape):
    found = run(tape)
    assert [row.table for row in found] == [
        "runs", "account", "risk_state", "feed_health", "feed_health", "feed_health", "resync", "feed_health",
        "rejects", "risk_state", "runs"]  # fmt: skip
    stored = [row for row in found if row.table != "resync"]
    assert all((row.values["run_id"], row.values["mode"], row.values["venue"]) == ("run", "live", "kraken")
               for row in stored)  # fmt: skip
    assert found[-1].table == "runs"
    assert (found[-1].values["exit_reason"], found[-1].values["book_verified"]) == ("end_of_tape", 2)


def test_the_cut_of_batches_does_not_matter_in_the_engine_either(tape):
    assert run(tape, range(len(tape))) == run(tape, [3, 9]) == run(tape)


def test_a_flow_that_was_killed_goes_on_where_it_was(tape, tmp_path):
    init_db_dir(tmp_path, 1)
    cuts, store = range(0, len(tape), 2), RecoveryConfig(str(tmp_path))
    before = run(tape, cuts, store, until=6)
    after = run(tape, cuts, store)
    whole = run(tape)
    assert 0 < len(before) < len(whole)
    assert [r for r in before + after if r not in whole] == [r for r in whole if r not in before + after] == []
    assert after[-1] == whole[-1]  # the counts of the run know what was before the kill
