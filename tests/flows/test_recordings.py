"""Real recordings, served over a real websocket: every checksum verified, every feature as an independent sum says."""

import gzip
import json
import math
from decimal import Decimal

import msgspec
import pytest

from leadline.instrument import Instrument
from simulator.recorded import serve_frames
from tests.flows.live import Live
from tests.flows.processes import environment, run, signals_hash

BITCOIN = Instrument("BTC/USD", 1, 8)


class Line(msgspec.Struct):
    rx_ns: int
    frame: msgspec.Raw


def recorded(folder, name):
    with gzip.open(folder / "kraken_v2_book" / f"crossbook_kraken_btcusd_{name}.ndjson.gz") as lines:
        return [bytes(msgspec.json.decode(line, type=Line).frame) for line in lines]


def independent(frames, depth):
    """Return (mid, spread in bps, imbalance, depth imbalance) after every book message, from dicts and Decimals."""
    sides = {"bids": {}, "asks": {}}
    for frame in frames:
        message = json.loads(frame, parse_float=Decimal)
        if message.get("channel") != "book":
            continue
        (data,) = message["data"]
        for name, side in sides.items():
            if message["type"] == "snapshot":
                side.clear()
            for level in data[name]:
                side[level["price"]] = level["qty"]
            kept = sorted((p for p, q in side.items() if q), reverse=name == "bids")[:depth]
            sides[name] = {price: side[price] for price in kept}
        yield features(list(sides["bids"].items())[:10], list(sides["asks"].items())[:10])


def features(bids, asks):
    bid, ask = bids[0][0], asks[0][0]
    mid = (bid + ask) / 2
    pull = [sum(float(q) * math.exp(-float(abs(p - mid) / mid) * 1e4 / 5.0) for p, q in side) for side in (bids, asks)]
    size = [sum(q for _, q in side) for side in (bids, asks)]
    return (
        float(mid),
        float(10_000 * (ask - bid) / mid),
        10 * (pull[0] - pull[1]) / (pull[0] + pull[1]),
        float((size[0] - size[1]) / (size[0] + size[1])),
    )


@pytest.mark.parametrize(
    ("name", "depth", "messages", "instruments"),
    [("l2", 10, 301, ()), ("sample", 25, 2052, ()), ("sample", 25, 2052, (BITCOIN,))],
)
def test_a_recording_is_verified_to_the_last_message_and_its_features_are_right(
    recordings, tmp_path, name, depth, messages, instruments
):
    frames = recorded(recordings, name)
    settings = {"feed__symbols": "BTC/USD", "feed__depth": depth, "hft__sample_seconds": 0,
                "feed__instrument_timeout_seconds": 1}  # fmt: skip
    with serve_frames(frames, instruments=instruments) as exchange, Live(tmp_path, exchange.url, **settings) as live:
        live.until(lambda: exchange.finished, "all frames sent")
        live.verified("BTC/USD")
        _, code, _, err = live.stop()
    assert code == 0
    assert ("going on without Kraken's instruments" in err) == (not instruments)
    ((verified, mismatched, resyncs),) = live.rows("SELECT book_verified, book_mismatched, resyncs FROM runs")
    assert (verified, mismatched, resyncs) == (messages, 0, 0)
    stored = live.rows("SELECT mid, spread_bps, imbalance, depth_imbalance FROM features ORDER BY tape_seq")
    assert len(stored) == messages
    for row, expected in zip(stored, independent(frames, depth), strict=True):
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-9)
    live_hash = signals_hash(tmp_path)
    run(environment(tmp_path, feed__source="replay", feed__tape=tmp_path / "data" / "tape"))
    assert signals_hash(tmp_path) == live_hash
    again = live.rows("SELECT mode, book_verified FROM runs ORDER BY mode")
    assert again == [("live", messages), ("replay", messages)]
