"""Taking history out: what was meant goes, all else stays, before, while and after the files are swept."""

import time

import numpy as np
import pytest

from cli.main import main
from leadline.history import SPANS_NS, Candles
from leadline.times import HOUR_NS
from leadline.trade_minutes import TradeRows
from sinks import segments
from sinks.compaction import Compaction, tasks
from sinks.history_remove import Remover, Wanted, brought
from sinks.history_writer import writing
from tests.sinks.stores import look, new_store

NEW_YEAR_NS = 1_609_459_200 * 10**9  # 2021


def some(n, timeframe="1h", value=100.0):
    opens = NEW_YEAR_NS + (np.arange(n) - n // 2) * SPANS_NS[timeframe]
    prices = np.full(n, value)
    return Candles(opens, prices, prices, prices, prices, np.ones(n), np.full(n, np.nan), np.ones(n, np.int64))


@pytest.fixture
def store(tmp_path):
    """Two imports of one market, another market, trades, and rows of two years."""
    folder = new_store(tmp_path / "data")
    with writing(folder, "kraken") as writer:
        first = writer.import_id
        writer.candles("BTC/USD", "1h", some(100), "archive", "one.csv")
        writer.candles("BTC/USD", "1d", some(10, "1d"), "archive", "days.csv")
        writer.candles("ETH/USD", "1h", some(100), "archive", "one.csv")
        times = NEW_YEAR_NS + np.arange(50) * 10**9
        writer.trades("BTC/USD", TradeRows(times, np.ones(50), np.ones(50), np.ones(50, np.int64), np.arange(50),
                                           np.zeros(50, np.bool_)), "archive", "trades.csv")  # fmt: skip
    with writing(folder, "kraken") as writer:
        writer.candles("BTC/USD", "1h", some(300), "archive", "one.csv")
    return folder, first


def remove(folder, **wanted):
    meant = Wanted("BTC/USD", "kraken", **wanted)
    Remover(folder).remove(meant, brought(folder, meant))


def counts(folder):
    rows = look(folder, "SELECT symbol, timeframe, count(*) FROM candles GROUP BY ALL ORDER BY ALL")
    return rows, look(folder, "SELECT count(*) FROM trades")[0][0]


OTHERS = [("BTC/USD", "1d", 10), ("BTC/USD", "1h", 200), ("ETH/USD", "1h", 100)]


def test_what_one_import_brought_goes_and_all_else_stays_also_when_the_files_are_swept(store):
    folder, first = store
    remove(folder, timeframe="1h", import_id=first)
    assert counts(folder) == (OTHERS, 50)
    remove(folder, source="days.csv")  # before the first one's files are gone
    left = [row for row in OTHERS if row[1] != "1d"]
    assert counts(folder) == (left, 50)
    worker = Compaction(folder, clock=lambda: time.time_ns() + 2 * HOUR_NS)
    for task in tasks(folder, lambda table: None, time.time_ns()):
        assert worker.compact(task).error is None
    assert counts(folder) == (left, 50)
    files = [p.name for p in (segments.lake(folder) / "candles").rglob("*.parquet") if p.name.startswith("history")]
    assert not files


def test_a_whole_symbol_goes_with_its_trades_at_once(store):
    folder, _ = store
    remove(folder)
    assert counts(folder) == ([("ETH/USD", "1h", 100)], 0)
    with writing(folder, "kraken") as writer:
        assert writer.candles("BTC/USD", "1h", some(100), "archive", "again.csv").added == 100
    assert counts(folder) == ([("BTC/USD", "1h", 100), ("ETH/USD", "1h", 100)], 0)


def test_the_command_says_what_goes_and_what_there_is(store, capsys):
    folder, first = store
    command, data = ["history", "remove", "BTC/USD"], ["--data-dir", str(folder)]
    assert main([*command, "--timeframe", "1h", "--source", "one.csv", "--dry-run", *data]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2 and out[0].startswith(
        "BTC/USD 1h candles of kraken, 2020-12-29 22:00 to 2021-01-03 02:00, from "
    )
    assert out[0].endswith(": 100 rows would be removed") and f"import {first} of " in out[0]
    assert counts(folder)[0] == [("BTC/USD", "1d", 10), ("BTC/USD", "1h", 300), ("ETH/USD", "1h", 100)]
    assert main([*command, "--source", "two.csv", *data]) == 1
    err = capsys.readouterr().err
    assert "no import has brought BTC/USD of kraken --source two.csv; there is:" in err and "from days.csv" in err
    assert main(["history", "remove", "ADA/USD", *data]) == 1
    assert "no import has brought history of ADA/USD" in capsys.readouterr().err


def test_a_symbol_of_another_venue_alone_is_not_removed_and_the_venue_is_named(tmp_path, capsys):
    folder = new_store(tmp_path / "data")
    with writing(folder, "simulator", "t") as writer:
        writer.candles("BTC/USD", "1h", some(10), "archive", "one.csv")
    assert main(["history", "remove", "BTC/USD", "--data-dir", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "no import has brought BTC/USD of kraken; there is of simulator (say --venue simulator):\n" in said
    assert "1h candles of the simulated market t, " in said


def test_while_an_import_writes_nothing_is_removed(store, capsys):
    folder, _ = store
    with writing(folder, "kraken"):
        assert main(["history", "remove", "BTC/USD", "--data-dir", str(folder)]) == 1
    assert "another process changes the history" in capsys.readouterr().err
