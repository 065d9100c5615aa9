"""The same tape gives the same signals, however it is cut and whatever happens to the process."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.flows import tapes
from tests.flows.processes import ask, environment, finish, run, signals_hash, start

KILLS = 20


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tapes.simulated(tmp_path_factory.mktemp("tape"))


@pytest.fixture(scope="module")
def whole(tape: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one undisturbed replay."""
    folder = tmp_path_factory.mktemp("whole")
    run(environment(folder, feed__source="replay", feed__tape=tape))
    assert ask(folder, "SELECT count(*) FROM signals")[0][0] >= 3
    return folder


def signals_of(folder: Path) -> list[tuple]:
    columns = "signal_id, ts, symbol, setup, side, entry, stop, target, size_base, verdict, hft_score"
    return ask(folder, f"SELECT {columns} FROM signals ORDER BY ts")


@pytest.mark.parametrize("batch", [1, 7, 64, 1000])
def test_a_replay_gives_the_same_hash_with_any_batch_size(tape, whole, tmp_path, batch):
    run(environment(tmp_path, feed__source="replay", feed__tape=tape, feed__batch=batch))
    assert signals_hash(tmp_path) == signals_hash(whole)
    assert signals_of(tmp_path) == signals_of(whole)


def test_the_simulated_source_gives_what_its_recorded_tape_gives(whole, tmp_path):
    spec = tapes.SPEC
    run(environment(tmp_path, feed__seed=spec.seed, feed__hours=spec.hours, feed__symbols="BTC/USD"))
    assert signals_hash(tmp_path) == signals_hash(whole)


def test_killing_it_twenty_times_loses_and_doubles_nothing(tape, whole, tmp_path):
    env = environment(tmp_path, feed__source="replay", feed__tape=tape, feed__batch=64)
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    dice = random.Random(20)
    kills = 0
    while kills < KILLS:
        process = start(env, *recovery)
        time.sleep(1.0 + 1.5 * dice.random())  # a kill at a random point is what is tested
        if process.poll() is not None:
            finish(process)
            break
        process.send_signal(signal.SIGKILL)
        finish(process)
        kills += 1
    assert kills >= 5, "the run was over before it could be killed"
    run(env, *recovery)
    assert signals_hash(tmp_path) == signals_hash(whole)
    assert signals_of(tmp_path) == signals_of(whole)
    ((rows, ids),) = ask(tmp_path, "SELECT count(*), count(DISTINCT signal_id) FROM signals")
    assert rows == ids
    assert len(ask(tmp_path, "SELECT DISTINCT run_id FROM signals")) == 1
