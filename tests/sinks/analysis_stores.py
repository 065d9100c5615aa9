"""Stores with a history, for the tests of the analyzer: as an import leaves it, and without the import's time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.analysis import Bars
from sinks import segments
from sinks.tables import TABLES
from tests.sinks.stores import new_lake

CANDLES = TABLES["candles"]
FEATURE = {
    "hft_score": 42.0, "hft_class": "MODERATE_BUY", "confidence": "MEDIUM", "imbalance": 4.0, "imbalance_ema": 3.0,
    "bid_orders": 19, "ask_orders": 116, "spread_bps": 0.4, "mid": 100.0, "data_level": "L3", "age_s": 0.5,
    "trust": "verified", "mode": "live", "venue": "kraken", "tape_id": "t", "run_id": "t",
}  # fmt: skip


def candles(bars: Bars, symbol: str = "BTC/USD", timeframe: str = "1h", **given: Any) -> pa.Table:
    """Return bars as rows of the table `candles`."""
    n = len(bars)
    same = {"symbol": symbol, "timeframe": timeframe, "filled": False, "partial": False, "origin": "archive",
            "run_id": "import", "mode": "history", "venue": "kraken", **given}  # fmt: skip
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    times = {"open_time": bars.open_ns // 1000, "stored_at": np.arange(n)}
    arrays = [
        pa.array(times[name] if name in times else columns[name], field.type)
        if name in times or name in columns
        else pa.repeat(pa.scalar(same.get(name), field.type), n)
        for name, field in ((field.name, field) for field in segments.schema(CANDLES))
    ]
    return pa.Table.from_arrays(arrays, schema=segments.schema(CANDLES))


def imported(folder: Path, bars: Bars, symbol: str = "BTC/USD", timeframe: str = "1h", **given: Any) -> Path:
    """Put bars into a data folder as imported rows, a year a segment."""
    new_lake(folder)
    years = bars.open_ns.astype("datetime64[ns]").astype("datetime64[Y]").astype(np.int64) + 1970
    for year in np.unique(years):
        first, last = np.searchsorted(years, [year, year + 1])
        rows = candles(bars.part(int(first), int(last)), symbol, timeframe, **given)
        name = f"{symbol.replace('/', '')}{timeframe}-{int(year)}.parquet"
        segments.publish(segments.lake(folder) / "candles" / segments.year_name(int(year)), segments.encode(rows),
                         lambda name=name: name)  # fmt: skip
    return folder


def readings(ts_ns: int, **given: Any) -> pa.Table:
    """Return one reading of the order book as a row of the table `features`."""
    return segments.arrow_table(TABLES["features"], [{**FEATURE, "ts": ts_ns, "symbol": "BTC/USD", **given}], ts_ns)


def observed(folder: Path, ts_ns: int, **given: Any) -> None:
    """Put one reading of the order book into a data folder."""
    day = segments.day_name(ts_ns // segments.DAY_NS)
    segments.publish(segments.lake(folder) / "features" / day, segments.encode(readings(ts_ns, **given)),
                     lambda: f"test-{ts_ns}.parquet")  # fmt: skip


def trade(ts_ns: int, price: float, size: float) -> dict[str, Any]:
    """Return a row of the table `trades`."""
    return {"ts": ts_ns, "symbol": "BTC/USD", "price": price, "size": size, "side": "buy", "trade_id": ts_ns,
            "origin": "archive", "run_id": "import", "mode": "history", "venue": "kraken"}  # fmt: skip


def in_memory(
    *tables: pa.Table,
    features: pa.Table | None = None,
    trades: Sequence[dict[str, Any]] = (),
    account: Sequence[dict[str, Any]] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a store that holds candles, trades and readings alone, without a view's time: for many questions."""
    connection = duckdb.connect()
    connection.register("rows", pa.concat_tables(tables))
    connection.execute("CREATE TABLE candles AS SELECT * FROM rows")
    connection.register("seen", segments.schema(TABLES["features"]).empty_table() if features is None else features)
    connection.execute("CREATE TABLE features AS SELECT * FROM seen")
    connection.register("traded", segments.arrow_table(TABLES["trades"], trades, 0))
    connection.execute("CREATE TABLE trades AS SELECT * FROM traded")
    connection.register("accounted", segments.arrow_table(TABLES["account"], account, 0))
    connection.execute("CREATE TABLE account AS SELECT * FROM accounted")
    return connection
