"""`leadline risk`: the account at a glance, the reset as a file of the inbox, a new account."""

import json

import pytest

from cli.main import main
from sinks import risk_file, risk_lock
from sources import inbox
from tests.operators.test_positions import declared
from tests.sinks.risk_states import freed, items, states, with_latch, with_open_trades, written


@pytest.fixture
def live_run(tmp_path):
    """Hold the account, as a live run does."""
    release = risk_lock.hold(tmp_path)
    yield
    release()


def risk(data_dir, *arguments):
    return main(["risk", *arguments, "--data-dir", str(data_dir)])


def line_of(err):
    assert err.startswith("leadline: ") and err.count("\n") == 1
    return err


def told(data_dir):
    """Return what waits in the inbox."""
    return [json.loads((data_dir / "inbox" / name).read_text()) for name in inbox.waiting(data_dir)]


# -- at a glance


def test_the_account_is_shown_with_its_day_its_trades_and_its_switch(tmp_path, capsys):
    assert risk(written(tmp_path, with_open_trades())) == 0
    lines = [(line[:12].strip(), line[12:]) for line in capsys.readouterr().out.splitlines()]
    shown = dict(lines)
    assert shown["equity"] == "10,000.00; began with 10,000.00"
    assert shown["day"] == "2026-08-01 UTC: lost 0.02 % of at most 3 %"
    assert shown["kill switch"] == "off" and shown["open"].startswith("1, ")
    (trade,) = [text for name, text in lines if not name]
    assert trade.startswith("BTC/USD buy squeeze_breakout: ") and " at risk, now " in trade
    assert shown["as of"] == "2026-08-01T12:00:02.000Z on the tape of kraken, run run, no live run now"


def test_a_latched_switch_is_shown_with_since_when_and_why(tmp_path, capsys):
    assert risk(written(tmp_path, with_latch())) == 0
    out = capsys.readouterr().out
    assert "LATCHED since 2026-08-01T12:00:03Z: the day lost 0." in out and "of at most 0.1 %" in out


def test_it_answers_a_program(tmp_path, capsys, live_run):
    inbox.put(written(tmp_path, with_latch()), "command", {"command": "risk_reset", "reason": "x"})
    assert risk(tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kill_switch"]["latched"] is True and found["kill_switch"]["since"] == "2026-08-01T12:00:03Z"
    assert (found["running"], found["inbox"], found["max_daily_loss"], found["open_trades"]) == (True, 1, 0.001, [])
    assert found["equity_quote"] < found["start_quote"] and 0 < found["drawdown"] == found["max_drawdown"]


def test_the_open_trades_are_those_of_the_account(tmp_path, capsys):
    assert risk(written(tmp_path, with_open_trades()), "--json") == 0
    (trade,) = json.loads(capsys.readouterr().out)["open_trades"]
    assert trade["trade_id"].endswith(":taker") and trade["side"] == "buy" and trade["risk_quote"] > 0


def test_declared_positions_are_told_beside_the_account(tmp_path, capsys):
    folder = written(tmp_path, states(items(declared())))
    assert risk(folder) == 0
    assert "declared    1, of unknown size: not in this account\n            BTC/USD buy from 100, stop 96\n" in (
        capsys.readouterr().out
    )
    assert risk(folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["positions"][0]["id"] == "p1"


@pytest.mark.parametrize("action", [(), ("reset", "--reason", "x"), ("new-account",)])
def test_a_folder_that_is_not_there_is_one_line_and_is_not_made(tmp_path, capsys, action):
    assert risk(tmp_path / "nowhere", *action) == 1
    assert "there is no data folder" in line_of(capsys.readouterr().err)
    assert not (tmp_path / "nowhere").exists()


def test_no_account_yet_is_one_line(tmp_path, capsys):
    assert risk(tmp_path) == 1
    assert "there is no live account in" in line_of(capsys.readouterr().err)
    assert risk(tmp_path, "new-account") == 1
    assert "begins with a fresh account anyway" in line_of(capsys.readouterr().err)


def test_a_damaged_file_is_one_line(tmp_path, capsys):
    risk_file.path(tmp_path).write_text("{")
    assert risk(tmp_path) == 1
    assert "begin a new account with `leadline risk new-account`" in line_of(capsys.readouterr().err)


def test_a_day_that_is_spent_says_so_though_the_switch_is_free(tmp_path, capsys):
    assert risk(written(tmp_path, freed())) == 0
    out = capsys.readouterr().out
    assert "of at most 0.1 %; spent, nothing is tradable before 00:00 UTC" in out and "kill switch off" in out


# -- reset


def test_a_reset_waits_for_the_next_run_or_is_handed_to_the_one_that_lives(tmp_path, capsys):
    assert risk(tmp_path, "reset", "--reason", " looked at it ") == 0
    assert "no live run now, the next one takes it" in capsys.readouterr().out
    release = risk_lock.hold(tmp_path)
    assert main(["risk", "--data-dir", str(tmp_path), "reset", "--reason", "again", "--json"]) == 0
    release()
    handed = json.loads(capsys.readouterr().out)
    first, second = told(tmp_path)
    assert (first["kind"], first["payload"]["command"], first["payload"]["reason"]) == (
        "command", "risk_reset", "looked at it")  # fmt: skip
    assert handed == {"command_id": second["payload"]["id"], "running": True}


def test_a_running_flow_is_said_to_take_it_soon(tmp_path, capsys, live_run):
    assert risk(tmp_path, "reset", "--reason", "x") == 0
    assert "the live run takes it within a second or two" in capsys.readouterr().out


@pytest.mark.parametrize(("reason", "says"), [(" ", "needs a reason"), ("x" * 301, "at most 300")])
def test_a_reset_without_a_fair_reason_is_refused(tmp_path, capsys, reason, says):
    assert risk(tmp_path, "reset", "--reason", reason) == 1
    assert says in line_of(capsys.readouterr().err)
    assert told(tmp_path) == []


def test_a_reset_that_gives_no_reason_at_all_is_wrong_usage(tmp_path):
    with pytest.raises(SystemExit) as e:
        risk(tmp_path, "reset")
    assert e.value.code == 2


# -- a new account


@pytest.mark.parametrize("damaged", [False, True])
def test_a_new_account_keeps_the_old_one_under_a_dated_name(tmp_path, capsys, damaged):
    written(tmp_path, with_latch())
    if damaged:
        risk_file.path(tmp_path).write_text("{")
    old = risk_file.path(tmp_path).read_text()
    assert risk(tmp_path, "new-account", "--json") == 0
    kept = json.loads(capsys.readouterr().out)["kept"]
    (aside,) = tmp_path.glob("risk.2*.json")
    assert str(aside) == kept and aside.read_text() == old
    assert risk_file.load(tmp_path) is None


def test_a_new_account_tells_of_runs_that_are_resumed(tmp_path, capsys):
    assert risk(written(tmp_path, with_latch()), "new-account") == 0
    assert "resumed with -r still has the old one" in capsys.readouterr().out


def test_no_new_account_while_a_live_run_keeps_the_old_one(tmp_path, capsys, live_run):
    written(tmp_path, with_latch())
    assert risk(tmp_path, "new-account") == 1
    assert "a live run keeps the account in" in line_of(capsys.readouterr().err)
    assert risk_file.load(tmp_path).account["latched"]
