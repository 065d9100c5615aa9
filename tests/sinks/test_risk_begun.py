"""What a live run begins with: the account of the risk file, or a new one."""

import msgspec
import pytest

from leadline.errors import StoreError
from sinks import risk_file
from sinks.risk_file import begun_with
from tests.operators.moments import BTC, at, rows, start
from tests.operators.script import CHEAP, Script
from tests.sinks.risk_states import with_latch, with_open_trades, written


def fresh(venue="kraken", equity=10_000.0, **decision):
    begun = start(BTC, tape_id="next", run_id="next", equity=equity, **{**CHEAP, **decision})
    return msgspec.structs.replace(begun, venue=venue)


def test_without_a_file_a_run_begins_with_the_equity_of_the_settings():
    assert begun_with(fresh(), None) == (fresh(), [])


def test_a_run_begins_with_what_the_file_holds_and_says_so(tmp_path):
    state = risk_file.load(written(tmp_path, with_open_trades()))
    begun, told = begun_with(fresh(), state)
    assert (begun.account, begun.open_trades, begun.advice, begun.calibration) == (
        state.account, state.open_trades, state.advice, state.calibration)  # fmt: skip
    assert [one["kind"] for one in begun.advice] == ["size_modifier"]
    assert (begun.tape_id, begun.run_id) == ("next", "next")
    assert told == ["the paper account goes on at 10,000.00, open trades: 1"]


def test_the_line_takes_up_the_trade_that_the_file_holds(tmp_path):
    state = risk_file.load(written(tmp_path, with_open_trades()))
    script = Script()
    begun, _ = begun_with(script.moments[0].event, state)
    script.moments[0].event = msgspec.json.decode(msgspec.json.encode(begun), type=type(begun))  # as on the tape
    script.at(100).book(bid=105.5, ask=105.51)
    found = [r for r in rows(script.play(), "paper_trades") if r["on_account"]]
    assert [(r["exit_reason"], r["entry_ts"]) for r in found] == [("target", at(2))]


def test_the_line_takes_up_the_roads_of_advice_that_the_file_holds(tmp_path):
    script = Script()
    begun, _ = begun_with(script.moments[0].event, risk_file.load(written(tmp_path, with_open_trades())))
    script.moments[0].event = msgspec.json.decode(msgspec.json.encode(begun), type=type(begun))
    (known,) = rows(script.at(100).book(bid=100.9, ask=100.91).play(), "advice")
    assert (known["kind"], known["saved_bps"] > 0, known["resolved_at"]) == ("size_modifier", True, at(100))


def test_a_latch_is_told_and_how_to_free_it(tmp_path):
    _, told = begun_with(fresh(), risk_file.load(written(tmp_path, with_latch())))
    assert any(t.startswith("KILL SWITCH: the day lost") and "`leadline risk reset --reason '...'`" in t for t in told)


def test_another_equity_in_the_settings_changes_nothing_and_is_told(tmp_path):
    state = risk_file.load(written(tmp_path, with_open_trades()))
    begun, told = begun_with(fresh(equity=500.0), state)
    assert begun.account == state.account
    assert any("paper.equity_quote is 500.00, but this account began with 10,000.00 and goes on" in t for t in told)


def test_calibration_stays_only_with_the_settings_that_made_it(tmp_path):
    state = risk_file.load(written(tmp_path, with_open_trades()))
    state.calibration = {"counts": {"ema_pullback": [[1, 1], [0, 0], [0, 0], [0, 0], [0, 0]]}}
    assert begun_with(fresh(), state)[0].calibration == state.calibration
    begun, told = begun_with(fresh(hft={"score_mode": "linear"}), state)
    assert begun.calibration is None and begun.account == state.account
    assert "the settings that decide have changed: calibration begins anew" in told


def test_the_account_of_another_venue_is_never_taken(tmp_path):
    state = risk_file.load(written(tmp_path, with_latch()))
    with pytest.raises(StoreError, match="holds the account of kraken, this run is of simulator: choose another"):
        begun_with(fresh(venue="simulator"), state)
