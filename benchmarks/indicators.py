"""What one update of each indicator costs, ours against talipp and TA-Lib, in the same run.

    python -m benchmarks.indicators

Each is fed the same random walk of candles, after its warm-up; the figure is the best of a few
passes, in microseconds an update, so that a busy machine disturbs it little. "TA-Lib window" is
what most bots do: the batch function over the last 100 candles, its last value taken. "TA-Lib
stream" are the C handles that TA-Lib has since 0.8; they cannot be pickled, so they cannot be part
of a snapshot.
"""

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import talib
from rich.console import Console
from rich.table import Table
from talipp.indicators import ATR, BB, EMA, RSI
from talipp.ohlcv import OHLCV

from leadline.bars import BarSeries
from leadline.indicators.atr import Atr
from leadline.indicators.bollinger import Bollinger
from leadline.indicators.ema import Ema
from leadline.indicators.relative_volume import RelativeVolume
from leadline.indicators.rsi import Rsi
from leadline.indicators.squeeze import Squeeze
from leadline.indicators.vwap import SessionVwap
from leadline.moment import Candle
from leadline.settings import Indicators
from leadline.times import MINUTE_NS

WINDOW = 100  # candles TA-Lib sees at a time, and our warm-up
UPDATES = 2_000
PASSES = 3
SEED = 7


class Market(NamedTuple):
    """The same candles in each library's shape."""

    candles: list[Candle]
    ohlcv: list[OHLCV]
    highs: np.ndarray[Any, Any]
    lows: np.ndarray[Any, Any]
    closes: np.ndarray[Any, Any]


Feed = Callable[[int], Any]  # takes the number of a candle
Start = Callable[[Market], Feed]  # makes a fresh indicator of one library and returns its feed


class Line(NamedTuple):
    """One row of the table: how to make a feed for each library; None where it has none."""

    name: str
    ours: Start
    talipp: Start | None = None
    window: Start | None = None
    stream: Start | None = None


def market() -> Market:
    """Return a seeded walk of candles."""
    rng = random.Random(SEED)
    price, candles = 60_000.0, []
    for minute in range(UPDATES + WINDOW):
        close = price + rng.gauss(0.0, 20.0)
        high, low = max(price, close) + rng.random() * 10, min(price, close) - rng.random() * 10
        candles.append(Candle(minute * MINUTE_NS, price, high, low, close, rng.expovariate(1.0), close, 5))
        price = close
    ohlcv = [OHLCV(c.open, c.high, c.low, c.close, c.volume) for c in candles]
    highs, lows, closes = (np.array([getattr(c, name) for c in candles]) for name in ("high", "low", "close"))
    return Market(candles, ohlcv, highs, lows, closes)


def on_close(make: Callable[[], Any]) -> Start:
    """Return a start of one of our indicators of closes."""
    return on_candle(make, lambda candle: (candle.close,))


def on_candle(make: Callable[[], Any], take: Callable[[Candle], tuple[Any, ...]]) -> Start:
    """Return a start of one of our indicators of some fields of a candle."""

    def start(data: Market) -> Feed:
        update, fields = make().update, [take(candle) for candle in data.candles]
        return lambda at: update(*fields[at])

    return start


def on_talipp(make: Callable[[], Any], candles: bool = False) -> Start:
    """Return a start of one of talipp's indicators."""

    def start(data: Market) -> Feed:
        add, values = make().add, data.ohlcv if candles else data.closes.tolist()
        return lambda at: add(values[at])

    return start


def on_window(name: str, fields: tuple[str, ...], *periods: float) -> Start:
    """Return a start of TA-Lib's batch function over the newest candles."""

    def start(data: Market) -> Feed:
        function, columns = getattr(talib, name), [getattr(data, field) for field in fields]
        return lambda at: function(*[column[max(0, at + 1 - WINDOW) : at + 1] for column in columns], *periods)

    return start


def on_stream(name: str, fields: tuple[str, ...], *periods: float) -> Start | None:
    """Return a start of TA-Lib's streaming handle, where its version has one."""
    handle = getattr(talib.stream, name)
    if not isinstance(handle, type):
        return None

    def start(data: Market) -> Feed:
        columns = [getattr(data, field) for field in fields]
        update = handle(*[column[:WINDOW] for column in columns], *periods).update
        rows = list(zip(*[column.tolist() for column in columns], strict=True))
        return lambda at: update(*rows[at])

    return start


def on_bars(data: Market) -> Feed:
    """Return a feed of candles to everything that a close does."""
    close, candles = BarSeries("BTC/USD", Indicators()).close, data.candles
    return lambda at: close(candles[at])


def line(name: str, ours: Start, talipp: Start, function: str, fields: tuple[str, ...], *periods: float) -> Line:
    """Return a row that all libraries have."""
    return Line(name, ours, talipp, on_window(function, fields, *periods), on_stream(function, fields, *periods))


CLOSE, CANDLE = ("closes",), ("highs", "lows", "closes")
LINES = (
    line("EMA 9", on_close(lambda: Ema(9)), on_talipp(lambda: EMA(9)), "EMA", CLOSE, 9),
    line("RSI 14", on_close(lambda: Rsi(14)), on_talipp(lambda: RSI(14)), "RSI", CLOSE, 14),
    line("ATR 14", on_candle(lambda: Atr(14), lambda c: (c.high, c.low, c.close)),
         on_talipp(lambda: ATR(14), candles=True), "ATR", CANDLE, 14),
    line("Bollinger 20/2", on_close(lambda: Bollinger(20, 2.0)), on_talipp(lambda: BB(20, 2.0)),
         "BBANDS", CLOSE, 20, 2.0, 2.0),
    Line("session VWAP, sigma", on_candle(SessionVwap, lambda c: (c.open_ns, c.vwap, c.volume))),
    Line("squeeze 120", on_candle(Squeeze, lambda c: (c.high - c.low,))),
    Line("relative volume 20", on_candle(lambda: RelativeVolume(20), lambda c: (c.volume,))),
    Line("all, on 1, 5 and 15 m", on_bars),
)  # fmt: skip


def cost_us(start: Start, data: Market) -> float:
    """Return the microseconds an update takes, best of the passes."""
    best = float("inf")
    for _ in range(PASSES):
        feed = start(data)
        for at in range(WINDOW):
            feed(at)
        began = time.perf_counter()
        for at in range(WINDOW, WINDOW + UPDATES):
            feed(at)
        best = min(best, time.perf_counter() - began)
    return best / UPDATES * 1e6


def main() -> None:
    """Measure and print the table; a ratio is how many times ours the others cost."""
    data = market()
    table = Table("indicator", title=f"Indicators: us an update, best of {PASSES} passes of {UPDATES:,}")
    for column in ("leadline", "talipp", "TA-Lib window", "TA-Lib stream"):
        table.add_column(column, justify="right")
    for row in LINES:
        ours = cost_us(row.ours, data)
        others = [None if start is None else cost_us(start, data) for start in (row.talipp, row.window, row.stream)]
        cells = ["-" if us is None else f"{us:.2f} ({us / ours:.1f}x)" for us in others]
        table.add_row(row.name, f"{ours:.2f}", *cells)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
