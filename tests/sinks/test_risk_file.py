"""The risk file: the live account's newest state, whole whenever one looks, and never misread."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from leadline.errors import StoreError
from leadline.risk import Account
from sinks import risk_file
from sinks.risk_file import RiskFilePartition, RiskFileSink
from tests.operators.script import Script
from tests.sinks.risk_states import freed, items, states, with_latch, with_open_trades, written

ROOT = Path(__file__).parents[2]


def partition(data_dir, told=None):
    return RiskFilePartition(data_dir, (told if told is not None else []).append)


def text(data_dir):
    return risk_file.path(data_dir).read_text()


# -- writing


def test_the_file_holds_the_newest_state_with_whose_it_is(tmp_path):
    rows = with_open_trades()
    written(tmp_path, rows)
    plain, (line, last) = json.loads(text(tmp_path)), states(rows)[-1]
    assert (plain["version"], plain["line"], plain["max_daily_loss"]) == (1, line, 0.03)
    of_run = ("mode", "venue", "run_id", "tape_id", "config_hash")
    assert [plain[n] for n in of_run] == [last.values[n] for n in of_run]
    assert plain["ts"] == "2026-08-01T12:00:02.000Z"  # the entry, on the tape's clock
    assert abs(time.time() - datetime.fromisoformat(plain["written_at"]).timestamp()) < 60
    assert len(plain["open_trades"]) == 3 and list(plain["account"]["positions"]) == [
        f"{plain['open_trades'][0]['plan']['signal_id']}:taker"]  # fmt: skip


def test_what_is_read_is_what_the_line_said(tmp_path):
    rows = with_latch()
    state = risk_file.load(written(tmp_path, rows))
    said = states(rows)[-1][1].values
    assert (state.account, state.open_trades, state.calibration) == (
        said["account"], json.loads(json.dumps(said["open_trades"])), said["calibration"])  # fmt: skip
    assert msgspec.convert(state.account, Account).latched


@pytest.mark.parametrize("mode", ["replay", "simulator"])
def test_only_a_live_run_writes_it(tmp_path, mode):
    RiskFileSink(tmp_path, [].append).build("risk", 0, 1).write_batch(items(Script(), mode=mode))
    assert list(tmp_path.iterdir()) == []


def test_of_several_states_in_one_batch_the_last_is_written_once(tmp_path, monkeypatch):
    renamed = []
    monkeypatch.setattr(os, "rename", lambda old, new: renamed.append(new))
    assert len(states(with_latch())) > 1
    partition(tmp_path).write_batch(with_latch())
    assert renamed == [risk_file.path(tmp_path)]


def test_a_batch_without_a_state_writes_nothing(tmp_path):
    partition(tmp_path).write_batch([item for item in with_latch() if item[1].table != "risk_state"])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_catches_up_after_a_crash_never_takes_the_file_back_in_time(tmp_path):
    early, late = states(with_latch())[:1], states(with_latch())[-1:]
    written(tmp_path, late)
    known, resumed = text(tmp_path), partition(tmp_path)
    resumed.write_batch(early)
    assert text(tmp_path) == known
    resumed.write_batch(states(freed())[-1:])
    assert not risk_file.load(tmp_path).account["latched"]


def test_the_next_run_writes_whatever_its_clock_says(tmp_path):
    written(tmp_path, with_latch())
    other = items(Script(run_id="second", tape_id="second"))
    partition(tmp_path).write_batch(other)
    assert risk_file.load(tmp_path).tape_id == "second"


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_write_that_is_cut_short_leaves_the_file_as_it_was(tmp_path, monkeypatch, step):
    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    known = text(written(tmp_path, with_latch()))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(os, step, killed)
        partition(tmp_path).write_batch(freed())
    assert text(tmp_path) == known and risk_file.load(tmp_path).account["latched"]
    partition(tmp_path).write_batch(freed())
    assert [p.name for p in tmp_path.iterdir()] == ["risk.json"] and not risk_file.load(tmp_path).account["latched"]


WRITER = """
import sys
import threading
from pathlib import Path
from sinks import risk_file
state = risk_file.load(Path(sys.argv[1]))
for n in range(10**9):
    state.run_id = sys.argv[2] + f"{n:09d}" * (1 + n % 50)
    risk_file.write(Path(sys.argv[1]), state)
    if n == 0:
        print("written", flush=True)
"""


def test_whenever_its_writer_is_killed_there_is_a_whole_file(tmp_path):
    written(tmp_path, with_open_trades())
    dice = random.Random(3)
    for name in "ABC":
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as writer:
            writer.stdout.readline()
            time.sleep(0.1 * dice.random())  # a kill at a random point is what is tested
            writer.kill()
        assert risk_file.load(tmp_path).run_id.startswith(name)


def test_a_disk_that_refuses_ends_the_run_with_one_line(tmp_path, monkeypatch):
    known, told = text(written(tmp_path, with_latch())), []

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        partition(tmp_path, told).write_batch(freed())
    assert len(told) == 1 and "\n" not in told[0]
    assert told[0].startswith("cannot write ") and "risk.json': No space left on device. Make room" in told[0]
    assert text(tmp_path) == known


# -- reading


def test_no_file_is_no_account(tmp_path):
    assert risk_file.load(tmp_path) is None


def changed(plain, path, value):
    *above, last = path
    at = plain
    for name in above:
        at = at[name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return json.dumps(plain)


DAMAGES = [
    ("", "truncated"), ("{", "truncated"), ("[]", "Expected `object`"), ('{"account": 1}', "version"),
    ('{"version": 2}', "it has version 2, this Leadline knows 1"), ('{"version": 1}', "`mode`"),
    ("\0" * 512, "malformed"),
]  # fmt: skip
CHANGES = [
    (("account", "equity_quote"), "much"), (("account", "latched"), ...), (("account", "peak_quote"), 0.0),
    (("account", "positions"), []), (("open_trades",), {}), (("open_trades", 0, "plan"), ...),
    (("open_trades", 0, "model"), "magic"), (("advice", 0, "kind"), "magic"), (("advice", 0, "row", "advice_id"), ...),
    (("calibration",), {"counts": 3}), (("max_daily_loss",), None),
]  # fmt: skip


def unusable(data_dir, why=""):
    with pytest.raises(StoreError) as e:
        risk_file.load(data_dir)
    message = str(e.value)
    assert "\n" not in message and "risk.json" in message and why in message
    assert message.endswith("mend it, or begin a new account with `leadline risk new-account`")


@pytest.mark.parametrize(("damage", "why"), DAMAGES)
def test_a_damaged_or_foreign_file_is_one_clear_line(tmp_path, damage, why):
    risk_file.path(tmp_path).write_text(damage)
    unusable(tmp_path, why)


@pytest.mark.parametrize(("at", "value"), CHANGES, ids=str)
def test_a_file_with_what_the_line_would_not_take_is_refused(tmp_path, at, value):
    plain = json.loads(text(written(tmp_path, with_open_trades())))
    risk_file.path(tmp_path).write_text(changed(plain, at, value))
    unusable(tmp_path)


def test_a_file_cut_anywhere_is_refused(tmp_path):
    whole = risk_file.path(written(tmp_path, with_open_trades())).read_bytes().rstrip()
    for end in range(0, len(whole), 97):
        risk_file.path(tmp_path).write_bytes(whole[:end])
        unusable(tmp_path)


def unreadable(data_dir):
    with pytest.raises(risk_file.UnreadableError) as e:
        risk_file.load(data_dir)
    message = str(e.value)
    assert "\n" not in message and "new-account" not in message and message.endswith(", and the account goes on")
    return message


def test_a_folder_in_its_place_is_no_reason_to_give_the_account_up(tmp_path):
    risk_file.path(tmp_path).mkdir()
    assert "risk.json' (Is a directory)" in unreadable(tmp_path)


@pytest.mark.parametrize("mine", [True, False])
def test_an_account_that_may_not_be_read_is_said_to_be_whose_and_how_to_get_at_it(tmp_path, monkeypatch, mine):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    file = risk_file.path(written(tmp_path, with_latch()))
    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid if mine else 987654)
    message = unreadable(tmp_path)
    assert f"(Permission denied), {str(file)!r} belongs to {file.owner()}: " in message
    assert f"`chmod u+rwX {file}`" in message if mine else f"`sudo chown -R 987654 {file}`" in message


def test_a_folder_that_hides_the_account_is_what_has_to_be_opened(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    written(tmp_path, with_latch())
    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert f"`sudo chown -R 987654 {tmp_path}`" in unreadable(tmp_path)


def test_a_file_from_before_advice_was_kept_is_read(tmp_path):
    plain = json.loads(text(written(tmp_path, with_open_trades())))
    risk_file.path(tmp_path).write_text(changed(plain, ("advice",), ...))
    assert risk_file.load(tmp_path).advice == []
