"""A run ends in order when it is asked to, and another process may read its store all the while."""

import json
import signal
import subprocess
import sys
import time

import pytest

from leadline import records
from simulator.exchange import Exchange
from simulator.faults import Fault
from sources.tape import resolve
from sources.tape_reader import TapeReader
from tests.flows.live import Live
from tests.flows.processes import ask, environment, finish, start

SYMBOLS = "BTC/USD,ETH/USD"

READER = """
import duckdb, json, sys, time
until, errors, seen = time.monotonic() + float(sys.argv[2]), [], []
while time.monotonic() < until:
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as store:
            query = "SELECT max(ts), (SELECT count(*) FROM signals), (SELECT count(*) FROM feed_health) FROM features"
            seen.append(store.execute(query).fetchall()[0][2])
    except Exception as e:
        errors.append(repr(e))
print(json.dumps({"errors": errors, "queries": len(seen), "seen": seen[-1]}))
"""


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS.split(","), seed=4, rate=4.0) as running:
        yield running


def frames_on(tape):
    return sum(record.kind == records.FRAME for record in TapeReader(tape))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_live_run_ends_within_two_seconds_and_loses_nothing(exchange, tmp_path, number):
    with Live(tmp_path, exchange.url, feed__symbols=SYMBOLS) as run:
        run.verified(*SYMBOLS.split(","))
        seconds, code, _, err = run.stop(number)
    assert (code, err) == (0, "")
    assert seconds < 2.0
    ((frames, ended, reason),) = run.rows("SELECT frames, ended_at IS NOT NULL, exit_reason FROM runs")
    assert (ended, reason) == (True, "stopped")
    assert frames == frames_on(resolve(tmp_path / "data"))


@pytest.mark.parametrize("settings", [{"feed__hours": 50}, {"feed__pace": "realtime"}])
def test_a_simulated_run_ends_within_two_seconds(tmp_path, settings):
    process = start(environment(tmp_path, **settings))
    deadline = time.monotonic() + 20
    while not (tmp_path / "data" / "leadline.duckdb").exists() or not ask(tmp_path, "SELECT 1 FROM runs"):
        assert time.monotonic() < deadline and process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, err) == (0, "")
    assert time.monotonic() - began < 2.0


def test_a_stopped_run_resumes_on_its_tape_as_the_same_run(exchange, tmp_path):
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    with Live(tmp_path, exchange.url, *recovery, feed__symbols=SYMBOLS) as run:
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            seen = len(run.health("BTC/USD"))
            run.until(lambda n=seen: run.health("BTC/USD")[n:][-1:] == [("verified", "")], "verified again")
            _, code, _, err = run.stop(number)
            assert code == (0 if number == signal.SIGTERM else -signal.SIGKILL), err
            run.restart()
        run.verified("BTC/USD")
        run.stop()
    assert len(list((tmp_path / "data" / "tape").iterdir())) == 1
    ((runs, frames),) = run.rows("SELECT count(*), max(frames) FROM runs")
    assert runs == 1
    assert frames == frames_on(resolve(tmp_path / "data"))


def test_another_process_reads_the_store_in_a_loop_and_sees_new_rows(exchange, tmp_path):
    with Live(tmp_path, exchange.url, feed__symbols=SYMBOLS) as run:
        run.verified("BTC/USD")
        catalog = str(tmp_path / "data" / "leadline.duckdb")
        reader = subprocess.Popen([sys.executable, "-c", READER, catalog, "4"], stdout=subprocess.PIPE, text=True)
        known = len(run.health("BTC/USD"))
        exchange.inject(Fault("disconnect"))
        began = time.monotonic()
        run.until(lambda: len(run.health("BTC/USD")) > known, "the new row")
        assert time.monotonic() - began < 2.0
        out, _ = reader.communicate(timeout=30)
        told = json.loads(out)
        assert told["errors"] == []
        assert told["queries"] > 10
        run.stop()
