"""Upkeep: rows before a merge are the rows after it, at every instant, and files become few."""

import time

import pyarrow.parquet as pq

from leadline.times import HOUR_NS, MINUTE_NS
from sinks import segments
from sinks.merge import GRACE_NS, MANY, NOTICE_NS, Upkeep
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import files, look, new_lake, put

NOW = time.time_ns()
HOUR = NOW // HOUR_NS - 30  # an hour long over
SUM = "SELECT count(*), count(DISTINCT ts), sum(mid) FROM features"


def filled(store, n, table="features", hour=HOUR):
    for i in range(n):
        put(store, [row(table, i)], hour * HOUR_NS + i)
    return store


def upkeep_at(store, ns):
    Upkeep(store, clock=lambda: ns).run()


def test_a_merge_changes_no_answer_before_or_after_it_comes_into_force(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    before = look(store, SUM)
    upkeep_at(store, time.time_ns())  # in force 10 s from now
    assert len(files(store, "features")) == 10 and look(store, SUM) == before
    for merged in store.rglob("merged.*"):
        merged.rename(merged.with_name(merged.name.rpartition("-")[0] + f"-{NOW - 1}.parquet"))
    assert look(store, SUM) == before


def test_originals_stay_for_an_hour_and_leave_in_one_sweep(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    before, made = look(store, SUM), NOW - 2 * HOUR_NS
    upkeep_at(store, made)
    upkeep_at(store, made + NOTICE_NS + HOUR_NS - 1)
    assert len(files(store, "features")) == 10
    upkeep_at(store, made + NOTICE_NS + HOUR_NS)
    assert len(files(store, "features")) == 1 and look(store, SUM) == before


def test_an_hour_is_left_alone_until_it_is_over_for_every_writer(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    upkeep_at(store, (HOUR + 1) * HOUR_NS + GRACE_NS - 1)
    assert len(files(store, "features")) == 9
    upkeep_at(store, (HOUR + 1) * HOUR_NS + GRACE_NS)
    assert len(files(store, "features")) == 10


def test_few_segments_are_not_worth_a_merge(tmp_path):
    store = filled(new_lake(tmp_path), MANY - 1)
    upkeep_at(store, NOW)
    assert len(files(store, "features")) == MANY - 1


def test_a_merge_is_made_once(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    upkeep_at(store, NOW)
    upkeep_at(store, NOW + 1)
    assert len(files(store, "features")) == 10


def test_a_segment_that_came_late_into_a_merged_hour_is_not_lost(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    made = NOW - 2 * HOUR_NS
    upkeep_at(store, made)
    (path,) = put(store, [row("features", 100)], HOUR * HOUR_NS + 20)
    path.rename(path.with_name(f"other-{HOUR * HOUR_NS + 4}.parquet"))
    upkeep_at(store, made + NOTICE_NS + HOUR_NS)
    assert len(files(store, "features")) == 2 and look(store, SUM)[0][0] == 10


def test_segments_of_an_older_shape_are_merged_and_read_with_the_new(tmp_path):
    store = filled(new_lake(tmp_path), 4)
    old = files(store, "features")[0]
    pq.write_table(pq.ParquetFile(old).read().drop_columns(["microprice", "alerts"]), old)
    assert look(store, "SELECT count(*), count(microprice) FROM features") == [(4, 3)]
    upkeep_at(store, NOW - 2 * HOUR_NS)
    upkeep_at(store, NOW)
    assert look(store, "SELECT count(*), count(microprice), count(alerts) FROM features") == [(4, 3, 3)]
    assert len(files(store, "features")) == 1


def test_a_merge_given_up_for_the_process_end_leaves_nothing_behind(tmp_path):
    store = filled(new_lake(tmp_path), 9)
    Upkeep(store, clock=lambda: NOW, stopping=lambda: True).run()
    assert len(files(store, "features")) == 9 and not list(store.rglob("*.tmp"))


def test_what_a_killed_writer_left_is_swept_after_an_hour(tmp_path):
    store = filled(new_lake(tmp_path), 1)
    left = files(store, "features")[0].with_name(".1-2.tmp")
    left.write_bytes(b"half a segment")
    upkeep_at(store, time.time_ns())
    assert left.exists()
    upkeep_at(store, time.time_ns() + 2 * HOUR_NS)
    assert not left.exists()


def test_hours_of_minutes_become_a_segment_an_hour(tmp_path):
    store = new_lake(tmp_path)
    for minute in range(3 * 60):
        rows = [row("features", 60 * minute + s) for s in range(0, 60, 20)]
        put(store, rows, HOUR * HOUR_NS - 3 * HOUR_NS + minute * MINUTE_NS)
    before = look(store, SUM)
    upkeep_at(store, NOW - 2 * HOUR_NS)
    upkeep_at(store, NOW)
    assert len(files(store, "features")) == 3 and look(store, SUM) == before == [(540, 540, 270.0)]


def test_days_are_kept_apart(tmp_path):
    store = new_lake(tmp_path)
    for i in range(MANY):
        put(store, [row("features", i), row("features", 86_400 + i)], HOUR * HOUR_NS + i)
    upkeep_at(store, NOW - 2 * HOUR_NS)
    upkeep_at(store, NOW)
    assert [p.parent.name for p in files(store, "features")] == ["date=2025-11-24", "date=2025-11-25"]
    assert segments.day_name(T0 // segments.DAY_NS) == "date=2025-11-24"
