"""Rows leave the line in order, tagged with the run."""

import pickle

import pytest

from leadline import records
from leadline.moment import Moment
from operators.rows import UNTAGGED, RowsLogic
from tests.operators.moments import BTC, start


def moment(kind=records.TICK, event=None, *tables):
    m = Moment(0, kind, 0, 0, 0, b"", event, None)
    for n, table in enumerate(tables):
        m.emit(table, {"n": n})
    return m


BEGIN = moment(records.START, start(BTC, run_id="r1", mode="replay"), "runs")
TAGS = {"run_id": "r1", "mode": "replay", "venue": "kraken", "tape_id": "tape"}


def test_rows_come_in_the_order_in_which_the_stages_emitted_them():
    slabs = [[moment(records.TICK, None, "a", "b"), moment()], [moment(records.TICK, None, "a")]]
    rows, _ = RowsLogic(None).on_batch(slabs)
    assert [(row.table, row.values["n"]) for row in rows] == [("a", 0), ("b", 1), ("a", 0)]


@pytest.mark.parametrize(
    ("reason", "error", "told"),
    [("stopped", None, "stopped"), ("stopped", "cannot reach it", "cannot reach it"),
     ("end_of_tape", "late", "end_of_tape")],
)  # fmt: skip
def test_a_run_that_was_ended_by_an_error_says_which(reason, error, told):
    end = Moment(0, records.TICK, 0, 0, 0, b"", None, None)
    end.emit("runs", {"exit_reason": reason})
    rows, _ = RowsLogic(None, lambda: error).on_batch([[end]])
    assert rows[0].values["exit_reason"] == told


def test_rows_of_the_store_are_tagged_with_the_run_from_its_start_on():
    rows, _ = RowsLogic(None).on_batch([[BEGIN, moment(records.TICK, None, "signals", *UNTAGGED)]])
    assert [{k: v for k, v in row.values.items() if k in TAGS} for row in rows[:2]] == [TAGS, TAGS]
    assert all(not TAGS.keys() & row.values.keys() for row in rows[2:])


def test_a_resumed_run_keeps_its_tags():
    logic = RowsLogic(None)
    logic.on_batch([[BEGIN]])
    again = RowsLogic(pickle.loads(pickle.dumps(logic.snapshot())))
    ((row,), _) = again.on_batch([[moment(records.TICK, None, "signals")]])
    assert row.values == {"n": 0} | TAGS


def test_a_second_start_gives_its_own_tags():
    other = moment(records.START, start(BTC, run_id="r2"), "runs")
    rows, _ = RowsLogic(TAGS).on_batch([[moment(records.TICK, None, "signals"), other]])
    assert [row.values["run_id"] for row in rows] == ["r1", "r2"]
