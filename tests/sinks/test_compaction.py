"""Compaction: the rows stay, the files become few, old days go, and what is fresh is left alone."""

import time

import pyarrow.parquet as pq
import pytest
from bytewax.testing import run_main

from flows.compact import build
from leadline.settings import Retention
from leadline.times import HOUR_NS
from sinks import segments
from sinks.compaction import Compaction, Task, tasks
from sinks.merge import MANY, NOTICE_NS, Upkeep
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import files, look, new_lake, put

NOW = time.time_ns()
WRITTEN = (NOW // segments.DAY_NS - 3) * segments.DAY_NS + 5 * HOUR_NS  # three days ago, at five in the morning
SUM = "SELECT count(*), count(DISTINCT ts), sum(mid) FROM features"


def filled(tmp_path, hours=2, each=5):
    store = new_lake(tmp_path)
    for k in range(hours * each):
        put(store, [row("features", k)], WRITTEN + k // each * HOUR_NS + k)
    return store


def compact_at(store, ns, days=None, stopping=lambda: False):
    worker = Compaction(store, clock=lambda: ns, stopping=stopping)
    return [worker.compact(task) for task in tasks(store, lambda table: days, ns) if task.table == "features"]


def test_merged_hours_become_one_segment_and_no_answer_changes_on_the_way(tmp_path):
    store = filled(tmp_path)
    put(store, [row("features", 100)], WRITTEN + 5 * HOUR_NS)
    before = look(store, SUM)
    Upkeep(store, clock=lambda: NOW - 6 * HOUR_NS).run()
    assert (len(files(store, "features")), look(store, SUM)) == (13, before)
    compact_at(store, NOW - 6 * HOUR_NS + 1)
    assert (len(files(store, "features")), look(store, SUM)) == (13, before)  # the originals of the hours first
    compact_at(store, NOW - 4 * HOUR_NS)
    assert (len(files(store, "features")), look(store, SUM)) == (3, before)  # swept; three are not worth it
    for k in range(200, 200 + MANY):
        put(store, [row("features", k)], WRITTEN + 6 * HOUR_NS + k)
    before = look(store, SUM)
    compact_at(store, NOW - 3 * HOUR_NS)
    assert (len(files(store, "features")), look(store, SUM)) == (8, before)
    compact_at(store, NOW - 3 * HOUR_NS + NOTICE_NS + HOUR_NS - 1)
    assert (len(files(store, "features")), look(store, SUM)) == (8, before)
    compact_at(store, NOW - 3 * HOUR_NS + NOTICE_NS + HOUR_NS)
    assert (len(files(store, "features")), look(store, SUM)) == (1, before)


def test_before_it_comes_into_force_a_segment_is_not_read(tmp_path):
    store = filled(tmp_path)
    before = look(store, SUM)
    compact_at(store, time.time_ns())
    assert (len(files(store, "features")), look(store, SUM)) == (11, before)


def test_what_was_written_today_is_left_alone(tmp_path):
    store = filled(tmp_path)
    midnight = (WRITTEN // segments.DAY_NS + 1) * segments.DAY_NS
    compact_at(store, midnight - 1)
    assert len(files(store, "features")) == 10
    compact_at(store, midnight + HOUR_NS)
    assert len(files(store, "features")) == 11


def test_a_day_past_its_retention_goes_and_imported_years_stay(tmp_path):
    store = filled(tmp_path)
    imported = segments.lake(store) / "features" / segments.year_name(2020)
    data = segments.encode(segments.arrow_table(segments.TABLES["features"], [row("features", 7).values], 1))
    segments.publish(imported, data, lambda: f"history-{WRITTEN}.parquet")
    (day,) = {path.parent for path in files(store, "features")} - {imported}
    kept = (NOW - T0) / segments.DAY_NS + 2
    compact_at(store, NOW - 6 * HOUR_NS, days=kept)
    assert look(store, "SELECT count(*) FROM features") == [(11,)]
    outcomes = compact_at(store, NOW - 4 * HOUR_NS, days=kept - 4)
    assert sum(one.retired for one in outcomes) == 1 and look(store, "SELECT count(*) FROM features") == [(1,)]
    compact_at(store, NOW - 2 * HOUR_NS, days=kept - 4)
    assert not day.exists() and look(store, "SELECT count(*) FROM features") == [(1,)]


def test_a_compaction_that_is_stopped_leaves_the_store_as_it_was(tmp_path):
    store = filled(tmp_path)
    before = files(store, "features"), look(store, SUM)
    compact_at(store, NOW - 3 * HOUR_NS, stopping=lambda: True)
    assert (files(store, "features"), look(store, SUM)) == before


def test_a_damaged_segment_is_told_and_the_others_go_on(tmp_path):
    store = filled(tmp_path)
    files(store, "features")[0].write_bytes(b"no parquet")
    (outcome,) = [one for one in compact_at(store, NOW - 3 * HOUR_NS) if one.error]
    assert "features" in outcome.error and len(files(store, "features")) == 10


def test_a_merged_segment_may_be_larger_than_a_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr("sinks.merge.GROUP_ROWS", 3)
    store = filled(tmp_path)
    (task,) = [
        t for t in tasks(store, lambda table: None, NOW) if t.table == "features" and "1970" not in t.folder.name
    ]
    assert Compaction(store, clock=lambda: NOW - 3 * HOUR_NS).compact(Task(*task)).merged == 10
    (merged,) = store.rglob("merged.*")
    assert pq.read_metadata(merged).num_row_groups == 4
    assert look(store, "SELECT count(*) FROM features") == [(10,)]


def test_the_flow_says_what_it_did(tmp_path, capsys):
    store = filled(tmp_path)
    run_main(build(store, Retention(), clock=lambda: NOW - 3 * HOUR_NS))
    assert capsys.readouterr().out == "features: 10 segments merged into 1, 10 to be deleted in an hour\n"
    run_main(build(store, Retention(features_days=1.0, lake_days=9999.0), clock=lambda: NOW - HOUR_NS))
    out = capsys.readouterr().out
    assert out == "features: 1 past their retention, 10 files deleted, 1 to be deleted in an hour\n"


@pytest.mark.parametrize("n", [0, 1])
def test_a_lake_without_rows_has_nothing_to_compact(tmp_path, capsys, n):
    store = filled(tmp_path, hours=1, each=n)
    run_main(build(store, Retention()))
    assert capsys.readouterr().out == "nothing to compact\n"
