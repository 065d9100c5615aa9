"""The command: what it prints, its exit code, and no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cli.main import main
from sinks import risk_file
from sources import inbox
from tests.doctor.healthy import PATIENCE_S
from tests.doctor.looking import account_went_on
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


def doctor(healthy, monkeypatch, capsys, *arguments):
    for name, value in healthy.environment().items():
        monkeypatch.setenv(name, value)
    code = main(["doctor", "--timeout", str(PATIENCE_S), *arguments])
    return code, capsys.readouterr().out


def test_the_command_says_that_nothing_is_wrong_and_how_far_the_evidence_goes(stored, monkeypatch, capsys):
    code, out = doctor(stored, monkeypatch, capsys)
    assert code == 0 and "\nnothing is wrong\n" in out
    steps = [line.split("  ", 3) for line in out.splitlines()[-4:]]
    assert [step[1][:1] for step in steps] == ["1", "2", "3", "4"]
    assert "not yet  no trade yet; the guide asks 60 %" in out and out.count(" yours ") == 4


def test_the_exit_code_is_that_of_the_worst_finding(healthy, monkeypatch, capsys):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    code, out = doctor(healthy, monkeypatch, capsys, "--offline")
    assert code == 1 and "1 warning: exit code 1" in out
    risk_file.path(healthy.data_dir).write_text("{")
    code, out = doctor(healthy, monkeypatch, capsys, "--offline")
    assert code == 2 and "1 error, 1 warning: exit code 2" in out


def test_a_store_that_is_named_is_one_to_resume_from(healthy, monkeypatch, capsys):
    healthy.write(risk={"max_notional": 0.5})
    account_went_on(healthy)
    assert doctor(healthy, monkeypatch, capsys, "--offline")[0] == 1
    assert doctor(healthy, monkeypatch, capsys, "--offline", "-r", str(healthy.recovery))[0] == 2
    monkeypatch.setenv("BYTEWAX_RECOVERY_DIRECTORY", str(healthy.recovery))
    assert doctor(healthy, monkeypatch, capsys, "--offline")[0] == 2


def test_a_configuration_that_is_refused_is_a_finding_too(healthy, monkeypatch, capsys):
    healthy.write(feed={"depth": 11})
    code, out = doctor(healthy, monkeypatch, capsys, "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told["evidence"]) == (2, 2, None)
    assert [(f["group"], f["name"]) for f in told["findings"]] == [("set-up", "config_invalid")]


def test_no_secret_is_ever_told(healthy, monkeypatch, capsys, exchange, key):
    key.permitted, key.more = False, ("withdraw-funds",)
    healthy.write(feed={"level3_url": f"ws://127.0.0.1:{free_port()}"})
    for arguments in ((), ("--json",)):
        _, out = doctor(healthy, monkeypatch, capsys, *arguments)
        assert "key_refused" in out and "key_too_mighty" in out
        assert exchange.key.key not in out and exchange.key.secret not in out


def test_the_real_command_asks_the_venue_and_ends_with_its_exit_code(stored):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LEADLINE", "BYTEWAX", "KRAKEN"))}
    env |= stored.environment() | {"LEADLINE__STORAGE__RETENTION__TAPE_GIB": "0.001"}
    inbox.put(stored.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    command = [sys.executable, "-m", "cli.main", "doctor", "--json", "--timeout", str(PATIENCE_S)]
    ended = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    told = json.loads(ended.stdout)
    found = {finding["name"] for finding in told["findings"]} - {"disk_low", "disk_full"}  # of the machine itself
    assert found == {"inbox_unread"} and ended.returncode == told["exit_code"] > 0, ended.stderr
    assert told["evidence"]["guide_win_rate"] == 0.6 and len(told["evidence"]["steps"]) == 4
