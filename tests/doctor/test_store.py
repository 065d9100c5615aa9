"""What is wrong with the store, its views and its analyses is found, and the named command mends it."""

import shutil

import pyarrow.parquet as pq
import pytest

from cli.main import main
from doctor.checkup import check_up
from leadline.times import HOUR_NS
from sinks import catalog, segments
from tests.doctor.looking import here, only
from tests.sinks import lake_rows
from tests.sinks.stores import put


def test_a_store_of_an_older_version_is_found_and_the_named_command_mends_it(stored):
    shutil.rmtree(segments.lake(stored.data_dir) / "calibrations")
    assert here(stored) == {("error", "schema_outdated")}
    assert main(["catalog", "refresh", "--data-dir", str(stored.data_dir)]) == 0
    assert here(stored) == set()


def test_a_table_that_lacks_a_column_is_found(stored, monkeypatch):
    for file in (segments.lake(stored.data_dir) / "advice").rglob("*.parquet"):
        pq.write_table(pq.read_table(file).drop_columns(["saved_bps"]), file)
    assert here(stored) == {("error", "schema_outdated")}


def test_a_damaged_segment_is_found(stored):
    (file,) = (segments.lake(stored.data_dir) / "rejects").rglob("*.parquet")
    file.write_bytes(b"garbage" * 9)
    assert here(stored) == {("error", "segment_damaged")}
    stored.write(ultimate_analyzer={"symbols": ["XRP/USD"]})  # the other tables are looked at all the same
    assert here(stored) == {("error", "segment_damaged"), ("warning", "analysis_missing")}


@pytest.mark.parametrize(
    ("table", "untold"),
    [
        ("rejects", {"catalog_outdated"}),
        ("runs", {"catalog_outdated", "run_killed", "evidence"}),
        ("paper_trades", {"catalog_outdated", "evidence"}),
        ("bias", {"catalog_outdated", "analysis_overdue"}),
    ],
)
def test_what_a_damaged_table_keeps_from_being_checked_is_said(stored, table, untold):
    for file in (segments.lake(stored.data_dir) / table).rglob("*.parquet"):
        file.write_bytes(b"garbage" * 9)
    found = [one.finding for one in check_up(stored.system(), offline=True) if one.group != "venue"]
    assert [f.name for f in found if f.severity != "unchecked"] == ["segment_damaged"]
    unchecked = [f for f in found if f.severity == "unchecked"]
    assert {f.name for f in unchecked} == untold and all("cannot be read" in f.what for f in unchecked)


def test_a_killed_run_is_found_beside_a_damaged_table(stored):
    now_ns = stored.clock_ns()
    put(stored.data_dir, [lake_rows.row("runs", started_at=now_ns, run_id="killed", ended_at=None)], now_ns)
    (file,) = (segments.lake(stored.data_dir) / "rejects").rglob("*.parquet")
    file.write_bytes(b"garbage" * 9)
    assert here(stored) == {("error", "segment_damaged"), ("warning", "run_killed")}


def test_damage_behind_a_segments_footer_is_found(stored):
    (file,) = (file for file in (segments.lake(stored.data_dir) / "runs").rglob("*.parquet") if _has_rows(file))
    data = bytearray(file.read_bytes())
    behind = 4 + len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    data[4 : behind - 4] = b"\xff" * (behind - 8)
    file.write_bytes(data)
    assert here(stored) == {("error", "segment_damaged")}


def _has_rows(file):
    return pq.read_metadata(file).num_rows > 0


def test_views_of_a_folder_that_was_moved_are_found(stored, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(stored.data_dir, moved)
    shutil.rmtree(stored.data_dir)
    stored.write(storage={"data_dir": str(moved)})
    stored.data_dir, stored.recovery = moved, tmp_path / "none"
    assert ("warning", "catalog_outdated") in here(stored)


def test_a_catalog_that_is_missing_or_damaged_is_found(stored):
    file = catalog.path(stored.data_dir)
    file.unlink()
    assert here(stored) == {("warning", "catalog_missing")}
    file.write_bytes(b"garbage" * 999)
    assert here(stored) == {("error", "catalog_damaged")}


def test_a_folder_in_place_of_the_catalog_is_found_and_the_way_out_works(stored):
    file = catalog.path(stored.data_dir)
    file.unlink()
    file.mkdir()
    found = only(stored, offline=True)
    assert (found.severity, found.name) == ("error", "catalog_damaged") and found.what == f"{file} is a folder"
    assert found.fix == "move it away; then `leadline catalog refresh` makes the file"
    file.rmdir()
    assert main(["catalog", "refresh", "--data-dir", str(stored.data_dir)]) == 0
    assert here(stored) == set()


def test_an_analysis_that_is_overdue_or_was_never_made_is_found(stored):
    later = stored.clock_ns() + 24 * HOUR_NS
    stored.clock_ns = lambda: later
    assert here(stored) == {("warning", "analysis_overdue")}
    stored.write(ultimate_analyzer={"symbols": ["XRP/USD"]})
    assert here(stored) == {("warning", "analysis_missing")}
    stored.write(ultimate_analyzer={"enabled": False})
    assert here(stored) == set()


@pytest.mark.parametrize("hours, symbol", [(24, "BTC/USD"), (0, "XRP/USD")])
def test_a_bias_that_nobody_goes_by_is_not_said_to_count_as_neutral(stored, hours, symbol):
    now_ns = stored.clock_ns() + hours * 3600 * 10**9
    stored.clock_ns = lambda: now_ns
    for used, told in ((True, "counts as neutral"), (False, "goes by none anyway, since hybrid_mode.bias is false")):
        stored.write(hybrid_mode={"bias": used}, ultimate_analyzer={"symbols": [symbol]})
        found = [one.finding for one in check_up(stored.system(), offline=True)]
        (what,) = [finding.what for finding in found if finding.name.startswith("analysis_")]
        assert told in what


def test_what_was_never_analysed_for_want_of_bars_says_to_bring_them(stored):
    stored.write(ultimate_analyzer={"symbols": ["XRP/USD"]})
    for source, comes in (("kraken", "counts as neutral"), ("simulator", "it scalps the embedded simulated market")):
        stored.write(feed={"source": source})
        (found,) = [one.finding for one in check_up(stored.system(), offline=True)
                    if one.finding.name == "analysis_missing"]  # fmt: skip
        assert comes in found.what and "of the simulated market: XRP/USD" in found.what
        assert "`leadline history import FILE` or `leadline history backfill XRP/USD`, then run" in found.fix


def test_analyses_of_other_symbols_than_the_default_s_are_judged_where_none_were_chosen(stored):
    del stored.settings["ultimate_analyzer"]
    stored.write()
    assert not [one for one in here(stored) if one[1].startswith("analysis_")]
