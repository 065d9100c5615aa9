"""What a user can get wrong is one clear line that says what to do, and an exit code that is not 0."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from leadline import records
from leadline.errors import EXIT_LATER, EXIT_MEND
from simulator.exchange import Exchange
from sources import tape as tapes
from tests.flows.live import Live
from tests.flows.processes import ROOT, environment, finish, start
from tests.ports import free_port

SOON_S = 180.0  # on a machine busy with other tests
LIVE = {"feed__source": "kraken", "scalping_engine__enabled": "true"}


def refused(env, *arguments, code=EXIT_MEND):
    """Run the flow, which must soon give up; return the last line on stderr."""
    ended, out, err = finish(start(env, *arguments), SOON_S)
    assert ended == code, (ended, out, err)
    assert "Traceback" not in err + out
    lines = err.strip().splitlines()
    assert [line for line in lines if not line.startswith("leadline: ")] == []
    return lines[-1]


def test_a_setting_of_the_wrong_type_names_its_path_value_and_what_is_allowed(tmp_path):
    line = refused(environment(tmp_path, feed__depth="deep"))
    assert "LEADLINE__FEED__DEPTH" in line and '"deep"' in line and "1000" in line


def test_an_unknown_setting_in_the_file_is_refused_with_the_one_meant(tmp_path):
    (tmp_path / "trading_config.json").write_text('{"feed": {"sorce": "kraken"}}')
    assert "feed.source" in refused(environment(tmp_path))


@pytest.mark.parametrize("command", [("bytewax.run", "flows.scalp"), ("cli.main", "run", "--mode", "hybrid")])
def test_a_configuration_that_is_named_and_not_there_is_refused(tmp_path, command):
    env = environment(tmp_path) | {"LEADLINE_CONFIG": str(tmp_path / "nowhere" / "x.json")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=SOON_S, check=False
    )
    assert done.returncode == EXIT_MEND and "there is no configuration" in done.stderr and done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_a_live_feed_with_the_scalper_off_says_how_to_switch_it_on(tmp_path):
    line = refused(environment(tmp_path, feed__source="kraken"))
    assert "LEADLINE__SCALPING_ENGINE__ENABLED=true" in line


def test_alerts_that_would_reach_nobody_are_refused(tmp_path):
    assert "LEADLINE_ALERT_URLS names nobody" in refused(environment(tmp_path, **LIVE, alerts__enabled="true"))


def test_level3_of_another_venue_than_the_public_feed_is_refused(tmp_path):
    line = refused(environment(tmp_path, **LIVE, feed__level="L3", feed__url="ws://127.0.0.1:1"))
    assert "they must be of one venue" in line and "LEADLINE__FEED__LEVEL3_URL" in line


def test_a_key_in_the_configuration_is_refused_and_not_shown(tmp_path):
    (tmp_path / "trading_config.json").write_text('{"feed": {"api_key": "Abcd1234567890", "api_secret": "c2VjcmV0"}}')
    code, out, err = finish(start(environment(tmp_path)))
    assert code == 1 and err.count("a key is never read from the configuration") == 2
    assert "Abcd1234567890" not in out + err and "c2VjcmV0" not in out + err


def test_a_bad_address_is_refused(tmp_path):
    assert "feed.url" in refused(environment(tmp_path, **LIVE, feed__url="https://example.invalid"))


def test_an_unreachable_host_is_said_within_the_timeout(tmp_path):
    settings = LIVE | {"feed__url": f"ws://127.0.0.1:{free_port()}", "feed__connect_timeout_seconds": 2}
    line = refused(environment(tmp_path, **settings), code=EXIT_LATER)
    assert "cannot reach" in line and "feed.url" in line


def test_only_unknown_symbols_end_the_run_with_what_was_meant(tmp_path):
    with Exchange(["BTC/USD"]) as exchange:
        line = refused(environment(tmp_path, **LIVE, feed__url=exchange.url, feed__symbols="XBT/USD"))
    assert "XBT/USD" in line and "BTC/USD" in line


def test_one_unknown_symbol_of_several_is_skipped_by_name(tmp_path):
    with (
        Exchange(["BTC/USD"], rate=4.0) as exchange,
        Live(tmp_path, exchange.url, feed__symbols="XBT/USD,BTC/USD") as run,
    ):
        run.verified("BTC/USD")
        _, code, _, err = run.stop()
    assert code == 0
    assert err.count("\n") == 1 and "does not list XBT/USD: did you mean BTC/USD?" in err


def test_an_unknown_setting_in_the_environment_is_refused_with_the_one_meant(tmp_path):
    assert "LEADLINE__FEED__SOURCE" in refused(environment(tmp_path, feed__sorce="kraken"))


def test_another_run_s_recovery_store_is_refused(tmp_path):
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    assert finish(start(environment(tmp_path, feed__hours=0.1), *recovery))[0] == 0
    line = refused(environment(tmp_path, feed__hours=0.1, feed__symbols="BTC/USD"), *recovery)
    assert "is of another run" in line and "give -r a new folder" in line


def test_a_full_disk_ends_the_run_with_what_to_do(tmp_path, small_disk):
    with Exchange(["BTC/USD", "ETH/USD"], messages_per_second=3000.0) as exchange:
        env = environment(tmp_path, **LIVE, feed__url=exchange.url, feed__symbols="BTC/USD,ETH/USD")
        line = refused(env | {"LEADLINE__STORAGE__DATA_DIR": str(small_disk)})
    assert "No space left" in line and "storage.data_dir" in line


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of 3 MB of its own; skip where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_an_unwritable_data_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    env = environment(tmp_path) | {"LEADLINE__STORAGE__DATA_DIR": str(tmp_path / "file" / "data")}
    assert "storage.data_dir" in refused(env)


def test_a_taken_metrics_port_is_refused_with_the_setting(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = refused(environment(tmp_path, metrics__port=taken.getsockname()[1]))
    assert "LEADLINE__METRICS__PORT" in line


def test_more_than_one_worker_is_refused_in_one_line(tmp_path):
    assert "-w" in refused(environment(tmp_path), "-w", "2")


@pytest.mark.parametrize("where", ["", "nowhere", "empty"])
def test_a_replay_without_a_tape_is_refused(tmp_path, where):
    (tmp_path / "empty").mkdir()
    settings = {"feed__tape": tmp_path / where} if where else {}
    assert "tape" in refused(environment(tmp_path, feed__source="replay", **settings))


def damaged(folder: Path, data: bytes) -> Path:
    folder.mkdir()
    tapes.segment_path(folder, 0, 0).write_bytes(data)
    return folder


def test_a_tape_of_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tapes, "FORMAT_VERSION", 99)  # a tape as a later Leadline would write it
    folder = damaged(tmp_path / "later", tapes.header("later", 0))
    assert "99" in refused(environment(tmp_path, feed__source="replay", feed__tape=folder))


def test_a_damaged_tape_is_refused(tmp_path):
    body = tapes.header("t", 0) + records.encode(records.TICK, 0, 1, 1) + b"\xff" * 200
    folder = damaged(tmp_path / "bad", body)
    refused(environment(tmp_path, feed__source="replay", feed__tape=folder))
