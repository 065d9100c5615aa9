"""The analyzer's time a symbol: ten years of hourly bars, as `leadline history import` leaves them.

Bars are a walk's, so that it runs anywhere. Reading is by the store's views, as `flows.analyze` does
it; the start (imports, the catalog, the engine) is not counted.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import duckdb
import numpy as np

from benchmarks.tables import machine, show
from leadline.analysis.bars import MINUTE_NS
from leadline.analysis.inputs import World
from leadline.settings import Settings
from sinks import analysis_inputs, catalog, segments
from sinks.tables import TABLES

HOURS = 70_000
START_NS = 1_380_585_600 * 10**9  # 2013-10-01
TIMES = 20  # as-of dates
SYMBOL = "BTC/USD"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        history(Path(folder))
        began = time.perf_counter()
        with catalog.connect(Path(folder)) as store:
            opened = time.perf_counter() - began
            took = np.array([one(store, START_NS + int(share * HOURS) * 60 * MINUTE_NS)
                             for share in np.linspace(0.2, 1.0, TIMES)]).T  # fmt: skip
    rows = [[name, median(values), max(values)] for name, values in zip(
        ("read", "analyse", "both"), (*took, took[0] + took[1]), strict=True)]  # fmt: skip
    show(f"Analysis of a symbol with {HOURS:,} hourly bars, seconds, {TIMES} dates ({machine()}; the store opens in "
         f"{opened:.2f} s)", ["", "median", "worst"], rows)  # fmt: skip


def one(store: duckdb.DuckDBPyConnection, as_of_ns: int) -> tuple[float, float]:
    """Return the seconds that reading and analysing take at one time."""
    began = time.perf_counter()
    inputs = analysis_inputs.read(store, SYMBOL, as_of_ns, World("kraken"))
    read = time.perf_counter()
    inputs.analysis(Settings())
    return read - began, time.perf_counter() - read


def history(folder: Path) -> None:
    """Put a walk's hourly candles into a store, a year a segment."""
    segments.prepare(folder)
    years: dict[int, list[segments.Values]] = {}
    for row in candles():
        years.setdefault(time.gmtime(row["open_time"] // 10**9).tm_year, []).append(row)
    for year, rows in years.items():
        segments.publish(
            segments.lake(folder) / "candles" / segments.year_name(year),
            segments.encode(segments.arrow_table(TABLES["candles"], rows, year)), lambda year=year: f"b-{year}.parquet",
        )  # fmt: skip


def candles() -> Iterator[segments.Values]:
    """Give the candles."""
    rng = np.random.default_rng(7)
    closes = 10_000.0 * np.exp(np.cumsum(0.006 * rng.standard_normal(HOURS)))
    volumes = rng.lognormal(3.0, 0.7, HOURS)
    before = 10_000.0
    for n, (close, volume) in enumerate(zip(closes.tolist(), volumes.tolist(), strict=True)):
        yield {
            "symbol": SYMBOL, "timeframe": "1h", "open_time": START_NS + n * 60 * MINUTE_NS, "open": before,
            "high": max(before, close) * 1.002, "low": min(before, close) * 0.998, "close": close, "volume": volume,
            "filled": False, "partial": False, "origin": "archive", "run_id": "b", "mode": "history", "venue": "kraken",
        }  # fmt: skip
        before = close


if __name__ == "__main__":
    main()
