"""Kraken's own candles of XBTUSDT, rebuilt from the trades that made them.

A recording of 2025-11-10: 1,000 trades by REST and the 721 minutes around them. The first
trade falls into a minute that began before it, so whole minutes are compared from the next on.
"""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from leadline.candles import GRACE_NS, CandleBuilder
from leadline.events import Trade
from leadline.moment import Candle
from leadline.times import MINUTE_NS

DATA = Path(os.environ.get("LEADLINE_DATA") or Path(__file__).parents[2].parent / "shared" / "data") / "kraken_rest"


def recording(name: str) -> list[Any]:
    path = DATA / f"nautilus_http_{name}.json.gz"
    if not path.exists():
        pytest.skip(f"no recorded data at {path}; set LEADLINE_DATA to the folder that holds kraken_rest")
    rows: list[Any] = json.loads(gzip.decompress(path.read_bytes()))["result"]["XBTUSDT"]
    return rows


def rebuilt() -> list[Candle]:
    builder, closed = CandleBuilder("BTC/USDT"), []
    for price, qty, seconds, side, _, _, trade_id in recording("trades"):
        event_ns = round(seconds * 1e9)
        closed += builder.advance(event_ns)
        builder.add(Trade("buy" if side == "b" else "sell", float(price), float(qty), trade_id, event_ns))
    closed += builder.advance(builder.open_ns + MINUTE_NS + GRACE_NS)
    assert (builder.late, builder.duplicates, builder.id_gaps, builder.early) == (0, 0, 0, 0)
    return closed


def test_every_candle_of_kraken_is_rebuilt_exactly_empty_minutes_included():
    official = {row[0] * 1_000_000_000: row[1:] for row in recording("ohlc")}
    candles = rebuilt()
    assert candles[0].partial
    compared = [candle for candle in candles[1:] if candle.open_ns in official]
    for candle in compared:
        o, h, low, c, vwap, volume, n_trades = official[candle.open_ns]
        assert (candle.open, candle.high, candle.low, candle.close) == (float(o), float(h), float(low), float(c))
        assert f"{candle.volume:.8f}" == volume
        assert candle.n_trades == n_trades
        if n_trades:
            assert -1e-6 < candle.vwap - float(vwap) < 0.1  # Kraken cuts it to one decimal
        assert (candle.filled, candle.partial) == (n_trades == 0, False)
    assert len(compared) == len(candles) - 1
    # 272 candles between the first and the last trade's minutes, and the last one, which has all its trades too
    assert [sum(not candle.filled for candle in compared), sum(candle.filled for candle in compared)] == [273, 137]
