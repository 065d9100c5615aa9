"""The tape of level 3: orders and trades on a connection each, of the same market as the tape of levels."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from leadline import records
from simulator.tape import START_NS, TapeSpec, chunks
from tests.simulator.naive_orders import NaiveOrders

ROOT = Path(__file__).parents[2]
SHORT = TapeSpec(hours=0.03, depth=10, level="L3")
LATENCY_NS = 20_000_000


def tape(spec, skip=0):
    return b"".join(chunks(spec, skip))


def records_of(data):
    return [record for record, _ in records.decode(data, 0, 1)]


@pytest.fixture(scope="module")
def short():
    return records_of(tape(SHORT))


def messages(found, channel, symbol=None):
    """Return (record, message) of a channel's data frames."""
    head = f'{{"channel":"{channel}"'.encode()
    frames = [(r, json.loads(r.payload)) for r in found if r.kind == records.FRAME and r.payload.startswith(head)]
    return [(r, m) for r, m in frames if symbol in (None, m["data"][0]["symbol"])]


def test_the_same_spec_gives_the_same_bytes_in_another_process():
    command = [sys.executable, "-m", "simulator.tape", "--hours", "0.03", "--depth", "10", "--level", "L3"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout == tape(SHORT)


def test_a_tape_of_levels_has_the_name_it_had_before_there_was_a_choice():
    assert TapeSpec().tape_id == TapeSpec(level="L2").tape_id == "sim-edda72181ff0"
    assert TapeSpec(level="L3").tape_id != TapeSpec().tape_id


@pytest.mark.parametrize(("asked", "subscribed"), [(10, 10), (25, 100), (100, 100), (500, 1000), (1000, 1000)])
def test_a_depth_that_level3_has_not_is_rounded_up(asked, subscribed):
    assert TapeSpec(depth=asked, level="L3").subscribed_depth == subscribed
    assert TapeSpec(depth=asked).subscribed_depth == asked


def test_both_connections_open_by_name_and_are_acknowledged(short):
    connected = [(r.conn, r.json()["feed"]) for r in short if r.kind == records.CONNECTED]
    assert connected == [(1, "public"), (2, "level3")]
    assert short[1].kind == records.PRECISIONS and short[1].conn == 1
    acks = [(r.conn, json.loads(r.payload)["result"]) for r in short[3:9]]
    assert {(conn, ack["channel"], ack["symbol"]) for conn, ack in acks} == {
        (conn, channel, symbol) for conn, channel in ((1, "trade"), (2, "level3")) for symbol in SHORT.symbols
    }
    assert {ack.get("depth") for _, ack in acks} == {None, 10}
    assert short[-1].json() == {"reason": "end_of_market"}


def test_orders_and_trades_keep_to_their_connections_and_nothing_else_is_there(short):
    orders, trades = messages(short, "level3"), messages(short, "trade")
    assert {r.conn for r, _ in orders} == {2} and {r.conn for r, _ in trades} == {1}
    n_frames = sum(r.kind == records.FRAME for r in short)
    assert len(orders) + len(trades) == n_frames - 2 * len(SHORT.symbols)


@pytest.mark.parametrize("depth", [10, 100])
def test_a_strict_subscriber_verifies_every_message(depth):
    spec = TapeSpec(hours=0.01, depth=depth, predictability=1.0, level="L3")
    naive = {symbol: NaiveOrders(depth) for symbol in spec.symbols}
    for record, message in messages(records_of(tape(spec)), "level3"):
        naive[message["data"][0]["symbol"]].apply(record.payload)
    for book in naive.values():
        bid, ask = book.touch()
        assert bid < ask and book.n_events > 300


def test_on_a_connection_nothing_overtakes_and_between_them_trades_come_early_or_late(short):
    walls = [record.wall_ns for record in short]
    assert walls == sorted(walls)
    behind = ahead = 0
    for symbol in SHORT.symbols:
        stamps = [m["data"][0]["timestamp"] for _, m in messages(short, "level3", symbol)]
        assert all(a < b for a, b in pairwise(stamps))
        trades = messages(short, "trade", symbol)
        ids = [trade["trade_id"] for _, m in trades for trade in m["data"]]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        received = {m["data"][0]["timestamp"]: r.seq for r, m in messages(short, "level3", symbol)}
        for record, message in trades:
            seq = received.get(message["data"][0]["timestamp"].replace("Z", "000Z"))
            if seq is not None:
                behind += record.seq > seq
                ahead += record.seq < seq
    assert behind > 10 and ahead > 10


def test_nothing_is_received_before_its_latency_or_after_the_market_has_ended(short):
    for record, message in messages(short, "level3") + messages(short, "trade"):
        stamp = message["data"][0].get("timestamp")
        second, _, rest = stamp.rstrip("Z").partition(".")
        seconds = int(second[14:16]) * 60 + int(second[17:19])
        event_ns = START_NS + seconds * 1_000_000_000 + int(rest.ljust(9, "0"))
        assert event_ns < SHORT.end_ns and record.wall_ns >= event_ns + LATENCY_NS


def test_a_symbol_does_not_hear_of_the_others(short):
    alone = records_of(tape(TapeSpec(hours=0.03, depth=10, symbols=("ETH/USD",), level="L3")))

    def of_eth(found):
        return [(r.wall_ns, r.conn, r.payload) for c in ("level3", "trade") for r, _ in messages(found, c, "ETH/USD")]

    assert of_eth(alone) == of_eth(short)


def test_skipping_records_leaves_the_rest_as_it_is():
    spec = TapeSpec(hours=0.005, depth=10, level="L3")
    whole = tape(spec)
    offsets = [0, *(end for _, end in records.decode(whole, 0, 1))]
    for skip in (0, 1, 4, 77, len(offsets) - 2, len(offsets) - 1):
        assert tape(spec, skip) == whole[offsets[skip] :]


def test_both_tapes_are_of_one_market(short):
    levels = records_of(tape(TapeSpec(hours=0.03, depth=10)))
    assert [m["data"] for _, m in messages(levels, "trade", "BTC/USD")] == [
        m["data"] for _, m in messages(short, "trade", "BTC/USD")
    ]
    checksums = {
        m["data"][0]["timestamp"].replace("Z", "000Z"): m["data"][0]["checksum"]
        for _, m in messages(levels, "book", "BTC/USD")
    }
    naive, n_compared = NaiveOrders(10), 0
    for record, message in messages(short, "level3", "BTC/USD"):
        naive.apply(record.payload)
        checksum = checksums.get(message["data"][0]["timestamp"])
        if checksum is not None:
            assert naive.level_checksum() == checksum
            n_compared += 1
    assert n_compared == len(checksums) > 100
