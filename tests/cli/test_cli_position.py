"""`leadline position`: what is handed over to the line, what is refused at once, what is shown."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from cli.main import main
from sinks import risk_lock
from sources import inbox
from tests.operators.test_positions import declared, quotes
from tests.sinks.lake_rows import row
from tests.sinks.risk_states import items, states, written
from tests.sinks.stores import new_lake, put


def quoted(data_dir, *, hours=1, **given):
    """Give a data folder a store whose last verified book of BTC/USD was so many hours ago."""
    ts = time.time_ns() - hours * 3600 * 10**9
    new_lake(data_dir)
    book = {"best_bid": 64_000.0, "best_ask": 64_001.0, "trust": "verified", "venue": "kraken"}
    put(data_dir, [row("features", ts=ts, **(book | given))], ts)
    return data_dir


@pytest.mark.parametrize(
    ("position_of", "said"),
    [
        (("long", "6400", "6300"), "its entry of 6,400 is 90 % below the last known price of {}, 64,000"),
        (("short", "57600", "80000"), "its entry of 57,600 is 10 % below the last known price of {}, 64,001"),
        (("long", "65000", "64500"), "its stop at 64,500 is reached already at the last known price of {}, 64,000"),
        (("long", "63000", "62000", "--target", "63500"), "its target at 63,500 is reached already at"),
        (("long", "64100", "62000"), None),
    ],
)  # fmt: skip
def test_a_position_that_hardly_fits_the_market_is_handed_over_with_a_warning(data_dir, capsys, position_of, said):
    ago = datetime.fromtimestamp(time.time() - 3600, UTC)
    assert position(quoted(data_dir), "close", "p1") == 0
    assert position(data_dir, "add", "BTC/USD", *position_of) == 0
    assert len(told(data_dir)) == 2
    warnings = [line for line in capsys.readouterr().err.splitlines() if "declared too" not in line]
    assert len(warnings) == (said is not None)
    if said is not None:
        times = [f"{ago + timedelta(minutes=n):%Y-%m-%d %H:%M} UTC" for n in (0, 1)]
        assert warnings[0].startswith("leadline: WARNING: ")
        assert any(said.format(time) in warnings[0] for time in times)


@pytest.mark.parametrize(
    "unfit", [{"symbol": "ETH/USD"}, {"mode": "simulator"}, {"venue": "simulator"}, {"trust": "stale"}, {"hours": 200}]
)
def test_only_a_price_of_the_live_market_is_compared(data_dir, capsys, unfit):
    assert position(quoted(data_dir, **unfit), "add", "BTC/USD", "long", "101", "96") == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def data_dir(tmp_path):
    """A data folder whose live line has BTC/USD and ETH/USD, and a position that was told to hold."""
    return written(tmp_path / "data", states(items(quotes(declared(), 20, 98.5, 60.0, n=1))))


def position(data_dir, *arguments):
    return main(["position", *arguments, "--data-dir", str(data_dir)])


def told(data_dir):
    """Return the commands that wait in the inbox, without their ids."""
    found = [json.loads((data_dir / "inbox" / name).read_text()) for name in inbox.waiting(data_dir)]
    return [{k: v for k, v in one["payload"].items() if k != "id"} for one in found]


def test_a_position_is_handed_over_to_the_live_line(data_dir, capsys):
    assert position(data_dir, "add", "eth/usd", "short", "3300", "3350", "--target", "3100") == 0
    assert told(data_dir) == [{"command": "position_add", "symbol": "ETH/USD", "side": "sell", "entry": 3300.0,
                               "stop": 3350.0, "target": 3100.0}]  # fmt: skip
    assert "waits in" in capsys.readouterr().out
    release = risk_lock.hold(data_dir)
    assert position(data_dir, "add", "BTC/USD", "buy", "100", "96") == 0
    assert "handed over: the live run takes it" in capsys.readouterr().out
    assert position(data_dir, "close", "btc/usd", "--json") == 0
    release()
    assert json.loads(capsys.readouterr().out)["running"] is True
    assert told(data_dir)[-1] == {"command": "position_close", "position": "BTC/USD"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("BTC/USD", "buy", "100", "101"), "BTC/USD buy: the stop of a long lies below its entry of 100, not at 101"),
        (("BTC/USD", "short", "100", "96"), "BTC/USD short: the stop of a short lies above its entry"),
        (("BTC/USD", "buy", "-1", "-2"), "BTC/USD buy: the entry is -1.0, not a price above 0 and below 1e+12"),
        (("BTC/USD", "buy", "nan", "1"), "BTC/USD buy: the entry is nan, not a price above 0"),
        (("BTC/USD", "sell", "100", "inf"), "BTC/USD sell: the stop is inf, not a price above 0"),
        (("BTC/USD", "buy", "100", "96", "--target", "99"), "the target of a long lies above"),
        (("XRP/USD", "buy", "100", "96"), "unknown symbol 'XRP/USD'; the live line has BTC/USD, ETH/USD"),
    ],
)  # fmt: skip
def test_what_is_no_position_is_refused_at_once(data_dir, capsys, arguments, said):
    assert position(data_dir, "add", *arguments) == 1
    err = capsys.readouterr().err
    assert said in err and err.startswith("leadline: ") and err.count("\n") == 1
    assert told(data_dir) == []


def test_the_positions_are_listed_with_what_was_said(data_dir, capsys):
    assert position(data_dir, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "since", "symbol", "side", "entry", "stop", "target", "said"]
    assert lines[1].split() == ["p1", "2026-08-01", "12:00:01", "BTC/USD", "buy", "100", "96", "-", "hold"]
    assert position(data_dir, "list", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["positions"]
    assert (one["id"], one["entry"], one["said"]) == ("p1", 100.0, ["hold"])


def test_closing_what_is_not_declared_is_refused(data_dir, capsys):
    assert position(data_dir, "close", "p9") == 1
    assert "there is no position 'p9'" in capsys.readouterr().err
    assert position(data_dir, "close", "p1") == 0


def test_without_a_run_there_is_nothing_to_list_and_a_position_waits(tmp_path, capsys):
    assert position(tmp_path, "list") == 0
    assert capsys.readouterr().out == "no position is declared\n"
    assert position(tmp_path, "add", "BTC/USD", "buy", "100", "96") == 0
    assert position(tmp_path, "list") == 0
    assert capsys.readouterr().out.endswith("no position is declared\n1 waiting in the inbox\n")
    assert position(tmp_path / "nowhere", "list") == 1
    assert "there is no data folder" in capsys.readouterr().err


def test_a_position_of_the_other_side_is_taken_with_a_warning(data_dir, capsys):
    assert position(data_dir, "add", "BTC/USD", "short", "99", "101") == 0
    assert len(told(data_dir)) == 1
    warning = "leadline: WARNING: a buy of BTC/USD from 100 is declared too, and works against it\n"
    assert capsys.readouterr().err == warning
    assert position(data_dir, "add", "BTC/USD", "long", "99", "98") == 0
    assert position(data_dir, "add", "ETH/USD", "short", "3300", "3350") == 0
    assert capsys.readouterr().err == ""
