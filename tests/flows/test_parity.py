"""The same tape gives the same signals, however it is cut and whatever happens to the process."""

import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from leadline import records
from leadline.times import MINUTE_NS
from simulator.recorded import serve_frames
from simulator.tape import TapeSpec
from sources.tape_reader import TapeReader
from tests.flows import tapes
from tests.flows.live import Live
from tests.flows.processes import ROOT, ask, environment, run, signals_hash

KILLS = 20
SPEC = TapeSpec(seed=3, hours=3.0, symbols=("BTC/USD",), density=0.1)
RULES = {  # setups so eager that a sparse tape signals, some of it tradable, and a limit that the switch latches at
    "fees__profile": "kraken_futures", "risk__max_daily_loss": 0.001, "setups__breakout_relative_volume": 0.1,
    "indicators__squeeze_fraction": 1.0, "indicators__bollinger_sigma": 0.5, "indicators__ema_fast": 3,
    "indicators__ema_slow": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tapes.simulated(tmp_path_factory.mktemp("tape"), SPEC)


@pytest.fixture(scope="module")
def whole(tape: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one undisturbed replay."""
    folder = tmp_path_factory.mktemp("whole")
    run(environment(folder, feed__source="replay", feed__tape=tape, **RULES))
    assert ask(folder, "SELECT count(*) FROM signals")[0][0] >= 3
    assert {event for (event,) in ask(folder, "SELECT event FROM account")} >= {"start", "trade", "latch"}
    return folder


def signals_of(folder: Path) -> list[tuple]:
    columns = "signal_id, ts, symbol, setup, side, entry, stop, target, size_base, verdict, hft_score"
    return ask(folder, f"SELECT {columns} FROM signals ORDER BY ts")


def outcomes_of(folder: Path) -> dict[str, list[tuple]]:
    """Return everything that became of the signals."""
    apart = "EXCLUDE (run_id, mode, stored_at)"
    tables = {
        "paper_trades": "trade_id",
        "advice": "advice_id",
        "account": "tape_seq, event, trade_id",
        "trade_marks": "ts, trade_id",
    }
    return {name: ask(folder, f"SELECT * {apart} FROM {name} ORDER BY {key}") for name, key in tables.items()}


@pytest.mark.parametrize("batch", [1, 7, 1000])  # 64: below, with kills
def test_a_replay_gives_the_same_hash_with_any_batch_size(tape, whole, tmp_path, batch):
    run(environment(tmp_path, feed__source="replay", feed__tape=tape, feed__batch=batch, **RULES))
    assert signals_hash(tmp_path) == signals_hash(whole)
    assert signals_of(tmp_path) == signals_of(whole)
    assert outcomes_of(tmp_path) == outcomes_of(whole)


def test_killing_it_twenty_times_loses_and_doubles_nothing(tape, whole, tmp_path):
    env = environment(tmp_path, feed__source="replay", feed__tape=tape, feed__batch=64, **RULES)
    n = sum(1 for _ in TapeReader(tape))
    places = map(str, sorted(random.Random(20).sample(range(9 * n // 10), KILLS)))
    command = [sys.executable, "-m", "tests.flows.killed", str(tmp_path / "recovery"), *places]
    lives = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1200, check=False)
    assert (lives.returncode, lives.stdout.split()[-1:]) == (0, [str(KILLS)]), lives.stderr
    assert signals_hash(tmp_path) == signals_hash(whole)
    assert signals_of(tmp_path) == signals_of(whole)
    assert outcomes_of(tmp_path) == outcomes_of(whole)  # no trade lost, doubled or altered, and the latch holds
    ((rows, ids),) = ask(tmp_path, "SELECT count(*), count(DISTINCT signal_id) FROM signals")
    assert rows == ids
    assert len(ask(tmp_path, "SELECT DISTINCT run_id FROM signals")) == 1


def test_what_was_decided_live_is_decided_again_from_its_tape(tmp_path):
    # Hours of market are served in seconds, so its times run ahead of ours; a hold of 250 ms would be minutes of it.
    now_ns = time.time_ns()
    spec = msgspec.structs.replace(SPEC, start_ns=now_ns - now_ns % MINUTE_NS)
    tape = tapes.simulated(tmp_path / "served", spec)
    frames = [record.payload for record in TapeReader(tape) if record.kind == records.FRAME]
    hasty = {"feed__symbols": "BTC/USD", "setups__hold_ms": 0, **RULES}
    with serve_frames(frames) as exchange, Live(tmp_path, exchange.url, **hasty) as live:
        live.until(lambda: exchange.finished and live.rows("SELECT 1 FROM signals"), "all frames sent, and a signal")
        live.stop()
    ((verified, mismatched, signals, of_the_live_run),) = live.rows(
        "SELECT book_verified, book_mismatched, signals, signals_hash FROM runs"
    )
    assert verified > 8_000
    assert (mismatched, signals > 0) == (0, True)
    run(environment(tmp_path, feed__source="replay", feed__tape=tmp_path / "data" / "tape", feed__batch=7))
    assert signals_hash(tmp_path) == of_the_live_run
    assert {mode for (mode,) in live.rows("SELECT DISTINCT mode FROM signals")} == {"live"}  # one row an id, live first
