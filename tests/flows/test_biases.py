"""From the analyzer to the line: each bias waits in the inbox, and a run that begins takes up what is in force."""

import json
import time
from dataclasses import replace

import pytest

from flows import biases
from flows.configuration import load
from leadline import bias_record
from leadline.moment import Row
from leadline.settings import Settings
from leadline.times import HOUR_NS
from sinks.tables import TABLES
from sources import inbox
from tests.flows.processes import ask, environment, finish, start
from tests.leadline.analysis.histories import end_ns, walk
from tests.leadline.test_bias_record import ROW
from tests.sinks.analysis_stores import imported
from tests.sinks.stores import new_lake


def waiting(folder):
    """Return the messages of an inbox, in their order."""
    return [json.loads((folder / "inbox" / name).read_text()) for name in inbox.waiting(folder)]


def handed(folder, rows, live=True, **hybrid):
    """Hand rows over to a scalper of BTC/USD and ETH/USD."""
    settings = Settings.model_validate(
        {"storage": {"data_dir": str(folder)}, "hybrid_mode": hybrid, "feed": {"symbols": ["BTC/USD", "ETH/USD"]}}
    )
    sink = biases.handing_over(settings, live, pytest.fail)
    sink.build("inbox", 0, 1).write_batch([(row["symbol"], Row("bias", row)) for row in rows])
    return [message["payload"] for message in waiting(folder)]


def test_the_newest_bias_of_each_symbol_of_the_scalper_waits(tmp_path):
    rows = [ROW, ROW | {"symbol": "ETH/USD"}, ROW | {"symbol": "XRP/USD"}, ROW | {"bias": "NEUTRAL"}]
    found = handed(tmp_path, rows)
    assert [(one["symbol"], one["bias"]) for one in found] == [("ETH/USD", "WEAK_BEARISH"), ("BTC/USD", "NEUTRAL")]
    assert found[1] == json.loads(json.dumps(bias_record.payload(rows[3])))


def test_an_analysis_of_another_time_is_not_handed_over(tmp_path):
    assert handed(tmp_path, [ROW], live=False) == []


def test_a_scalper_that_filters_nothing_gets_its_bias_too(tmp_path):
    """It aligns its signals with it and watches its zones."""
    assert len(handed(tmp_path, [ROW], trend_filter=False, scalp_signal_filtering=False)) == 1


def test_an_inbox_that_cannot_be_written_ends_the_run_with_a_line(tmp_path):
    (tmp_path / "inbox").write_text("a file")
    said = []
    settings = Settings.model_validate({"storage": {"data_dir": str(tmp_path)}, "feed": {"symbols": ["BTC/USD"]}})
    sink = biases.handing_over(settings, True, said.append)
    sink.build("inbox", 0, 1).write_batch([("BTC/USD", Row("bias", ROW))])
    assert said[0].startswith("cannot write into ")


def stored(folder, *rows):
    """Put rows of the table `bias` into a store."""
    from sinks import segments

    same = {"mode": "live", "profile": "swing", "confidence": "LOW", "zones": "[]", "config_hash": "c", "run_id": "r"}
    for n, row in enumerate(rows):
        table = segments.arrow_table(TABLES["bias"], [same | row], n)
        day = segments.day_name(row["as_of"] // segments.DAY_NS)
        segments.publish(segments.lake(folder) / "bias" / day, segments.encode(table), lambda n=n: f"test-{n}.parquet")


def test_a_run_that_begins_takes_up_the_newest_bias_in_force(tmp_path):
    new_lake(tmp_path)
    first = ROW | {"as_of": 10 * HOUR_NS, "valid_until": 22 * HOUR_NS}
    later = first | {"as_of": 20 * HOUR_NS, "valid_until": 34 * HOUR_NS, "bias": "STRONG_BULLISH"}
    stored(tmp_path, first, later, later | {"venue": "simulator"}, later | {"symbol": "XRP/USD"},
           later | {"as_of": 21 * HOUR_NS, "mode": "history", "bias": "NEUTRAL"})  # fmt: skip

    def taken(hours):
        return biases.in_force(tmp_path, "kraken", ["BTC/USD", "ETH/USD"], hours * HOUR_NS)

    assert taken(12) == [bias_record.payload(first)]
    assert taken(24) == [bias_record.payload(later)]  # with the id that the inbox gave it
    assert taken(34) == taken(9) == []


def test_where_there_is_no_store_nothing_is_in_force(tmp_path):
    assert biases.in_force(tmp_path, "kraken", ["BTC/USD"], 1) == []


def analysed_now(tmp_path, hours_old=0):
    """Run the analyzer as of now on a history that ended so many hours ago; return its environment and output."""
    bars = walk(11, 24 * 500, drift=0.05)
    now_ns = time.time_ns()
    shift = now_ns - now_ns % HOUR_NS - end_ns(bars) - hours_old * HOUR_NS
    imported(tmp_path / "data", replace(bars, open_ns=bars.open_ns + shift))
    env = environment(tmp_path, ultimate_analyzer__symbols="BTC/USD", feed__symbols="BTC/USD")
    code, out, err = finish(start(env | {"LEADLINE_CONSOLE": "cards"}, module="flows.analyze"))
    assert code == 0, err
    return env, out


def test_the_analyzer_leaves_the_bias_of_now_for_the_scalper(tmp_path):
    env, out = analysed_now(tmp_path)
    assert " min old) | key level " in out
    (message,) = waiting(tmp_path / "data")
    assert message["kind"] == "bias"
    record = bias_record.understood(message["payload"])
    columns = "symbol, bias, key_level, epoch_ns(as_of), epoch_ns(valid_until)"
    assert ask(tmp_path, f"SELECT {columns} FROM bias") == [
        (record.symbol, record.bias, record.key_level, record.as_of, record.valid_until)
    ]
    again = biases.in_force(tmp_path / "data", "kraken", load(env=env).settings.symbols(), time.time_ns())
    assert [bias_record.understood(one) for one in again] == [record]  # with the same id


def test_a_market_of_which_nothing_is_heard_any_more_gets_no_bias(tmp_path):
    _, out = analysed_now(tmp_path, hours_old=10 * 24)
    assert "BTC/USD  no score, NEUTRAL (LOW) | price " in out
    assert "10 days old; swing needs one of the last 36 h" in out
    assert waiting(tmp_path / "data") == []
    assert ask(tmp_path, "SELECT count(*) FROM bias") == [(0,)]
    assert ask(tmp_path, "SELECT count(*), count(price), count(score) FROM analyses") == [(1, 1, 0)]
