"""A live run warms up from what an earlier one left in the lake."""

from flows.lake_history import from_lake, unbroken
from leadline.moment import Row
from leadline.times import MINUTE_NS
from sinks import catalog
from sinks.lake import LakeSink, prepare

BASE = {"venue": "kraken", "run_id": "r", "tape_id": "t", "symbol": "A/B", "timeframe": "1m", "n_trades": 3,
        "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 9.0, "vwap": 1.2, "filled": False}  # fmt: skip


def stored(folder, candles):
    prepare(folder)
    catalog.refresh(folder)
    part = LakeSink(folder, recovery=False).build_part("lake", "main", None)
    part.write_batch([Row("candles", {**BASE, "mode": "live", "partial": False, **candle}) for candle in candles])
    part.close()


def test_the_newest_unbroken_complete_live_minutes_are_the_history(tmp_path):
    at = [n * MINUTE_NS for n in range(1, 8)]
    stored(
        tmp_path,
        [
            {"open_time": at[0]},
            {"open_time": at[1], "partial": True},
            {"open_time": at[2]},
            {"open_time": at[3], "n_trades": 0, "volume": 0.0, "filled": True},
            {"open_time": at[4], "mode": "replay"},
            {"open_time": at[4], "mode": "live", "close": 7.0},
            {"open_time": at[5], "venue": "simulator", "mode": "simulator"},
            {"open_time": at[6], "symbol": "C/D"},
        ],
    )
    payload = from_lake(tmp_path, "kraken")("A/B")
    assert payload["interval_s"] == 60
    assert [(row[0], row[4], row[7]) for row in payload["candles"]] == [(180, 1.5, 3), (240, 1.5, 0), (300, 7.0, 3)]


def test_an_empty_lake_gives_no_history(tmp_path):
    stored(tmp_path, [])
    assert from_lake(tmp_path, "kraken")("A/B") is None
    assert from_lake(tmp_path / "nowhere", "kraken")("A/B") is None


def test_a_hole_ends_the_history():
    assert unbroken([(600, 1.0), (480, 2.0)]) == [[600, 1.0]]
