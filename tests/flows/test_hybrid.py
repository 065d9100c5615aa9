"""Hybrid on the simulated market: what a day's bias keeps out, and that the tape alone decides."""

import signal
import time
from typing import Any

import msgspec
import pytest

from flows.offline import play, simulated
from flows.plays import Job, Market, played
from flows.variants import variants
from leadline import records
from leadline.moment import Row
from leadline.settings import Settings
from simulator.tape import TapeSpec
from tests.flows import tapes
from tests.flows.live import PATIENCE_S
from tests.flows.processes import ask, environment, finish, run, signals_hash, start

SPEC = TapeSpec(seed=1, hours=3.2, symbols=("BTC/USD",), density=0.05, bias="STRONG_BULLISH")  # shorts, low longs
KEPT = msgspec.structs.replace(SPEC, seed=5)  # a long above the key level
CHEAP = Settings.model_validate({"fees": {"profile": "kraken_futures"}})


def of(rows: list[Row], table: str) -> list[dict[str, Any]]:
    return [row.values for row in rows if row.table == table]


@pytest.fixture(scope="module")
def bullish() -> list[Row]:
    return list(play(simulated(SPEC, CHEAP), run_id="test"))


def test_under_a_bullish_bias_no_short_is_entered_and_no_long_below_the_key_level(bullish):
    kept = list(play(simulated(KEPT, CHEAP), run_id="test"))
    for rows in (bullish, kept):
        assert {(r["side"], r["mid"] > r["key_level"]) for r in of(rows, "signals")} <= {("buy", True)}
        assert {r["signal_id"] for r in of(rows, "paper_trades")} == {r["signal_id"] for r in of(rows, "signals")}
    assert of(kept, "signals")
    assert {r["reason"] for r in of(bullish, "candidates")} >= {"against_bias", "wrong_side_of_key_level"}


def test_what_was_kept_out_is_stored_with_what_it_would_have_come_to(bullish):
    filtered = [r for r in of(bullish, "candidates") if r["reason"] in ("against_bias", "wrong_side_of_key_level")]
    advised = {r["advice_id"]: r for r in of(bullish, "advice") if r["kind"] == "bias_filter"}
    assert 0 < len(advised) <= len(filtered)
    assert any(r["saved_bps"] is not None for r in advised.values())
    assert {r["candidate_id"] for r in advised.values()} <= {r["candidate_id"] for r in filtered}


def test_a_made_up_bias_says_so(bullish):
    (begins, *_) = [r["text"] for r in of(bullish, "notice") if "STRONG_BULLISH" in r["text"]]
    assert begins.endswith("made up and not analysed")
    zones = [r["detail"] for r in of(bullish, "advice") if r["kind"] == "swing_zone"]
    assert zones and all(detail.endswith("; made up, so without a cost") for detail in zones)


def test_compare_can_switch_each_filter_off():
    found = variants(["hybrid_mode.trend_filter=true,false", "scalp_signal_filtering=true,false"])
    assert found[-1].changes == {"hybrid_mode": {"trend_filter": False, "scalp_signal_filtering": False}}
    assert len(found) == 4


def test_compare_can_leave_the_bias_out_and_every_signal_is_then_as_without_it():
    on, off = variants(["bias=true,false"])
    assert (on.changes, off.changes) == ({"hybrid_mode": {"bias": True}}, {"hybrid_mode": {"bias": False}})
    tape = list(simulated(SPEC, CHEAP))
    without = [record for record in tape if record.kind != records.BIAS]  # numbers as they were: ids hold them
    assert len(without) == len(tape) - 1
    left_out, absent, never = (
        list(play(*given, run_id="test")) for given in ((tape, off.changes), (without, off.changes), (without,))
    )
    for table in ("candidates", "signals", "advice", "paper_trades", "status"):
        assert of(left_out, table) == of(absent, table)
    assert [apart(row) for row in of(left_out, "signals")] == [apart(row) for row in of(never, "signals")]
    assert {row["side"] for row in of(left_out, "signals")} == {"buy", "sell"}
    market = Market("made up", True, CHEAP, spec=SPEC)
    assert [played(Job(market, one.changes)).signals for one in (on, off)] == [0, len(of(left_out, "signals"))]


def apart(row: dict[str, Any]) -> dict[str, Any]:
    """Return a signal without what holds the hash of its settings."""
    return {name: value for name, value in row.items() if name not in ("signal_id", "candidate_id", "config_hash")}


def test_a_replay_that_is_killed_and_resumed_gives_what_the_tape_gives(bullish, tmp_path):
    tape = tapes.simulated(tmp_path / "tape", SPEC, CHEAP)
    env = environment(tmp_path, feed__source="replay", feed__tape=tape, feed__batch=64)
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    process = start(env, *recovery)
    give_up = time.monotonic() + PATIENCE_S
    while process.poll() is None and not list((tmp_path / "data" / "lake" / "advice").rglob("*.parquet")):
        assert time.monotonic() < give_up
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    finish(process)
    run(env, *recovery)
    (ended,) = [r for r in of(bullish, "runs") if r["ended_at"]]
    assert signals_hash(tmp_path) == ended["signals_hash"]
    known = {r["advice_id"]: r["saved_bps"] for r in of(bullish, "advice")}  # the later row of an id wins
    assert dict(ask(tmp_path, "SELECT advice_id, saved_bps FROM advice")) == known
    assert {kind for (kind,) in ask(tmp_path, "SELECT DISTINCT kind FROM advice")} >= {"bias_filter", "swing_break"}
