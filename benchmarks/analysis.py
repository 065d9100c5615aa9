"""The analyzer's time a symbol: years of hourly bars, of one-minute bars, or of both, as an import leaves them.

    python -m benchmarks.analysis [hours] [minutes] [both]

Bars are a walk's, so that it runs anywhere. Reading is by the store's views, as `flows.analyze` does
it; the start (imports, the catalog, the engine) is not counted. The years are the newest ones before
the last as-of date, which are spread over them.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb
import numpy as np

from benchmarks.tables import machine, show
from leadline.analysis.inputs import World
from leadline.history import SPANS_NS, Candles
from leadline.settings import Settings
from leadline.times import MINUTE_NS, SECOND_NS
from sinks import analysis_inputs, catalog
from sinks.history_writer import writing

LENGTHS = {"1h": 70_000, "1m": 2_100_000}  # eight years and four, about what Kraken's archive has of BTC/USD
STORES = {"hours": ("1h",), "minutes": ("1m",), "both": ("1h", "1m")}
START_NS = 1_380_585_600 * SECOND_NS  # 2013-10-01
TIMES = 20  # as-of dates
SYMBOL = "BTC/USD"


def main(stores: list[str] | None = None) -> None:
    """Print the table."""
    rows = [row for name in stores or STORES for row in measured(name)]
    names = ["history", "", "median", "worst", "processor, median", "worst"]
    show(f"Analysis of a symbol, seconds, {TIMES} dates ({machine()})", names, rows)


def measured(name: str) -> list[list[object]]:
    """Return the table's rows for one sort of history."""
    with tempfile.TemporaryDirectory() as folder:
        from_ns, to_ns = history(Path(folder), STORES[name])
        with catalog.connect(Path(folder)) as store:
            times = [from_ns + int(share * (to_ns - from_ns)) for share in np.linspace(0.2, 1.0, TIMES)]
            took = np.array([one(store, as_of_ns) for as_of_ns in times]).T
    what = " and ".join(f"{LENGTHS[timeframe]:,} {timeframe}" for timeframe in STORES[name])
    read, analyse, processor_read, processor_analyse = took
    parts = {"read": (read, processor_read), "analyse": (analyse, processor_analyse),
             "all": (read + analyse, processor_read + processor_analyse)}  # fmt: skip
    return [
        [what if part == "read" else "", part, *(of(times) for times in both for of in (median, max))]
        for part, both in parts.items()
    ]


def one(store: duckdb.DuckDBPyConnection, as_of_ns: int) -> tuple[float, ...]:
    """Return the seconds that reading and analysing take at one time, by the clock and then of the processor."""
    began, used = time.perf_counter(), time.process_time()
    inputs = analysis_inputs.read(store, SYMBOL, as_of_ns, World("kraken"))
    read, used_read = time.perf_counter(), time.process_time()
    inputs.analysis(Settings())
    return read - began, time.perf_counter() - read, used_read - used, time.process_time() - used_read


def history(folder: Path, timeframes: tuple[str, ...]) -> tuple[int, int]:
    """Put a walk's candles into a store; return from when to when the shortest of them goes, ns."""
    to_ns, begins = START_NS + LENGTHS["1h"] * SPANS_NS["1h"], []
    with writing(folder, "kraken") as writer:
        for timeframe in timeframes:
            begins.append(to_ns - LENGTHS[timeframe] * SPANS_NS[timeframe])
            writer.candles(SYMBOL, timeframe, candles(timeframe, begins[-1]), "archive", "benchmark")
    return max(begins), to_ns


def candles(timeframe: str, from_ns: int) -> Candles:
    """Return the candles of a walk from a time on."""
    n, rng = LENGTHS[timeframe], np.random.default_rng(7)
    sigma = 0.006 * (SPANS_NS[timeframe] / (60 * MINUTE_NS)) ** 0.5  # 0.6 % an hour
    closes = 10_000.0 * np.exp(np.cumsum(sigma * rng.standard_normal(n)))
    opens = np.concatenate(([10_000.0], closes[:-1]))
    volumes = np.round(rng.lognormal(3.0, 0.7, n), 8)
    high, low = np.maximum(opens, closes) * (1 + sigma / 3), np.minimum(opens, closes) * (1 - sigma / 3)
    times = from_ns + np.arange(n) * SPANS_NS[timeframe]
    return Candles(times, opens, high, low, closes, volumes, np.full(n, np.nan), np.full(n, 9))


if __name__ == "__main__":
    main(sys.argv[1:])
