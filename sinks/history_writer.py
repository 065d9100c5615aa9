"""History, written to the store: candles and trades by year, none that is there already.

What a writer is given is compared with the store before it is written: a complete candle that is
there stays, whoever brought it, and a trade of a minute whose trades are there is there. So an import
that is repeated, or taken up after a crash, writes only what is missing. One process at a time
writes: a lock sees to it. Prices in quote, volume in base, times in ns, UTC.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.analysis.bars import Flags, Times
from leadline.errors import StoreError
from leadline.history import Candles
from leadline.times import MINUTE_NS
from leadline.trade_minutes import NO_ID, TradeRows
from sinks import catalog, segments
from sinks.history import connect
from sinks.history_compare import NEAR_NS, Compared, Counts, Look, Stored, compared
from sinks.market import Market, time_of
from sinks.segments import FreshTime
from sinks.tables import TABLES

LOCK = ".history.lock"
MODE = "history"


class HistoryWriter:
    """Writes the history of one venue, of a simulated one the world that `tape_id` names."""

    def __init__(self, data_dir: Path, venue: str, tape_id: str | None = None) -> None:
        self._data_dir = data_dir
        self.import_id = f"history-{uuid.uuid4().hex[:12]}"
        self._common = {"venue": venue, "tape_id": tape_id, "mode": MODE, "run_id": self.import_id}
        self._fresh = FreshTime()
        self.connection = connect(data_dir)

    def close(self) -> None:
        """Let go of the store."""
        self.connection.close()

    def market(self, symbol: str) -> Market:
        """Return the market of a symbol at this venue."""
        return Market(symbol, str(self._common["venue"]), self._common["tape_id"])

    def candles(
        self, symbol: str, timeframe: str, given: Candles, origin: str, source: str, look: Look = lambda found: None
    ) -> Counts:  # fmt: skip
        """Write the candles that the store does not have; `look` sees first what they are beside those that it has."""
        counts, found = Counts(), [
            (year, self._compared(symbol, timeframe, given.where(chosen))) for year, chosen in _years(given.open_ns)
        ]  # fmt: skip
        for _, one in found:
            look(one)
        for year, one in found:
            columns = _candle_columns(one.new, symbol, timeframe, origin, source)
            self._publish("candles", year, len(one.new.open_ns), columns)
            counts += one.counts
        return counts

    def _compared(self, symbol: str, timeframe: str, given: Candles) -> Compared:
        from_ns, to_ns = int(given.open_ns.min()) - NEAR_NS, int(given.open_ns.max()) + NEAR_NS
        return compared(given, self._stored(symbol, timeframe, from_ns, to_ns), self.import_id)

    def trades(self, symbol: str, given: TradeRows, origin: str, source: str) -> Counts:
        """Write the trades of the minutes of which the store has none; they must be whole minutes."""
        counts = Counts()
        for year, chosen in _years(given.ts_ns):
            counts += self._trades(year, symbol, given.where(chosen), origin, source)
        return counts

    def _trades(self, year: int, symbol: str, given: TradeRows, origin: str, source: str) -> Counts:
        minutes = given.ts_ns // MINUTE_NS
        new = ~np.isin(minutes, self._stored_minutes(symbol, minutes))
        rows = given.where(new)
        self._publish("trades", year, len(rows.ts_ns), _trade_columns(rows, symbol, origin, source))
        return Counts(int(new.sum()), int((~new).sum()))

    def _stored(self, symbol: str, timeframe: str, from_ns: int, to_ns: int) -> Stored:
        where, parameters = self.market(symbol).sql()
        n = self.connection.execute(
            f"SELECT epoch_us(open_time) AS us, open, high, low, close, volume, run_id FROM candles WHERE {where} "
            "AND timeframe = ? AND open_time BETWEEN ? AND ? AND NOT coalesce(partial, false) ORDER BY open_time",
            [*parameters, timeframe, time_of(from_ns), time_of(to_ns)],
        ).fetchnumpy()
        values = [np.asarray(n[name], np.float64) for name in ("open", "high", "low", "close", "volume")]
        open_ns = n["us"].astype(np.int64) * 1000
        return Stored(Candles._make([open_ns, *values, values[0], open_ns]), n["run_id"].tolist())

    def _stored_minutes(self, symbol: str, minutes: Times) -> Times:
        where, parameters = self.market(symbol).sql()
        span = time_of(int(minutes.min()) * MINUTE_NS), time_of((int(minutes.max()) + 1) * MINUTE_NS)
        found = self.connection.execute(
            f"SELECT DISTINCT epoch_us(ts) // {MINUTE_NS // 1000} AS minute FROM trades WHERE {where} "
            "AND ts >= ? AND ts < ?",
            [*parameters, *span],
        ).fetchnumpy()
        minutes_there: Times = found["minute"].astype(np.int64)
        return minutes_there

    def _publish(self, table: str, year: int, n: int, columns: dict[str, Any]) -> None:
        if not n:
            return
        data = self._arrow(table, columns, n)
        folder = segments.lake(self._data_dir) / table / segments.year_name(year)
        try:
            segments.publish(
                folder, segments.encode(data), lambda: f"history.{os.getpid()}-{self._fresh.take()}.parquet"
            )
        except OSError as e:
            raise segments.unusable(self._data_dir, e) from e

    def _arrow(self, table: str, columns: dict[str, Any], n: int) -> pa.Table:
        """Return a segment's rows: an array is a column, anything else is the same in all rows."""
        stored_us = self._fresh.take(n, step=1000) // 1000
        columns = columns | self._common | {"stored_at": stored_us + np.arange(n)}
        arrays = []
        for field in segments.schema(TABLES[table]):
            value = columns.get(field.name)
            if isinstance(value, np.ndarray):
                masked = np.isnan(value) if value.dtype == np.float64 else None
                arrays.append(pa.array(value, mask=masked).cast(field.type))
            else:
                arrays.append(pa.repeat(pa.scalar(value, field.type), n))
        return pa.Table.from_arrays(arrays, schema=segments.schema(TABLES[table]))


def _years(times_ns: Times) -> Iterator[tuple[int, Flags]]:
    """Yield each year with which of these times are in it: what is compared with the store is a year at most."""
    years = times_ns.astype("datetime64[ns]").astype("datetime64[Y]").astype(np.int64) + 1970
    for year in np.unique(years):
        yield int(year), years == year


def _candle_columns(rows: Candles, symbol: str, timeframe: str, origin: str, source: str) -> dict[str, Any]:
    values = {name: column for name, column in rows._asdict().items() if name != "open_ns"}
    return values | {
        "symbol": symbol, "timeframe": timeframe, "open_time": rows.open_ns // 1000, "filled": rows.filled,
        "partial": False, "origin": origin, "source": source,
    }  # fmt: skip


def _trade_columns(rows: TradeRows, symbol: str, origin: str, source: str) -> dict[str, Any]:
    sides = np.array([None, "sell", "buy"], object)[rows.taker_buys + 1]
    ids = np.array([None if n == NO_ID else n for n in rows.trade_id.tolist()], object)
    return {
        "ts": rows.ts_ns // 1000, "symbol": symbol, "price": rows.price, "size": rows.size, "side": sides,
        "trade_id": ids, "origin": origin, "source": source,
    }  # fmt: skip


@contextmanager
def writing(data_dir: Path, venue: str, tape_id: str | None = None) -> Iterator[HistoryWriter]:
    """Give a writer, alone; raises StoreError where another process writes history or the store cannot be used."""
    segments.prepare(data_dir)
    if not catalog.path(data_dir).exists():
        catalog.refresh(data_dir)
    with alone(data_dir):
        writer = HistoryWriter(data_dir, venue, tape_id)
        try:
            yield writer
        except duckdb.Error as e:
            raise catalog.broken(data_dir, e) from e
        finally:
            writer.close()


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Keep others from writing history; raises StoreError where one does already."""
    handle = os.open(segments.lake(data_dir) / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(handle, data_dir)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, data_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        raise StoreError(f"another process changes the history in {str(data_dir)!r}; wait until it is done") from e
