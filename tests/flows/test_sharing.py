"""A live run that signals is read by another process all the while, killed again and again, and loses nothing."""

import json
import random
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import msgspec
import pytest

from leadline import records
from leadline.times import MINUTE_NS
from simulator.profiles import profile
from sources.tape import resolve
from sources.tape_reader import TapeReader
from tests.flows import tapes
from tests.flows.live import PATIENCE_S, Live
from tests.flows.processes import ask, environment, run
from tests.flows.resumable import Resumable, frames_of

KILLS = 3
SEEN = "seen"  # a file that the reader makes at the first signal that it sees

READER = """
import duckdb, json, pathlib, sys, threading
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
errors, seen, n = [], [], 0
while not ended.is_set():
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as store:
            rows = store.execute("SELECT signal_id FROM signals").fetchall()
            store.execute("SELECT symbol, count(*), max(ts) FROM features GROUP BY ALL").fetchall()
    except Exception as e:
        errors.append(repr(e))
        continue
    n += 1
    if rows and not seen:
        seen = [signal_id for (signal_id,) in rows]
        pathlib.Path(sys.argv[2]).touch()
print(json.dumps({"errors": errors, "queries": n, "seen": seen}))
"""


class Shared(NamedTuple):
    """A live run, and what the reader saw of it."""

    live: Live
    told: dict


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    # Hours of market are served in seconds, so its times run ahead of ours; a hold of 250 ms would be minutes of it.
    now_ns = time.time_ns()
    spec = msgspec.structs.replace(tapes.SPEC, start_ns=now_ns - now_ns % MINUTE_NS)
    frames = frames_of(tapes.simulated(folder / "served", spec))
    hasty = {
        "feed__symbols": "BTC/USD",
        "setups__hold_ms": 0,
        "feed__depth": spec.depth,
        "feed__segment_bytes": 1 << 20,
    }
    recovery = ("-r", str(folder / "recovery"), "-s", "1", "-b", "0")
    dice = random.Random(4)
    with (
        Resumable(frames, profile("BTC/USD").instrument, spec.depth) as exchange,
        Live(folder, exchange.url, *recovery, **hasty) as live,
    ):
        live.until(lambda: live.rows("SELECT 1 FROM runs"), "the run")
        reader = reading(folder)
        live.until((folder / SEEN).exists, "a signal in another process")
        for _ in range(KILLS):
            live.stop(signal.SIGKILL)
            live.restart()
            known = len(live.health("BTC/USD"))
            live.until(lambda n=known: live.health("BTC/USD")[n:][-1:] == [("verified", "")], "verified again")
            time.sleep(0.3 * dice.random())  # a kill at a random point is what is tested
        live.until(lambda: exchange.finished, "all frames sent")
        _, code, _, err = live.stop()
        assert code == 0, err
    out, _ = reader.communicate("", timeout=PATIENCE_S)
    return Shared(live, json.loads(out))


def reading(folder):
    command = [sys.executable, "-c", READER, str(folder / "data" / "leadline.duckdb"), str(folder / SEEN)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_another_process_reads_the_store_in_a_loop_without_an_error(shared):
    assert shared.told["errors"] == []
    assert shared.told["queries"] > 20


def test_a_signal_is_seen_by_another_process_while_the_run_that_made_it_goes_on(shared):
    known = {signal_id for (signal_id,) in shared.live.rows("SELECT signal_id FROM signals")}
    assert set(shared.told["seen"]) and set(shared.told["seen"]) <= known


def test_after_kills_it_is_one_run_that_processed_every_frame_of_its_one_tape_once(shared):
    assert len(list((shared.live.folder / "data" / "tape").iterdir())) == 1
    tape = list(TapeReader(resolve(shared.live.folder / "data")))
    assert [record.seq for record in tape] == list(range(len(tape)))
    ((runs, frames, connections),) = shared.live.rows("SELECT count(*), max(frames), max(connections) FROM runs")
    assert runs == 1 and connections > KILLS  # a busy machine may lose one between two kills, too
    assert frames == sum(record.kind == records.FRAME for record in tape)


def test_after_kills_no_signal_is_lost_or_doubled_and_its_tape_decides_the_same(shared, tmp_path):
    live = shared.live
    ((rows, ids, run_ids),) = live.rows(
        "SELECT count(*), count(DISTINCT signal_id), count(DISTINCT run_id) FROM signals"
    )
    assert rows == ids > 0 and run_ids == 1
    run(environment(tmp_path, feed__source="replay", feed__tape=live.folder / "data" / "tape"))
    columns = "frames, book_verified, book_mismatched, resyncs, connections, signals, signals_hash"
    for query in (
        f"SELECT {columns} FROM runs ORDER BY stored_at DESC LIMIT 1",
        "SELECT signal_id, symbol, setup, side, entry, verdict FROM signals ORDER BY signal_id",
        "SELECT tape_seq, mid, imbalance, hft_score FROM features ORDER BY tape_seq",
    ):
        assert ask(tmp_path, query) == live.rows(query)
