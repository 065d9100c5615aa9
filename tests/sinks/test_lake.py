"""The lake sink: nothing lost, nothing doubled, nothing late, and its files stay few."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSource, run_main

from leadline.errors import StoreError
from leadline.moment import Row
from leadline.times import SECOND_NS
from sinks import segments
from sinks.lake import LakeSink
from sinks.lake_buffer import MAX_ROWS, Buffer
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import files, look, new_lake, new_store


def flow_into(sink: LakeSink, rows: list[Row]) -> Dataflow:
    flow = Dataflow("lake")
    keyed = op.map("key", op.input("in", flow, TestingSource(rows, batch_size=3)), lambda r: ("main", r))
    op.output("lake", keyed, sink)
    return flow


def test_every_table_goes_through_a_flow_and_comes_back_through_its_view(tmp_path):
    store = new_lake(tmp_path)
    tables = ("runs", "features", "candles", "candidates", "signals", "feed_health", "rejects")
    rows = [row(table) for table in tables] + [Row("status", {"ts": T0}), Row("telemetry", {})]
    run_main(flow_into(LakeSink(store), rows))
    assert [look(store, f"SELECT count(*) FROM {t}") for t in tables] == [[(1,)]] * len(tables)
    assert look(store, "SELECT ts, symbol, reasons, entry FROM signals") == [
        (datetime(2025, 11, 24, 16), "BTC/USD", ["score_ratio"], 0.5)
    ]


def test_rows_lie_in_the_utc_day_of_their_own_time(tmp_path):
    buffer = Buffer(new_lake(tmp_path), "w")
    buffer.append([row("features", 0), row("features", 8 * 3600)])
    buffer.publish(everything=True)
    assert [p.parent.name for p in files(tmp_path, "features")] == ["date=2025-11-24", "date=2025-11-25"]


def test_private_keys_are_not_stored_and_missing_ones_are_null(tmp_path):
    store = new_lake(tmp_path)
    run_main(flow_into(LakeSink(store), [Row("feed_health", {"ts": T0, "symbol": "A/B", "_mono_ns": 1})]))
    assert look(store, "SELECT symbol, state FROM feed_health") == [("A/B", None)]


def test_an_undeclared_column_is_refused_by_name(tmp_path):
    sink = LakeSink(new_lake(tmp_path))
    part = sink.build_part("lake", "scalp", None)
    with pytest.raises(StoreError, match="table signals has no column 'moon_phase'"):
        part.write_batch([row("signals", moon_phase="full")])
        part.close()


def test_a_value_of_the_wrong_type_is_refused_with_its_column(tmp_path):
    buffer = Buffer(new_lake(tmp_path), "w")
    buffer.append([row("signals", entry="dear")])
    with pytest.raises(StoreError, match=r"signals\.entry is declared real"):
        buffer.publish(everything=True)


def test_an_event_row_is_due_within_a_second_and_a_feature_row_within_a_minute(tmp_path):
    now = [100.0]
    buffer = Buffer(new_lake(tmp_path), "w", clock=lambda: now[0])
    for _ in range(5):
        buffer.append([row("signals"), row("features")])
        assert buffer.next_due() - now[0] <= 1.0
        now[0] = buffer.next_due()
        buffer.publish()
    assert files(tmp_path, "features") == []
    now[0] += 60.0
    buffer.publish()
    assert len(files(tmp_path, "features")) == 1


def test_a_row_that_stands_for_many_is_stored_as_those(tmp_path):
    store = new_store(tmp_path)
    part = LakeSink(store).build_part("lake", "scalp", None)
    many = {"ts": [1_000_000, 2_000_000], "price": [5.0, 6.0], "trade_id": [1, 2]}
    tags = {"run_id": "r", "mode": "live", "venue": "kraken", "tape_id": "t"}
    part.write_batch([Row("trades", {"ts": 2_000_000, "symbol": "A/B", "_many": many, **tags})])
    part.close()
    rows = look(store, "SELECT epoch_us(ts), symbol, price, trade_id, run_id FROM trades ORDER BY ts")
    assert rows == [(1000, "A/B", 5.0, 1, "r"), (2000, "A/B", 6.0, 2, "r")]


def test_the_thread_publishes_though_nothing_more_comes(tmp_path):
    store = new_lake(tmp_path)
    part = LakeSink(store).build_part("lake", "scalp", None)
    started = time.monotonic()
    part.write_batch([row("signals")])
    while not files(store, "signals"):
        assert time.monotonic() - started < 300.0
        threading.Event().wait(0.01)
    part.close()


def test_eight_hours_of_tape_in_a_minute_end_with_few_files(tmp_path):
    now = [0.0]
    buffer = Buffer(new_lake(tmp_path), "w", clock=lambda: now[0])
    for i in range(800):  # 36 s of tape every 50 ms
        now[0] += 0.05
        buffer.append([row("signals", 36 * i), row("features", 36 * i)])
        buffer.publish()
    buffer.publish(everything=True)
    assert len(files(tmp_path, "signals")) <= 15
    assert len(files(tmp_path, "features")) <= 2


def test_rows_of_a_slow_table_are_published_when_they_are_many(tmp_path):
    buffer = Buffer(new_lake(tmp_path), "w", clock=lambda: 5.0)
    values = row("features").values
    assert buffer.append([Row("features", values)] * (MAX_ROWS - 1)) is True  # the first woke the thread
    assert buffer.append([Row("features", values)]) is True
    assert buffer.next_due() <= 5.0


def test_latency_is_written_and_reported_for_live_signals_only(tmp_path):
    store, seen = new_lake(tmp_path), []
    rows = [
        row("signals", 0, _mono_ns=time.monotonic_ns(), latency_ms=None),
        row("signals", 1, _mono_ns=time.monotonic_ns(), latency_ms=None, mode="simulator"),
        row("signals", 2, latency_ms=None),
    ]
    run_main(flow_into(LakeSink(store, on_signal=seen.append), rows))
    assert len(seen) == 1 and 0 <= seen[0] < 60
    assert look(store, "SELECT signal_id, latency_ms > 0 FROM signals ORDER BY ts") == [
        ("id0", True), ("id1", None), ("id2", None),
    ]  # fmt: skip


def test_a_snapshot_publishes_the_buffer_and_a_resume_doubles_no_feature(tmp_path):
    store = new_lake(tmp_path)
    part = LakeSink(store).build_part("lake", "scalp", None)
    part.write_batch([row("features", 0)])
    state = part.snapshot()
    assert look(store, "SELECT count(*) FROM features") == [(1,)]
    part.write_batch([row("features", 1, ts=T0 + SECOND_NS + 1), row("features", 2)])
    part.close()  # published, never acknowledged
    resumed = LakeSink(store).build_part("lake", "scalp", state)
    resumed.write_batch([row("features", 1, ts=T0 + SECOND_NS + 1), row("features", 2), row("features", 3)])
    resumed.close()
    assert look(store, "SELECT count(*), count(DISTINCT ts) FROM features") == [(4, 4)]


def test_a_second_death_before_the_tape_caught_up_doubles_no_feature_either(tmp_path):
    sink = LakeSink(new_lake(tmp_path))
    part = sink.build_part("lake", "main", None)
    part.write_batch([row("features", 0)])
    state = part.snapshot()
    part.write_batch([row("features", 1), row("features", 2)])
    part.snapshot()  # this one is lost with the process
    second = sink.build_part("lake", "main", state)
    second.write_batch([row("features", 1)])
    state = second.snapshot()
    third = sink.build_part("lake", "main", state)
    third.write_batch([row("features", 2), row("features", 3)])
    third.close()
    assert look(tmp_path, "SELECT count(*), count(DISTINCT ts) FROM features") == [(4, 4)]
    assert third.snapshot().published_ns > state.published_ns


def test_without_recovery_a_snapshot_makes_no_segment(tmp_path):
    part = LakeSink(new_lake(tmp_path), recovery=False).build_part("lake", "scalp", None)
    part.write_batch([row("features")])
    assert part.snapshot() is None and files(tmp_path, "features") == []
    part.close()
    assert len(files(tmp_path, "features")) == 1


def test_a_disk_that_refuses_is_told_once_and_its_rows_travel_in_the_snapshot(tmp_path):
    store, told = new_lake(tmp_path), []
    sink = LakeSink(store, on_error=told.append)
    part = sink.build_part("lake", "scalp", None)
    day = segments.lake(store) / "signals" / "date=2025-11-24"
    day.write_text("a file where a folder should be")
    part.write_batch([row("signals")])
    state = part.snapshot()
    part.close()
    assert len(told) == 1 and "cannot be written" in told[0] and "LEADLINE__STORAGE__DATA_DIR" in told[0]
    day.unlink()
    sink.build_part("lake", "scalp", state).close()
    assert look(store, "SELECT signal_id FROM signals") == [("id0",)]


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/leadline"])
def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path, where):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written") as e:
        segments.prepare(tmp_path / where)
    assert "\n" not in str(e.value)


WRITER = """
    import sys
    from pathlib import Path
    from sinks.lake import LakeSink
    from tests.sinks.lake_rows import row
    part = LakeSink(Path(sys.argv[1])).build_part("lake", "scalp", None)
    for i in range(100_000):
        part.write_batch([row("signals", i), row("features", i)])
        if i % 20 == 19:
            part.snapshot()
            print(i + 1, flush=True)
"""


def test_kill_nine_loses_nothing_that_a_snapshot_acknowledged(tmp_path):
    store = new_lake(tmp_path)
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(8)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
    for table in ("signals", "features"):
        (found,) = look(store, f"SELECT count(*), count(DISTINCT ts) FROM {table}")
        assert found[0] >= acknowledged and found[0] == found[1]


READER = """
    import sys
    from pathlib import Path
    from tests.sinks.stores import ask
    seen = 0
    while seen < int(sys.argv[2]):
        ((seen,),) = ask(Path(sys.argv[1]), "SELECT count(*) FROM signals")
        ask(Path(sys.argv[1]), "SELECT symbol, avg(mid) FROM features GROUP BY ALL")
        print(seen, flush=True)
"""


def test_another_process_reads_all_the_while_and_sees_rows_before_the_end(tmp_path):
    store = new_store(tmp_path)
    part = LakeSink(store).build_part("lake", "scalp", None)
    command = [sys.executable, "-c", textwrap.dedent(READER), str(store), "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None and reader.stdout.readline() == "0\n"
        for i in range(30):
            part.write_batch([row("signals", i), row("features", i)])
            threading.Event().wait(0.05)
        out, err = reader.communicate(timeout=300)
    part.close()
    assert err == "" and reader.returncode == 0
    seen = [int(line) for line in out.splitlines()]
    assert seen == sorted(seen) and seen[-1] == 30


@pytest.mark.parametrize("aborts", [(5,), (4, 11), (1, 2, 17)])
def test_a_flow_that_dies_and_resumes_stores_each_row_once(tmp_path, aborts):
    store, recovery = new_lake(tmp_path / "data"), tmp_path / "recovery"
    recovery.mkdir()
    init_db_dir(recovery, 1)
    for at in (*aborts, None):
        rows: list[Any] = [row(table, i) for i in range(20) for table in ("signals", "features")]
        if at is not None:
            rows.insert(2 * at, TestingSource.ABORT())
        flow = flow_into(LakeSink(store), rows)
        run_main(flow, epoch_interval=timedelta(0), recovery_config=RecoveryConfig(str(recovery)))
    for table in ("signals", "features"):
        assert look(store, f"SELECT count(*), count(DISTINCT ts) FROM {table}") == [(20, 20)]
