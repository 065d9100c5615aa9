"""The catalog: views that hold no lock, survive a move, and keep one row of an id."""

import shutil
import time

import duckdb
import pyarrow.parquet as pq
import pytest

from cli.main import main
from leadline.errors import StoreError
from sinks import catalog, segments
from sinks.tables import TABLES
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import ask, files, look, new_lake, new_store, put


def test_an_empty_store_answers_with_every_column(tmp_path):
    store = new_store(tmp_path)
    for name, table in TABLES.items():
        assert ask(store, f"SELECT * FROM {name}") == []
        assert [column for column, *_ in ask(store, f"DESCRIBE {name}")] == table.names()


def test_every_view_and_column_says_what_it_is(tmp_path):
    store = new_store(tmp_path)
    assert ask(store, "SELECT count(*) FROM duckdb_views() WHERE NOT internal AND comment IS NULL") == [(0,)]
    sql = "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    assert ask(store, sql) == [(0,)]


def test_a_live_row_comes_before_a_replayed_one_whichever_was_first(tmp_path):
    store = new_lake(tmp_path)
    put(store, [row("signals", 0, mode="replay", run_id="again")], 1000)
    put(store, [row("signals", 0, mode="live", run_id="first")], 2000)
    assert look(store, "SELECT run_id FROM signals") == [("first",)]


def test_of_a_row_written_twice_the_first_stays(tmp_path):
    store = new_lake(tmp_path)
    put(store, [row("signals", 0, latency_ms=3.0)], 1000)
    put(store, [row("signals", 0, latency_ms=None)], 2_000_000)
    assert look(store, "SELECT latency_ms FROM signals") == [(3.0,)]


def test_a_run_is_its_latest_row(tmp_path):
    store = new_lake(tmp_path)
    put(store, [row("runs", 0, exit_reason=None), row("runs", 0, exit_reason="end_of_tape")], 1000)
    assert look(store, "SELECT exit_reason FROM runs") == [("end_of_tape",)]


def test_a_whole_candle_comes_before_a_partial_one(tmp_path):
    store = new_lake(tmp_path)
    put(store, [row("candles", 0, partial=True, close=1.0), row("candles", 0, partial=False, close=2.0)], 1000)
    assert look(store, "SELECT close FROM candles") == [(2.0,)]


def test_candles_of_two_simulated_runs_are_two_worlds_and_of_two_live_runs_one(tmp_path):
    store = new_lake(tmp_path)
    for i, run in enumerate("ab"):
        put(store, [row("candles", 0, venue="simulator", mode="simulator", run_id=run)], 1000 + i)
        put(store, [row("candles", 0, venue="kraken", run_id=run)], 2000 + i)
    assert look(store, "SELECT venue, count(*) FROM candles GROUP BY ALL ORDER BY ALL") == [
        ("kraken", 1),
        ("simulator", 2),
    ]


def test_a_refresh_works_under_an_open_prompt(tmp_path):
    store = new_store(tmp_path)
    with duckdb.connect(str(catalog.path(store)), read_only=True) as prompt:
        put(store, [row("signals", 0)], 1000)
        catalog.refresh(store)
        assert prompt.execute("SELECT count(*) FROM signals").fetchall() == [(1,)]
    assert ask(store, "SELECT count(*) FROM signals") == [(1,)]
    assert not [p for p in store.iterdir() if p.name not in ("lake", "leadline.duckdb")]


def test_a_moved_folder_is_mended_by_a_refresh(tmp_path):
    old = tmp_path / "old"
    put(new_store(old), [row("signals", 0)], 1000)
    moved = tmp_path / "it's [new] *"
    shutil.move(old, moved)
    with pytest.raises(duckdb.IOException):
        ask(moved, "SELECT count(*) FROM signals")
    catalog.refresh(moved)
    assert ask(moved, "SELECT count(*) FROM signals") == [(1,)]


@pytest.mark.parametrize("missing", ["column", "table"])
def test_a_store_of_an_older_version_is_said_to_be_one_and_a_refresh_mends_it(tmp_path, missing):
    store = new_store(tmp_path / "data")
    folder = store / "lake" / "advice"
    (empty,) = folder.rglob("*.parquet")
    if missing == "column":
        before = pq.read_table(empty, partitioning=None).drop_columns(["detail"])
        pq.write_table(before, empty.with_name("empty.00000000-0.parquet"))
        empty.unlink()
    else:
        shutil.rmtree(folder)
    for read in (lambda: catalog.connect(store), lambda: catalog.export(store, tmp_path / "out.duckdb")):
        with pytest.raises(StoreError, match=r"older Leadline wrote it, `leadline catalog refresh`"):
            read()
    assert main(["catalog", "refresh", "--data-dir", str(store)]) == 0
    catalog.connect(store).close()


def test_an_export_has_real_tables_that_need_no_lake(tmp_path):
    store = new_store(tmp_path / "data")
    put(store, [row("signals", 0), row("signals", 1)], 1000)
    put(store, [row("signals", 1, mode="replay")], 2000)
    counts = catalog.export(store, tmp_path / "out.duckdb")
    shutil.rmtree(store)
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM signals").fetchall() == [(2,)]
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(len(TABLES),)]
    assert counts["signals"] == 2 and counts["features"] == 0


def test_no_store_and_no_place_to_write_are_clear_lines(tmp_path):
    with pytest.raises(StoreError, match="there is no store in"):
        catalog.export(tmp_path / "nothing", tmp_path / "out.duckdb")
    (tmp_path / "file").write_text("")
    store = new_store(tmp_path / "data")
    with pytest.raises(StoreError, match="cannot write"):
        catalog.export(store, tmp_path / "file" / "out.duckdb")


def test_the_file_is_of_the_storage_version_that_released_clients_open(tmp_path):
    store = new_store(tmp_path)
    with duckdb.connect(str(catalog.path(store)), read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.")


def least_work(of):
    """Return the least seconds of processor that something takes in three times."""

    def once():
        started = time.process_time()
        of()
        return time.process_time() - started

    return min(once() for _ in range(3))


def test_a_hundred_segments_are_deduplicated_with_little_more_work_than_they_are_read(tmp_path):
    store = new_lake(tmp_path)
    for i in range(100):
        put(store, [row("signals", i), row("signals", i + 1)], T0 + i)
    count, plain = "SELECT count(*) FROM signals", "SELECT count(DISTINCT signal_id) FROM read_parquet(?)"
    assert look(store, count) == [(101,)]
    reader, found = duckdb.connect(), [[str(path) for path in files(store, "signals")]]
    read = least_work(lambda: reader.execute(plain, found).fetchall())
    assert least_work(lambda: look(store, count)) < 10 * read  # on a machine at rest it is twice
    assert len(segments.find(segments.lake(store) / "signals" / "date=2025-11-24")) == 100
