"""What is wrong with the data folder, its account and its inbox is found, with the way out."""

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from doctor.checkup import check_up
from doctor.finding import exit_code
from flows import pulse
from sinks import risk_file
from sources import inbox
from tests.doctor.healthy import old
from tests.doctor.looking import here, live_run, only
from tests.sinks import lake_rows
from tests.sinks.stores import put


def test_a_data_folder_that_is_missing_or_none_is_found(healthy):
    shutil.rmtree(healthy.data_dir)
    found = [one.finding for one in check_up(healthy.system(), offline=True)]
    assert "data_dir_missing" in {f.name for f in found} and exit_code(found) == 0  # as on every fresh install
    healthy.data_dir.write_text("")
    assert ("error", "data_dir_unusable") in here(healthy)


FOLDERS = ["tape", "inbox", "lake", "lake/signals", "recovery"]


def unusable(healthy):
    found = [one.finding for one in check_up(healthy.system(), offline=True)]
    return [(f.severity, f.what, f.fix) for f in found if f.name == "folder_unusable"]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_in_place_of_a_folder_is_found(stored, name):
    path = stored.data_dir / name
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("")
    ((severity, what, fix),) = unusable(stored)
    assert (severity, what) == ("error", f"{path} is no folder") and fix.startswith("move it away")
    stored.recovery_named = False
    assert unusable(stored)[0][0] == ("warning" if name == "recovery" else "error")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_another_user_is_found_with_the_command_that_mends_it(stored, monkeypatch, name):
    path = stored.data_dir / name
    path.mkdir(exist_ok=True)
    assert unusable(stored) == []
    real = os.access
    monkeypatch.setattr(os, "access", lambda at, mode: path not in (at, *Path(at).parents) and real(at, mode))
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    told = f"{path} belongs to {path.owner()} and cannot be written by this user"
    assert unusable(stored) == [("error", told, f"`sudo chown -R 987654 {path}`")]


@pytest.mark.parametrize(("name", "found"), [("", "data_dir_unusable"), ("tape", "folder_unusable")])
def test_a_read_only_mount_is_not_to_be_mended_by_another_owner(healthy, monkeypatch, name, found):
    path = healthy.data_dir / name
    real, said = os.access, os.statvfs_result((4096, 4096, 1, 1, 1, 10**6, 10**6, 10**6, os.ST_RDONLY, 255))
    monkeypatch.setattr(os, "access", lambda at, mode: path not in (at, *Path(at).parents) and real(at, mode))
    monkeypatch.setattr(os, "statvfs", lambda at: said)
    one = only(healthy, offline=True)
    assert one.name == found and one.what == f"{path} is on a file system that is mounted read-only"
    assert "mount it for writing" in one.fix and "chown" not in one.fix


def test_a_run_that_was_killed_is_found(stored, exchange):
    killed = {"venue": "simulator", "run_id": "killed", "ended_at": None}
    now_ns = stored.clock_ns()
    put(stored.data_dir, [lake_rows.row("runs", started_at=now_ns, **killed)], now_ns)
    assert here(stored) == {("warning", "run_killed")}
    with live_run(stored):
        assert here(stored) == set()
    with pulse.launching(stored.data_dir):  # it is started again by itself
        assert here(stored) == set()


def test_a_damaged_account_is_found(healthy):
    risk_file.path(healthy.data_dir).write_text("{")
    assert here(healthy) == {("error", "account_damaged")}


def test_an_account_that_cannot_be_read_is_not_called_damaged(healthy):
    risk_file.path(healthy.data_dir).unlink()
    risk_file.path(healthy.data_dir).mkdir()
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.finding.severity == "error"]
    assert found.name == "account_unreadable" and "new-account" not in found.what + found.fix


def test_the_account_of_another_venue_is_found(healthy):
    healthy.save_account(msgspec.structs.replace(risk_file.load(healthy.data_dir), venue="kraken"))
    assert here(healthy) == {("error", "account_of_another_venue")}


def test_a_latched_kill_switch_is_found(healthy):
    state = risk_file.load(healthy.data_dir)
    latched = state.account | {"latched": True, "latched_ns": 1, "latch_reason": "the day lost 3.1 %"}
    healthy.save_account(msgspec.structs.replace(state, account=latched))
    assert here(healthy) == {("warning", "kill_switch")}


def test_commands_that_nobody_reads_are_found(healthy):
    inbox.put(healthy.data_dir, "bias", {"symbol": "BTC/USD"}, about="BTC/USD")
    assert here(healthy) == set()  # it waits for the next run, as it should
    inbox.put(healthy.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    assert here(healthy) == {("warning", "inbox_unread")}


def test_commands_that_a_live_run_does_not_read_are_worse(healthy):
    inbox.put(healthy.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    with live_run(healthy):
        assert here(healthy) == set()  # it was put there this moment
        old(healthy.data_dir / "inbox" / inbox.waiting(healthy.data_dir)[0])
        assert here(healthy) == {("error", "inbox_unread")}


def test_rests_of_commands_are_found(healthy):
    rejected = healthy.data_dir / "inbox" / inbox.REJECTED
    rejected.mkdir(parents=True)
    (rejected / "a.json").write_text("?")
    torn = healthy.data_dir / "inbox" / ".b.json.tmp"
    torn.write_text("{")
    old(torn)
    assert here(healthy) == {("warning", "inbox_rejected"), ("warning", "inbox_unfinished")}
