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
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from leadline.analysis.bars import MINUTE_NS, Flags, Times
from leadline.errors import StoreError
from leadline.history import Candles
from leadline.trade_minutes import NO_ID, TradeRows
from sinks import catalog, segments
from sinks.history import connect
from sinks.market import Market, time_of
from sinks.segments import FreshTime
from sinks.tables import TABLES

LOCK = ".history.lock"
SAME_VOLUME = 1e-8  # half of what a venue's eight decimals can tell, and rounding
MODE = "history"


class Counts(NamedTuple):
    """What became of some rows."""

    added: int = 0
    known: int = 0  # already there
    differ: int = 0  # already there with other values; what was there stays

    def __add__(self, other: object) -> "Counts":
        """Return both together."""
        assert isinstance(other, Counts)
        return Counts(self.added + other.added, self.known + other.known, self.differ + other.differ)


class HistoryWriter:
    """Writes the history of one venue, of a simulated one the world that `tape_id` names."""

    def __init__(self, data_dir: Path, venue: str, tape_id: str | None = None) -> None:
        self._data_dir = data_dir
        self._common = {
            "venue": venue, "tape_id": tape_id, "mode": MODE, "run_id": f"history-{uuid.uuid4().hex[:12]}",
        }  # fmt: skip
        self._fresh = FreshTime()
        self.connection = connect(data_dir)

    def close(self) -> None:
        """Let go of the store."""
        self.connection.close()

    def market(self, symbol: str) -> Market:
        """Return the market of a symbol at this venue."""
        return Market(symbol, str(self._common["venue"]), self._common["tape_id"])

    def candles(self, symbol: str, timeframe: str, given: Candles, origin: str, source: str) -> Counts:
        """Write the candles that the store does not have; of doubles among them the first counts."""
        counts = Counts()
        for year, chosen in _years(given.open_ns):
            counts += self._candles(year, symbol, timeframe, given.where(chosen), origin, source)
        return counts

    def _candles(
        self, year: int, symbol: str, timeframe: str, given: Candles, origin: str, source: str
    ) -> Counts:  # fmt: skip
        once, doubles = _once(given)
        stored = self._stored(symbol, timeframe, once)
        new = ~np.isin(once.open_ns, stored.open_ns)
        there = _same(once.where(~new), stored)
        again = _same(doubles, once)
        rows = once.where(new)
        self._publish("candles", year, len(rows.open_ns), _candle_columns(rows, symbol, timeframe, origin, source))
        known = int(there.sum()) + int(again.sum())
        return Counts(int(new.sum()), known, len(given.open_ns) - int(new.sum()) - known)

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

    def _stored(self, symbol: str, timeframe: str, given: Candles) -> Candles:
        where, parameters = self.market(symbol).sql()
        n = self.connection.execute(
            f"SELECT epoch_us(open_time) AS us, open, high, low, close, volume FROM candles WHERE {where} "
            "AND timeframe = ? AND open_time BETWEEN ? AND ? AND NOT coalesce(partial, false) ORDER BY open_time",
            [*parameters, timeframe, time_of(int(given.open_ns[0])), time_of(int(given.open_ns[-1]))],
        ).fetchnumpy()
        values = [np.asarray(n[name], np.float64) for name in ("open", "high", "low", "close", "volume")]
        open_ns = n["us"].astype(np.int64) * 1000
        return Candles._make([open_ns, *values, values[0], open_ns])

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


def _once(given: Candles) -> tuple[Candles, Candles]:
    """Return the first candle of each open, ascending, and the others."""
    order = np.argsort(given.open_ns, kind="stable")
    ascending = given.where(order)
    first = np.concatenate(([True], np.diff(ascending.open_ns) != 0))
    return ascending.where(first), ascending.where(~first)


def _same(given: Candles, stored: Candles) -> Flags:
    """Return which of these are what is stored; each of them must be there."""
    at = stored.where(np.searchsorted(stored.open_ns, given.open_ns))
    same = np.abs(given.volume - at.volume) <= SAME_VOLUME + 1e-12 * np.abs(given.volume)
    for ours, theirs in zip(given[1:5], at[1:5], strict=True):
        same &= ours == theirs
    flags: Flags = same
    return flags


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
    handle = os.open(segments.lake(data_dir) / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(handle, data_dir)
        writer = HistoryWriter(data_dir, venue, tape_id)
        try:
            yield writer
        except duckdb.Error as e:
            raise catalog.broken(data_dir, e) from e
        finally:
            writer.close()
    finally:
        os.close(handle)


def _lock(handle: int, data_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        raise StoreError(f"another import or backfill is writing to {str(data_dir)!r}; wait until it is done") from e
