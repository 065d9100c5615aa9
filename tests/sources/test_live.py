"""The live source over a real websocket: what it emits is on its tape, and a resume misses nothing."""

import gzip
import logging

import msgspec
import pytest

from leadline import records
from leadline.records import CONNECTED, DISCONNECTED, END, FRAME, HISTORY, OVERSIZE, START, TICK
from simulator.exchange import Exchange
from simulator.faults import Fault
from simulator.protocol import HEARTBEAT
from simulator.recorded import serve_frames
from sources import fatal, tape
from sources.live import LivePosition
from sources.tape import Position
from sources.tape_reader import TapeReader
from tests.sources.live_runs import Run, plan

SYMBOLS = ("BTC/USD", "XRP/USD")


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS, rate=20.0) as exchange:
        yield exchange


def on_tape(folder):
    return list(TapeReader(folder))


def test_what_is_emitted_is_what_is_on_the_tape_and_begins_with_the_start(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path)) as run:
        run.listening(*SYMBOLS)
        run.until(lambda: run.of(TICK))
        assert on_tape(tmp_path / "t") == run.records  # already, before the end
        run.stop()
    assert on_tape(tmp_path / "t") == run.records
    kinds = [kind for kind in run.kinds() if kind != "tick"]  # a second may be over before the first frame
    assert kinds[:3] == ["start", "connected", "frame"] and kinds[-2:] == ["disconnected", "end"]
    assert [r.seq for r in run.records] == list(range(len(run.records)))
    assert run.counters.tape_bytes == sum(records.HEADER_SIZE + len(r.payload) for r in run.records)
    ticks = [r.wall_ns for r in run.of(TICK)]
    assert all(ns % 1_000_000_000 == 0 for ns in ticks) and ticks == sorted(set(ticks))
    assert fatal.failed() is None


def test_a_resume_reads_back_what_was_received_and_then_connects_anew(exchange, tmp_path):
    live = plan(exchange.url, tmp_path, recoverable=True)
    with Run(live) as first:
        first.listening(*SYMBOLS)
        snapshot = first.partition.snapshot()
        known = len(first.records)
        first.until(lambda: len(first.records) > known + 20)
        first.stop()
    assert not first.of(END)
    with Run(live, snapshot, first.stage) as second:
        lost = first.records[known:]
        second.until(lambda: len(second.records) > len(lost) and second.of(CONNECTED))
        assert second.records[: len(lost)] == lost
        assert [r.conn for r in second.of(CONNECTED)] == [2] and not second.of(START)
        second.listening(*SYMBOLS)
        second.stop()
    assert on_tape(tmp_path / "t") == first.records[:known] + second.records


def test_a_resume_at_the_very_end_of_the_tape_numbers_on(exchange, tmp_path):
    live = plan(exchange.url, tmp_path, recoverable=True)
    with Run(live) as first:
        first.listening(*SYMBOLS)
        first.stop()
        snapshot = first.partition.snapshot()
    with Run(live, snapshot) as second:
        second.until(lambda: second.of(CONNECTED))
        assert second.records[0].seq == len(first.records) and second.of(CONNECTED)[0].conn == 2


def test_a_kill_before_the_first_snapshot_goes_on_with_the_tape_from_its_beginning(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path, recoverable=True)) as first:
        first.listening(*SYMBOLS)
        first.stop()
    with Run(plan(exchange.url, tmp_path, tape_id="u", recoverable=True)) as second:
        second.until(lambda: len(second.records) > len(first.records))
        assert second.records[: len(first.records)] == first.records
        assert second.partition.snapshot().tape_id == "t"
    with Run(plan(exchange.url, tmp_path, tape_id="v")) as third:
        third.until(lambda: third.records)
        assert third.records[0].seq == 0 and third.partition.snapshot().tape_id == "v"


def test_a_run_without_a_tape_numbers_its_records_all_the_same(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path, record=False)) as run:
        run.listening(*SYMBOLS)
        run.stop()
    assert [r.seq for r in run.records] == list(range(len(run.records)))
    assert len(run.of(START)) == 1 and not tape.tapes(tmp_path)


@pytest.mark.parametrize(("at", "says"), [(None, "is gone"), (10**6, "ends at record")])
def test_a_tape_that_a_resume_cannot_go_on_with_is_one_clear_line(exchange, tmp_path, at, says):
    live = plan(exchange.url, tmp_path, recoverable=True)
    if at is not None:
        with Run(live) as first:
            first.listening(*SYMBOLS)
            first.stop()
    with Run(live, LivePosition("t", Position(0, 0, at or 5))) as run:
        run.step()
        assert run.ended and says in (fatal.failed() or "") and "run without -r" in (fatal.failed() or "")


# -- what cannot work says so


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ws://127.0.0.1:99999/", "nonsense", "ws://"])
def test_a_bad_address_is_one_clear_line(tmp_path, url):
    with Run(plan(url, tmp_path)) as run:
        run.drain()
    assert f"feed.url {url!r} is not a websocket address" in (fatal.failed() or "")
    assert not run.records and not list(tmp_path.iterdir())


def test_an_unreachable_host_is_one_clear_line_within_the_timeout(tmp_path):
    with Run(plan("ws://127.0.0.1:1/", tmp_path, stream={"connect_timeout": 0.5})) as run:
        run.drain()
    assert "cannot reach ws://127.0.0.1:1/ within 0.5 s" in (fatal.failed() or "")
    assert not list(tmp_path.iterdir())


def test_an_unknown_symbol_is_named_and_the_others_go_on(exchange, tmp_path, caplog):
    with Run(plan(exchange.url, tmp_path, ("XBT/USD", "XRP/USD"))) as run:
        run.listening("XRP/USD")
    assert "Kraken does not list XBT/USD: did you mean BTC/USD?" in caplog.text


def test_no_known_symbol_at_all_ends_the_run(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path, ("XBT/USD", "NO/SUCH"))) as run:
        run.drain()
    assert "no symbol is left" in (fatal.failed() or "")


# -- faults of the venue


def test_a_lost_connection_is_made_anew(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path)) as run:
        run.listening(*SYMBOLS)
        exchange.inject(Fault("disconnect"))
        run.until(lambda: run.of(DISCONNECTED))
        assert not run.verified("BTC/USD") and not run.verified("XRP/USD")
        run.listening(*SYMBOLS)
    assert [r.conn for r in run.of(CONNECTED)] == [1, 2] and run.counters.reconnects == 1


def test_a_corrupt_book_is_asked_for_anew_and_its_neighbour_never_notices(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path)) as run:
        run.listening(*SYMBOLS)
        before = len(run.health)
        exchange.inject(Fault("corrupt", "BTC/USD"))
        run.until(lambda: ("BTC/USD", "desync", "checksum_mismatch") in run.health[before:])
        run.listening(*SYMBOLS)
        assert {symbol for symbol, _, _ in run.health[before:]} == {"BTC/USD"}
        assert len(run.of(CONNECTED)) == 1


def test_a_frame_over_the_limit_leaves_its_head_and_the_flow_goes_on(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path, stream={"max_frame_bytes": 100_000})) as run:
        run.listening(*SYMBOLS)
        exchange.inject(Fault("giant", "BTC/USD", bytes=200_000))
        run.until(lambda: run.of(OVERSIZE))
        told = run.of(OVERSIZE)[0].json()
        assert told["bytes"] >= 200_000 and len(told["head"]) == 1024
        run.listening(*SYMBOLS)
        assert len(run.of(CONNECTED)) == 1


def test_a_frame_beyond_all_limits_costs_the_connection_and_no_more(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path, stream={"max_frame_bytes": 100_000})) as run:
        run.listening(*SYMBOLS)
        exchange.inject(Fault("giant", "BTC/USD", bytes=500_000))
        run.until(lambda: run.of(DISCONNECTED))
        assert run.of(DISCONNECTED)[0].json() == {"reason": "frame_too_large"}
        run.listening(*SYMBOLS)


def test_garbage_is_on_the_tape_as_it_came(exchange, tmp_path):
    with Run(plan(exchange.url, tmp_path)) as run:
        run.listening(*SYMBOLS)
        exchange.inject(Fault("garbage", "BTC/USD", text="[1,2,3]"))
        run.until(lambda: any(r.payload == b"[1,2,3]" for r in run.of(FRAME)))
        run.listening(*SYMBOLS)


# -- warm-up


def test_history_is_on_the_tape_for_every_symbol_the_venue_lists(exchange, tmp_path):
    live = plan(exchange.url, tmp_path, (*SYMBOLS, "XBT/USD"), rest_url=exchange.rest_url)
    with Run(live) as run:
        run.until(lambda: len(run.of(HISTORY)) == 2)
    told = [r.json() for r in run.of(HISTORY)]
    assert [t["symbol"] for t in told] == list(SYMBOLS) and all(t["interval_s"] == 60 for t in told)
    assert all(len(candle) == 8 for t in told for candle in t["candles"])


def test_without_history_the_flow_goes_on_and_says_so(exchange, tmp_path, caplog):
    with caplog.at_level(logging.WARNING), Run(plan(exchange.url, tmp_path, rest_url="http://127.0.0.1:1")) as run:
        run.listening(*SYMBOLS)
        run.until(lambda: "warming up from the stream" in caplog.text)


def test_the_lakes_history_comes_first(exchange, tmp_path):
    candles = {"symbol": "BTC/USD", "interval_s": 60, "candles": [[0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1]]}
    live = plan(exchange.url, tmp_path, ("BTC/USD",), lake_history=lambda symbol: candles)
    with Run(live) as run:
        run.until(lambda: run.of(HISTORY))
    assert run.of(HISTORY)[0].json() == candles


# -- real recordings


def told(frames):
    """Return frames without heartbeats: the server adds one for each second without another, as on a busy machine."""
    return [frame for frame in frames if frame != HEARTBEAT.encode()]


def heard(run):
    return told([r.payload for r in run.of(FRAME)])


@pytest.mark.parametrize(
    ("name", "depth", "verified"), [("btcusd_l2", 10, 301), ("btcusd_sample", 25, 2052)]
)  # of the first, seven resubscribe cycles are part
def test_a_real_recording_served_over_a_socket_verifies_every_checksum(tmp_path, recordings, name, depth, verified):
    path = recordings / f"kraken_v2_book/crossbook_kraken_{name}.ndjson.gz"
    with gzip.open(path) as lines:
        frames = [bytes(msgspec.json.decode(line, type=dict[str, msgspec.Raw])["frame"]) for line in lines]
    stream = {"instrument_timeout": 0.05, "depth": depth}
    with serve_frames(frames) as server, Run(plan(server.url, tmp_path, ("BTC/USD",), stream=stream)) as run:
        run.until(lambda: len(heard(run)) == len(told(frames)))
    assert heard(run) == told(frames)
    counts = run.stage.counts.summary("stopped", run.stage.books)
    assert (counts["book_verified"], counts["book_mismatched"]) == (verified, 0)
