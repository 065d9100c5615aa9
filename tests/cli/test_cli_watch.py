"""`leadline watch` as a command: what it asks of a store and of a port, and how it ends."""

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pytest

from cli import watch
from cli.main import main
from cli.watching import standing, told
from cli.watching.stored import Store
from cli.watching.watcher import Watcher
from leadline.errors import StoreError
from leadline.times import SECOND_NS
from sinks import metrics_address, risk_lock
from tests.cli.watched import SYMBOLS, metrics
from tests.operators.test_positions import declared, quotes
from tests.sinks.lake_rows import T0, row
from tests.sinks.risk_states import items, states, written
from tests.sinks.stores import new_lake, stored

ROOT = Path(__file__).parents[2]


def mark(trade_id, seconds, **given):
    return row("trade_marks", trade_id=trade_id, ts=T0 + seconds * SECOND_NS, account_model=True, **given)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A store of two live runs, with a simulated signal among theirs."""
    return stored(tmp_path_factory.mktemp("watch"), [
        row("runs", -100, run_id="before", ended_at=T0), row("runs", symbols=list(SYMBOLS), ended_at=None),
        mark("old", -60), mark("over", 0), mark("open", -5), mark("open", 0), mark("other model", 0) ,
        row("paper_trades", trade_id="over", signal_id="id1", account_model=True, exit_reason="stop", r_multiple=-1.02),
        row("signals", 1, latency_ms=2.0), row("signals", 2, latency_ms=4.0),
        row("signals", 3, venue="simulator", latency_ms=9.0), row("signals", 0, run_id="before", latency_ms=5000.0),
        row("feed_health", -9, channel="book", state="desync", reason="crossed"),
        row("feed_health", channel="book", state="verified", reason=""),
        row("bias", -9, symbol="BTC/USD", bias="NEUTRAL"), row("bias", symbol="BTC/USD", bias="WEAK_BEARISH"),
        row("bias", 9, symbol="BTC/USD", bias="STRONG_BULLISH", venue="simulator"),
        row("features", -9, hft_score=1.0), row("features", hft_score=2.0),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def looked(data_dir):
    store = Store(data_dir)
    yield store.look(books=True)
    store.close()


def test_the_newest_run_is_looked_at(looked):
    assert looked.run["run_id"] == "run" and looked.run["symbols"] == list(SYMBOLS)


def test_a_trade_is_open_if_its_mark_is_new_and_it_has_not_ended(looked):
    assert [(trade["ts"].second, trade["r_multiple"]) for trade in looked.open_trades] == [(0, 0.5), (0, 0.5)]


def test_signals_of_earlier_live_runs_are_shown_and_simulated_ones_are_not(looked):
    assert [signal["signal_id"] for signal in looked.signals] == ["id2", "id1", "id0"]
    assert [signal["exit_reason"] for signal in looked.signals] == [None, "stop", None]


def test_tick_to_signal_is_of_this_run(looked):
    assert looked.tick_to_signal == {"n": 3, "p50": 4.0, "p99": pytest.approx(8.9)}


def test_of_trust_bias_and_features_the_newest_count(looked):
    assert [(h["symbol"], h["state"]) for h in looked.health] == [("BTC/USD", "verified")]
    assert [(b["symbol"], b["bias"]) for b in looked.bias] == [("BTC/USD", "WEAK_BEARISH")]
    assert [b["hft_score"] for b in looked.books] == [2.0]


@pytest.fixture
def endpoint():
    made = metrics(*SYMBOLS)
    endpoint = made.serve("127.0.0.1", 0)
    yield made, endpoint.port
    endpoint.close()


def test_the_metrics_are_found_by_what_the_run_wrote_and_another_runs_do_not_count(
    data_dir, endpoint, capsys, monkeypatch
):
    monkeypatch.setattr(told, "TIMEOUT_S", 60.0)  # a busy machine may be late with them, and with the look
    monkeypatch.setattr(standing, "STALE_S", 300.0)
    made, port = endpoint
    remove = metrics_address.write(data_dir, "127.0.0.1", port, made.started)
    made.apply({})  # the line tells of itself
    assert main(["watch", "--once", "--data-dir", str(data_dir)]) == 0
    out = capsys.readouterr().out
    assert " RUNNING " in out and "99.50" in out and "-1.02 R" in out
    remove()
    remove = metrics_address.write(data_dir, "127.0.0.1", port, made.started - 60.0)  # of a run that was killed
    watcher = Watcher(data_dir)
    assert watcher.look().told is None and watcher.look().standing.word == "NOT ANSWERING"
    watcher.close()
    remove()


def test_a_held_account_without_any_sign_of_its_run_is_seen_from_its_files(tmp_path):
    folder = stored(tmp_path, [row("runs", ended_at=None), row("features")])
    release = risk_lock.hold(folder)
    watcher = Watcher(folder)
    assert watcher.look().standing.word == "RUNS WITHOUT METRICS"
    for path in (folder / risk_lock.NAME, *(folder / "lake" / "features").glob("date=*")):
        os.utime(path, (time.time() - 960.0,) * 2)
    assert watcher.look().standing[1:] == (
        "STANDS STILL",
        "a live run keeps this folder, but its metrics do not answer, and it has written nothing for 16m: "
        "end it (SIGTERM, then kill -9) and start it again",
        False,
    )
    release()
    watcher.close()


def test_a_declared_position_is_shown_from_the_risk_file(data_dir, capsys):
    written(data_dir, states(items(quotes(declared(), 20, 98.5, 60.0, n=1))))
    assert main(["watch", "--once", "--data-dir", str(data_dir)]) == 0
    out = capsys.readouterr().out
    (data_dir / "risk.json").unlink()
    assert "your positions: 1, not on the paper account, LAST KNOWN" in out
    assert "BTC/USD BUY" in out and "hold" in out


def test_a_frame_can_be_kept_as_a_picture(data_dir, tmp_path, capsys):
    assert main(["watch", "--svg", str(tmp_path / "watch.svg"), "--data-dir", str(data_dir)]) == 0
    picture = (tmp_path / "watch.svg").read_text()
    assert capsys.readouterr().out == "" and "NOT&#160;ANSWERING" in picture
    assert "url(" in picture and "//" not in picture.replace("http://www.w3.org", "").replace(
        "https://www.textualize.io", ""
    )


def test_a_folder_without_a_store_is_an_error_in_one_line(tmp_path, capsys):
    assert main(["watch", "--once", "--data-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("leadline: there is no store in")


def test_a_damaged_store_is_not_called_empty(tmp_path, capsys):
    folder = stored(tmp_path, [row("runs", ended_at=None)])
    for segment in (folder / "lake" / "runs").rglob("*.parquet"):
        segment.write_bytes(b"not parquet")
    assert main(["watch", "--once", "--data-dir", str(folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "`leadline doctor` looks at the store" in said and "the store could not be read this time" in said
    assert "store is empty" not in said and "before is shown" not in said


def test_ctrl_c_gives_the_terminal_back(tmp_path):
    new_lake(tmp_path / "data")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "watch", "--data-dir", str(tmp_path / "data")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    assert "NOTHING HAS RUN" in _read_until(ours, "make demo")
    process.send_signal(signal.SIGINT)
    assert "\x1b[?1049l" in _read_until(ours, "\x1b[?1049l")
    assert process.wait(300) == 0
    os.close(ours)


def test_ctrl_c_within_a_query_is_ctrl_c(data_dir, monkeypatch):
    def slow(self, books):
        Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        self._connection.execute("SELECT count(*) FROM range(999999) a, range(999999) b WHERE a.range > 2 * b.range")

    monkeypatch.setattr(Store, "look", slow)
    watcher = Watcher(data_dir)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            watcher.look()
    finally:
        signal.signal(signal.SIGINT, before)
    watcher.close()


def test_a_ctrl_c_that_a_query_swallows_ends_it_all_the_same(data_dir, monkeypatch):
    looks = []

    def deaf(self):
        looks.append(1)
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        raise StoreError("swallowed")

    monkeypatch.setattr(Watcher, "look", deaf)
    monkeypatch.setattr(os, "nice", lambda more: more)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        watch._many(Watcher(data_dir), 0.1)
    finally:
        signal.signal(signal.SIGINT, handlers[0])
        signal.signal(signal.SIGTERM, handlers[1])
    assert looks == [1]


def _read_until(terminal, words):
    """Return what a terminal is sent, until it holds some words or nothing comes any more."""
    said, give_up = "", time.monotonic() + 300
    while words not in said and time.monotonic() < give_up:
        try:
            said += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            break
    return said
