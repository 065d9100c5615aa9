"""What a user can get wrong is one clear line that says what to do, and an exit code that is not 0."""

import socket
from pathlib import Path

import pytest

from leadline import records
from simulator.exchange import Exchange
from sources import tape as tapes
from tests.flows.processes import environment, finish, start

LIVE = {"feed__source": "kraken", "scalping_engine__enabled": "true", "feed__connect_timeout_seconds": 2}


def refused(env, *arguments, timeout=30.0):
    """Run the flow; return its one line on stderr."""
    code, out, err = finish(start(env, *arguments), timeout)
    assert code == 1, (code, out, err)
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


def test_a_live_feed_with_the_scalper_off_says_how_to_switch_it_on(tmp_path):
    line = refused(environment(tmp_path, feed__source="kraken"))
    assert "LEADLINE__SCALPING_ENGINE__ENABLED=true" in line


def test_what_is_not_built_is_refused(tmp_path):
    assert "not built" in refused(environment(tmp_path, **LIVE, feed__level="L3"))


def test_a_bad_address_is_refused(tmp_path):
    assert "feed.url" in refused(environment(tmp_path, **LIVE, feed__url="https://example.invalid"))


def test_an_unreachable_host_is_said_within_the_timeout(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = refused(environment(tmp_path, **LIVE, feed__url=f"ws://127.0.0.1:{port}"))
    assert "cannot reach" in line and "feed.url" in line


def test_only_unknown_symbols_end_the_run_with_what_was_meant(tmp_path):
    with Exchange(["BTC/USD"]) as exchange:
        line = refused(environment(tmp_path, **LIVE, feed__url=exchange.url, feed__symbols="XBT/USD"))
    assert "XBT/USD" in line and "BTC/USD" in line


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
