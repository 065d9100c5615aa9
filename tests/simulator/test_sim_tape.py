"""The tape: the same spec is the same bytes, whoever asks, and each symbol is alone in the world."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leadline import records
from leadline.events import BookMessage
from leadline.times import SECOND_NS
from simulator.tape import START_NS, TapeSpec, chunks
from sources.kraken import wire
from tests.simulator.naive_book import NaiveBook

ROOT = Path(__file__).parents[2]
SHORT = TapeSpec(hours=0.05)


def tape(spec, skip=0):
    return b"".join(chunks(spec, skip))


def records_of(data, seq=1):
    return [record for record, _ in records.decode(data, 0, seq)]


@pytest.fixture(scope="module")
def short():
    return records_of(tape(SHORT))


def frames_of(symbol, found):
    """Return (receipt, frame) of what concerns one symbol."""
    name = f'"symbol":"{symbol}"'.encode()
    return [(r.wall_ns, r.payload) for r in found if r.kind == records.FRAME and name in r.payload]


def test_the_same_spec_gives_the_same_bytes_in_another_process():
    command = [sys.executable, "-m", "simulator.tape", "--hours", "0.05", "--seed", "7"]
    other = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    assert hashlib.sha256(other).hexdigest() == hashlib.sha256(tape(SHORT)).hexdigest()


def test_another_seed_or_predictability_gives_another_tape():
    specs = [TapeSpec(hours=0.01), TapeSpec(seed=8, hours=0.01), TapeSpec(hours=0.01, predictability=0.0)]
    assert len({tape(spec) for spec in specs}) == len({spec.tape_id for spec in specs}) == 3


def test_a_symbol_does_not_hear_of_the_others(short):
    alone = records_of(tape(TapeSpec(hours=0.05, symbols=("ETH/USD",))))
    assert frames_of("ETH/USD", alone) == frames_of("ETH/USD", short)


def test_skipping_records_leaves_the_rest_as_it_is():
    whole = tape(SHORT)
    offsets = [0, *(end for _, end in records.decode(whole, 0, 1))]
    for skip in (0, 1, 2, 777, len(offsets) - 2, len(offsets) - 1):
        assert tape(SHORT, skip) == whole[offsets[skip] :]


def test_chunks_are_whole_records():
    for chunk in chunks(SHORT):
        assert len(chunk) < 400_000 and records_of(chunk)


def test_a_tape_opens_with_a_connection_and_ends_on_purpose(short):
    kinds = [record.kind for record in short]
    assert kinds[:2] == [records.CONNECTED, records.PRECISIONS] and kinds[-1] == records.END
    assert short[0].json() == {"venue": "simulator", "url": "simulator"}
    assert short[1].json()["BTC/USD"]["origin"] == "simulator"
    assert short[-1].json() == {"reason": "end_of_market"}


def test_every_symbol_is_acknowledged_before_its_snapshot(short):
    frames = [json.loads(record.payload) for record in short if record.kind == records.FRAME][:12]
    acked = {(f["result"]["channel"], f["result"]["symbol"]) for f in frames if f.get("method") == "subscribe"}
    assert acked == {(channel, symbol) for channel in ("book", "trade") for symbol in SHORT.symbols}
    last_ack = max(at for at, f in enumerate(frames) if "method" in f)
    first_data = min(at for at, f in enumerate(frames) if "channel" in f)
    assert last_ack < first_data


def test_clocks_never_go_back_and_ticks_are_the_whole_seconds(short):
    walls = [record.wall_ns for record in short]
    assert walls == sorted(walls)
    assert len({record.wall_ns - record.mono_ns for record in short}) == 1
    ticks = [record for record in short if record.kind == records.TICK]
    assert [t.wall_ns for t in ticks] == [START_NS + n * SECOND_NS for n in range(1, 181)]
    assert all(t.payload == b"" and t.conn == 0 for t in ticks)


@dataclass
class Seen:
    """What a naive subscriber to everything remembers of one symbol."""

    book: NaiveBook
    event_ns: int = 0
    trade_ids: list[int] = field(default_factory=list)
    traded_ns: list[int] = field(default_factory=list)
    book_ns: set[int] = field(default_factory=set)


@pytest.mark.parametrize("depth", [10, 25, 100])
def test_a_naive_subscriber_verifies_every_message(depth):
    spec = TapeSpec(hours=0.05, depth=depth, predictability=1.0)
    seen = {symbol: Seen(NaiveBook(depth)) for symbol in spec.symbols}
    for record in records_of(tape(spec)):
        event = wire.decode(record.payload) if record.kind == records.FRAME else None
        if isinstance(event, BookMessage):
            symbol = seen[event.symbol]
            symbol.book.apply(record.payload)
            bid, ask = symbol.book.touch()
            assert bid < ask and symbol.event_ns < event.event_ns
            assert record.wall_ns - event.event_ns >= 20_000_000
            symbol.event_ns = event.event_ns
            symbol.book_ns.add(event.event_ns)
        elif getattr(event, "trades", None):
            symbol = seen[event.symbol]
            symbol.trade_ids += [trade.trade_id for trade in event.trades]
            symbol.traded_ns += [trade.event_ns for trade in event.trades]
    for symbol in seen.values():
        ids = symbol.trade_ids
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert symbol.book_ns.issuperset(symbol.traded_ns), "a trade changes the book in the same instant"
