"""A run of any source ends in order, soon, and whole when it is asked to; and goes on from there."""

import signal
import time

import pytest

from leadline import records
from simulator.exchange import Exchange
from simulator.tape import TapeSpec
from sources.tape import resolve
from sources.tape_reader import TapeReader
from tests.flows import tapes
from tests.flows.live import PATIENCE_S, Live
from tests.flows.processes import ask, environment, finish, start

SYMBOLS = "BTC/USD,ETH/USD"
SOON_S = 60.0  # a quiet machine takes less than half a second; what is stopped would go on for much longer


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS.split(","), seed=4, rate=4.0) as running:
        yield running


def frames_on(tape):
    return sum(record.kind == records.FRAME for record in TapeReader(tape))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_live_run_ends_soon_and_loses_nothing(exchange, tmp_path, number):
    with Live(tmp_path, exchange.url, feed__symbols=SYMBOLS) as run:
        run.verified(*SYMBOLS.split(","))
        seconds, code, _, err = run.stop(number)
    assert (code, err) == (0, "")
    assert seconds < SOON_S
    ((frames, ended, reason),) = run.rows("SELECT frames, ended_at IS NOT NULL, exit_reason FROM runs")
    assert (ended, reason) == (True, "stopped")
    assert frames == frames_on(resolve(tmp_path / "data"))


def stopped(folder, env, number):
    """Start a run, stop it when it is under way, and return the frames of its row."""
    process = start(env)
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "data" / "leadline.duckdb").exists() or not ask(folder, "SELECT 1 FROM runs"):
        assert time.monotonic() < deadline and process.poll() is None
    began = time.monotonic()
    process.send_signal(number)
    code, _, err = finish(process)
    assert (code, err) == (0, "")
    assert time.monotonic() - began < SOON_S
    ((frames, ended, reason),) = ask(folder, "SELECT frames, ended_at IS NOT NULL, exit_reason FROM runs")
    assert (ended, reason) == (True, "stopped")
    return frames


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("settings", [{"feed__hours": 50}, {"feed__pace": "realtime"}], ids=["max", "realtime"])
def test_a_simulated_run_ends_soon(tmp_path, settings, number):
    assert stopped(tmp_path, environment(tmp_path, **settings), number) > 0


@pytest.mark.parametrize("pace", ["max", "realtime"])
def test_a_replay_ends_soon(tmp_path, pace):
    tape = tapes.simulated(tmp_path / "long", TapeSpec(seed=1, hours=2.0, symbols=("BTC/USD",)))
    env = environment(tmp_path, feed__source="replay", feed__tape=tape, feed__pace=pace, feed__batch=8)
    assert 0 < stopped(tmp_path, env, signal.SIGTERM) < frames_on(tape)


def test_asking_again_and_again_does_not_turn_an_end_into_a_kill(exchange, tmp_path):
    with Live(tmp_path, exchange.url, feed__symbols=SYMBOLS) as run:
        run.verified("BTC/USD")
        while run.process.poll() is None:
            run.process.send_signal(signal.SIGINT)
            run.process.send_signal(signal.SIGTERM)
            time.sleep(0.002)  # as fast as a hand can
        code, _, err = finish(run.process)
    assert (code, err) == (0, "")
    assert run.rows("SELECT exit_reason, frames FROM runs") == [("stopped", frames_on(resolve(tmp_path / "data")))]


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
