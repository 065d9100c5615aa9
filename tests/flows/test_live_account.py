"""The live account from run to run, by the real command: its latch, its reset, its lock, and its replay."""

import signal

import pytest

from cli.main import main
from flows.commandline import Engine
from flows.configuration import load
from flows.wiring import from_settings
from leadline.errors import StoreError
from simulator.exchange import Exchange
from sinks import risk_file
from sources import inbox
from tests.flows.live import Live
from tests.flows.processes import ask, environment, finish, run, start
from tests.sinks.risk_states import with_latch, written

SYMBOL = "BTC/USD"
EVENTS = (
    """SELECT event, latched, equity_quote FROM account WHERE mode = '{}' AND event <> 'day' ORDER BY ts, tape_seq"""
)
LIVE = {"feed__source": "kraken", "scalping_engine__enabled": "true", "feed__symbols": SYMBOL}


@pytest.fixture(scope="module")
def exchange():
    with Exchange((SYMBOL,), rate=10.0) as exchange:
        yield exchange


def risk(folder, *arguments):
    return main(["risk", *arguments, "--data-dir", str(folder / "data")])


def test_a_latch_outlives_runs_until_a_person_frees_it_and_its_tape_tells_the_same(exchange, tmp_path, capsys):
    data = written(tmp_path / "data", with_latch())
    equity = risk_file.load(data).account["equity_quote"]
    with Live(tmp_path, exchange.url, console="cards", feed__symbols=SYMBOL) as live:
        live.until(lambda: live.rows("SELECT 1 FROM account"), "the account")
        assert live.rows(EVENTS.format("live")) == [("start", True, equity)]

        # nobody else may have the account meanwhile
        code, _, err = finish(start(environment(tmp_path, feed__url=exchange.url, **LIVE)))
        assert code == 1 and "a live run keeps the account in" in err and err.count("\n") == 1
        assert risk(tmp_path, "new-account") == 1

        # a person frees it; a kill -9 right behind forgets nothing of that
        assert risk(tmp_path, "reset", "--reason", "looked at it") == 0
        assert "the live run takes it" in capsys.readouterr().out
        live.until(lambda: not risk_file.load(data).account["latched"], "the reset in risk.json")
        live.until(lambda: live.rows("SELECT 1 FROM commands"), "the command")
        command = live.rows("SELECT command, reason, result FROM commands")
        assert command == [("risk_reset", "looked at it", "kill switch cleared")]
        assert inbox.waiting(data) == []
        _, _, out, _ = live.stop(signal.SIGKILL)
        assert "KILL SWITCH: the day lost" in out and "the paper account goes on at" in out
    events = live.rows(EVENTS.format("live"))
    assert events == [("start", True, equity), ("reset", False, equity)]

    # a replay obeys the command at the same record, and leaves the account alone
    known, replay = risk_file.path(data).read_text(), tmp_path / "replay"
    risk_file.path(written(replay / "data", with_latch())).write_text(known)
    run(environment(replay, feed__source="replay", feed__tape=data / "tape"))
    assert ask(replay, EVENTS.format("replay")) == events
    assert risk_file.path(replay / "data").read_text() == known


def test_a_reset_waits_for_the_next_run_and_a_run_is_not_resumed_once_its_account_went_on_in_another(
    exchange, tmp_path
):
    data = written(tmp_path / "data", with_latch())
    assert risk(tmp_path, "reset", "--reason", "looked at it") == 0
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    with Live(tmp_path, exchange.url, *recovery, feed__symbols=SYMBOL) as first:
        first.until(lambda: not risk_file.load(data).account["latched"], "the reset in risk.json")
        assert first.stop()[1] == 0
        tape_id = risk_file.load(data).tape_id
        assert [event for event, _, _ in first.rows(EVENTS.format("live"))] == ["start", "reset"]
        with Live(tmp_path, exchange.url, feed__symbols=SYMBOL) as other:
            other.until(lambda: risk_file.load(data).tape_id != tape_id, "the account of the other run")
            assert other.stop()[1] == 0
        first.restart()
        code, _, err = finish(first.process)
    assert code == 1 and f"{tape_id}, went on in the run" in err and "run without -r" in err and err.count("\n") == 1


@pytest.mark.parametrize("damage", ["{", "another venue"])
def test_an_account_that_a_run_cannot_take_ends_it_before_it_connects(tmp_path, damage):
    data = written(tmp_path / "data", with_latch())
    text = risk_file.path(data).read_text()
    risk_file.path(data).write_text(damage if damage == "{" else text.replace('"kraken"', '"coinbase"'))
    env = environment(tmp_path, feed__url="ws://127.0.0.1:1", **LIVE)
    with pytest.raises(StoreError, match=r"risk\.json.*`leadline risk new-account`"):
        from_settings(load(tmp_path / "trading_config.json", env), Engine([], {}))
    assert not (data / "tape").exists()


def test_a_simulated_run_neither_takes_nor_leaves_a_live_account(tmp_path):
    data = written(tmp_path / "data", with_latch())
    known = risk_file.path(data).read_text()
    inbox.put(data, "command", {"command": "risk_reset", "reason": "not for it"})
    run(environment(tmp_path, feed__hours=0.01))
    assert ask(tmp_path, EVENTS.format("simulator"))[0] == ("start", False, 10_000.0)
    assert risk_file.path(data).read_text() == known and len(inbox.waiting(data)) == 1
