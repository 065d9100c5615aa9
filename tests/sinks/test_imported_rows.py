"""Imported rows beside a flow's own: each candle once, whoever brought it."""

from leadline.moment import Row
from leadline.times import DAY_NS, MINUTE_NS
from sinks import segments
from sinks.tables import TABLES
from tests.sinks.stores import look, new_lake, put

TABLE = TABLES["candles"]


def candle(open_ns, **given):
    row = {"symbol": "A/B", "timeframe": "1m", "open_time": open_ns, "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0,
           "volume": 1.0, "venue": "kraken", "run_id": "r", "mode": "live", "partial": False}  # fmt: skip
    return Row("candles", row | given)


def bring(store, rows, at_ns):
    imported = [row.values | {"mode": "history", "origin": "archive"} for row in rows]
    data = segments.encode(segments.arrow_table(TABLE, imported, at_ns))
    folder = segments.lake(store) / "candles" / segments.year_name(1970)
    segments.publish(folder, data, lambda: f"import-{at_ns}.parquet")


def test_a_candle_is_there_once_the_live_one_first_and_a_partial_one_last(tmp_path):
    store = new_lake(tmp_path)
    put(store, [candle(DAY_NS), candle(DAY_NS + MINUTE_NS, partial=True), candle(DAY_NS + MINUTE_NS, symbol="C/D")], 10)
    bring(store, [candle(day * DAY_NS + m * MINUTE_NS) for day in range(3) for m in range(3)], 20)
    found = look(store, "SELECT symbol, open_time, mode, partial FROM candles")
    assert len(found) == len(set(found)) == 10
    modes = {(s, (t.day - 1), t.minute): (mode, partial) for s, t, mode, partial in found}
    assert modes["A/B", 1, 0] == ("live", False)
    assert modes["A/B", 1, 1] == ("history", False)
    assert [modes["A/B", day, 2] for day in range(3)] == [("history", False)] * 3


def test_a_simulated_candle_hides_no_imported_one(tmp_path):
    store = new_lake(tmp_path)
    put(store, [candle(0, venue="simulator", mode="simulator", tape_id="t")], 10)
    bring(store, [candle(0)], 20)
    assert look(store, "SELECT venue, mode FROM candles ORDER BY venue") == [
        ("kraken", "history"), ("simulator", "simulator"),
    ]  # fmt: skip
