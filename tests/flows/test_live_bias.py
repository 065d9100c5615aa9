"""A bias that is handed to a live run which is killed -9 around it: none is lost, and its tape decides the same."""

import random
import signal
import time
from typing import Any, NamedTuple

import msgspec
import pytest

from leadline import records
from leadline.bias import Bias
from leadline.times import HOUR_NS, MINUTE_NS
from simulator.exchange import Exchange
from simulator.profiles import profile
from sources import inbox, tape
from sources.tape_reader import TapeReader
from tests.flows import tapes
from tests.flows.live import Live
from tests.flows.processes import ask, environment, run, signals_hash
from tests.flows.resumable import Resumable, frames_of
from tests.flows.test_parity import RULES, SPEC

SYMBOL = "BTC/USD"
PRICE = profile(SYMBOL).instrument.price(profile(SYMBOL).start_units)
KILLS: tuple[tuple[str, Bias], ...] = (  # when the run is killed, and the bias that is handed to it
    ("as taken", "STRONG_BULLISH"),
    ("before", "WEAK_BEARISH"),
    ("behind a snapshot", "STRONG_BEARISH"),
    ("at once", "WEAK_BULLISH"),
    ("behind a snapshot", "NEUTRAL"),
)
SNAPSHOT_S, HOLD_S = 1, 3.0  # a zone speaks no sooner after its bias
WARM_UP = 0.6  # of the frames: 140 of 216 minutes come before any signal
RULED = {  # no book is against a zone
    "feed__symbols": SYMBOL, "advice__exit_seconds": HOLD_S, "hft__thresholds__strong": 100.0,
    "hft__thresholds__moderate": 99.0,
}  # fmt: skip


class Handed(NamedTuple):
    """A bias, and whether the run that was killed had it on its tape."""

    id: str
    stop: float  # no other has it
    taken: bool


def hand(live: Live, n: int, bias: Bias) -> tuple[str, float]:
    """Hand over a bias with a zone around whatever the price is; return its id and the zone's stop."""
    sign, now_ns = -1 if "BEAR" in bias else 1, time.time_ns()
    low, high = 0.8 * PRICE, 1.2 * PRICE
    stop = round(PRICE * (1.0 - sign * (0.3 + 0.01 * n)))
    zone = {"horizon": "scalp", "side": "buy" if sign > 0 else "sell", "entry_low": low, "entry_high": high,
            "stop": stop, "targets": [{"price": PRICE * (1.0 + 0.5 * sign)}], "lasts_high_seconds": 3600.0}  # fmt: skip
    said = {"id": f"bias-{n}", "symbol": SYMBOL, "venue": "kraken", "as_of": now_ns, "valid_until": now_ns + HOUR_NS,
            "bias": bias, "key_level": None, "setups": [zone]}  # fmt: skip
    return inbox.put(live.folder / "data", "bias", said, about=SYMBOL), stop


def killed_around(live: Live, biases: tuple[tuple[str, Bias], ...]) -> list[Handed]:
    """Kill the run once for each bias, resume it, and wait until it goes by the bias."""
    data, dice, handed = live.folder / "data", random.Random(5), []
    for n, (when, bias) in enumerate(biases):
        if when == "before":
            live.stop(signal.SIGKILL)
        bias_id, stop = hand(live, n, bias)
        if when in ("as taken", "behind a snapshot"):
            live.until(lambda: not inbox.waiting(data), "the bias on the tape")
        if when == "behind a snapshot":
            time.sleep(SNAPSHOT_S + 0.5 * dice.random())  # no row tells of a snapshot
        if when != "before":
            live.stop(signal.SIGKILL)
        handed.append(Handed(bias_id, stop, not inbox.waiting(data)))
        live.restart()
        live.until(lambda s=stop: live.rows(zones(s)), f"advice of the zone of {bias_id}")
    return handed


def zones(stop: float) -> str:
    return f"SELECT tape_seq FROM advice WHERE kind = 'swing_zone' AND detail LIKE '%stop {stop:,.12g},%' ORDER BY ts"


def check(live: Live, handed: list[Handed], replay: Any) -> None:
    """Hold a run's tape and rows against what it was handed, and against its replay."""
    folder = tape.resolve(live.folder / "data")
    whole = list(TapeReader(folder))
    assert [record.seq for record in whole] == list(range(len(whole)))
    on_tape: dict[str, int] = {}
    for record in whole:
        if record.kind == records.BIAS:
            on_tape.setdefault(msgspec.json.decode(record.payload)["id"], record.seq)
    assert list(on_tape) == [bias.id for bias in handed]
    said = {bias.id: [seq for (seq,) in live.rows(zones(bias.stop))] for bias in handed}
    assert {len(seqs) for seqs in said.values()} == {1}  # no resume begins a bias anew
    # A zone speaks some seconds after its bias: of those that were taken, it was the life after the kill that spoke.
    connected = [record.seq for record in whole if record.kind == records.CONNECTED]
    taken = [bias.id for bias in handed if bias.taken]
    assert len(taken) >= 3
    assert any(on_tape[one] < seq < said[one][0] for one in taken for seq in connected)
    run(environment(replay, feed__source="replay", feed__tape=folder))
    assert signals_hash(replay) == signals_hash(live.folder)
    for query in (
        "SELECT signal_id, side, bias, bias_id, verdict FROM signals ORDER BY signal_id",
        "SELECT candidate_id, outcome, reason FROM candidates ORDER BY candidate_id",
        "SELECT advice_id, kind, action, detail, tape_seq, saved_bps FROM advice ORDER BY advice_id",
    ):
        assert ask(replay, query) == live.rows(query)


def recovery(folder: Any) -> tuple[str, ...]:
    return ("-r", str(folder / "recovery"), "-s", str(SNAPSHOT_S), "-b", "0")


def test_on_the_exchange_a_bias_is_in_force_after_each_kill_and_resume(tmp_path):
    with (
        Exchange((SYMBOL,), rate=10.0) as exchange,
        Live(tmp_path, exchange.url, *recovery(tmp_path), **RULED) as live,
    ):
        live.verified(SYMBOL)
        handed = killed_around(live, KILLS)
        _, code, _, err = live.stop()
        assert code == 0, err
    check(live, handed, tmp_path / "replay")


@pytest.fixture(scope="module")
def signalling(tmp_path_factory):
    """Return a run that signals, killed around each bias, with what it was handed."""
    folder = tmp_path_factory.mktemp("signalling")
    # Hours of market are served in seconds, so its times run ahead of ours: what lasts there is short here.
    now_ns = time.time_ns()
    spec = msgspec.structs.replace(SPEC, hours=3.6, start_ns=now_ns - now_ns % MINUTE_NS)
    hasty = {**RULES, **RULED, "setups__hold_ms": 0, "feed__depth": spec.depth, "risk__cooldown_seconds": 0.1,
             "setups__expiry_seconds": 2.0}  # fmt: skip
    frames = frames_of(tapes.simulated(folder / "served", spec))
    with (
        Resumable(frames, profile(SYMBOL).instrument, spec.depth) as exchange,
        Live(folder, exchange.url, *recovery(folder), **hasty) as live,
    ):
        live.until(lambda: exchange.n_sent > WARM_UP * len(frames), "what a signal needs before it")
        exchange.pace(0.02)
        live.until(lambda: live.rows("SELECT 1 FROM signals"), "a signal")
        exchange.pace(0.05)  # so that there are frames left after the last kill, on a busy machine too
        handed = killed_around(live, KILLS)
        resumed_ns = time.time_ns()
        exchange.pace(0.001)
        live.until(lambda: exchange.finished, "all frames sent")
        _, code, _, err = live.stop()
        assert code == 0, err
    return live, handed, resumed_ns


def test_after_the_kills_signals_go_by_the_bias_and_the_tape_decides_the_same(signalling, tmp_path):
    live, handed, resumed_ns = signalling
    check(live, handed, tmp_path)
    later = f"SELECT DISTINCT bias_id FROM signals WHERE epoch_ns(ts) > {resumed_ns}"
    assert live.rows(later) == [(handed[-1].id,)]
    assert live.rows("SELECT count(*) FROM signals WHERE bias_id IS NULL")[0][0] > 0  # before the first
    assert live.rows("SELECT count(*) - count(DISTINCT signal_id), count(DISTINCT run_id) FROM signals") == [(0, 1)]
