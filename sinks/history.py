"""History, read from the store: closed bars of any timeframe, trades, and what there is.

Missing bars stay missing; flat candles of minutes that nobody saw count as missing, those of minutes in
which nothing traded do not. A bar of which parts are absent is given with what there is of it, and
says of how many it is made. Rows of a venue never mix with another's, nor those of two simulated tapes.
Prices in quote, volume in base, times in ns, UTC.
"""

from pathlib import Path

import duckdb
import numpy as np

from leadline.analysis.bars import Bars, Timeframe
from leadline.analysis.place import Trades
from leadline.history import NO_BARS, SPANS_NS, Gap, gaps, number, opens_ns, whole
from leadline.times import SECOND_NS
from sinks import catalog
from sinks.candle_pieces import Pieces, StoredPieces
from sinks.market import Market, time_of
from sinks.roll_up import Rolled, rolled_up
from sinks.tables import TABLES

EARLIEST_NS = 1_230_940_800 * SECOND_NS  # 2009-01-03: no market is older


def connect(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with the two views that history is in; `sinks.catalog.connect` gives it all of them."""
    catalog.require(data_dir)
    return catalog.views_in_memory(data_dir, (TABLES["candles"], TABLES["trades"]))


def bars(
    connection: duckdb.DuckDBPyConnection, symbol: str, timeframe: Timeframe, as_of_ns: int, limit: int,
    *, venue: str = "kraken", tape_id: str | None = None,
) -> Bars:  # fmt: skip
    """Return the newest bars, at most `limit`, that are closed by a time; nothing later is looked at."""
    return newest(StoredPieces(connection, Market(symbol, venue, tape_id)), timeframe, as_of_ns, limit)


def newest(
    source: Pieces, timeframe: Timeframe, as_of_ns: int, limit: int, earliest_ns: int = EARLIEST_NS
) -> Bars:  # fmt: skip
    """Return the same from somewhere else.

    Who knows that the market has no candle before some time saves the search for older ones.
    """
    end = number(as_of_ns, timeframe)
    earliest, back = number(earliest_ns, timeframe), limit + limit // 8 + 2
    while True:
        first = max(end - back, earliest)
        found = rolled_up(source, timeframe, first, end)
        known = whole(found.number, timeframe, found.seen_from_ns, found.seen_to_ns)
        if int(known.sum()) > limit or first <= earliest:  # one more: what lies before the first is known
            return _bars(Rolled._make(column[known][-limit:] for column in found), timeframe) if limit else NO_BARS
        back = back * 16 if len(known) else end - earliest  # nothing near: the newest may be anywhere


def _bars(rolled: Rolled, timeframe: str) -> Bars:
    prices = (rolled.open, rolled.high, rolled.low, rolled.close, rolled.volume)
    made = {"n_parts": rolled.n_parts, "of_parts": rolled.of_parts, "quiet_told": rolled.quiet_told,
            "reached_ns": rolled.seen_to_ns}  # fmt: skip
    return Bars.of(opens_ns(rolled.number, timeframe), *prices, **made)


def missing(
    connection: duckdb.DuckDBPyConnection, market: Market, timeframe: str, from_ns: int, to_ns: int
) -> list[Gap]:  # fmt: skip
    """Return the bars that the store cannot give between two times, opens included and closes not beyond."""
    first, end = number(from_ns, timeframe), number(to_ns, timeframe)
    found = rolled_up(StoredPieces(connection, market), timeframe, first, end)
    known = whole(found.number, timeframe, found.seen_from_ns, found.seen_to_ns)
    return gaps(found.number[known], timeframe, first, end)


def trades(
    connection: duckdb.DuckDBPyConnection, symbol: str, from_ns: int, as_of_ns: int,
    *, venue: str = "kraken", tape_id: str | None = None, past: str | None = None,
) -> Trades | None:  # fmt: skip
    """Return the trades of the newest stretch that reaches up to a time with all of them; None where there is none.

    Trades are kept of whole minutes only; so none are missing from where each minute is known and
    each that has volume has trades. `Trades.from_ns` says where that is.
    """
    market, to_ns = Market(symbol, venue, tape_id, past), as_of_ns - as_of_ns % SPANS_NS["1m"]
    where, parameters = market.sql()
    span = [time_of(from_ns), time_of(to_ns)]
    bare = connection.execute(_BARE.format(where=where), [*parameters, *span, *parameters, *span]).fetchall()[0][0]
    unknown = missing(connection, market, "1m", from_ns, to_ns)
    start_ns = max(
        from_ns, 0 if bare is None else int(bare) * 1000 + SPANS_NS["1m"], unknown[-1].to_ns if unknown else 0
    )
    n = connection.execute(_TRADES.format(where=where), [*parameters, time_of(start_ns), span[1]]).fetchnumpy()
    prices, sizes = (np.asarray(n[name], np.float64) for name in ("price", "size"))
    return Trades(start_ns, n["us"].astype(np.int64) * 1000, prices, sizes) if len(prices) else None


# A live flow that was resumed may bring minutes which a backfill has brought meanwhile: each has all of a minute.
_TRADES = """
SELECT epoch_us(ts) AS us, price, size FROM trades WHERE {where} AND ts >= ? AND ts < ?
QUALIFY run_id = first_value(run_id) OVER (PARTITION BY date_trunc('minute', ts) ORDER BY stored_at) ORDER BY ts
"""
_BARE = """
SELECT epoch_us(max(open_time)) FROM candles
WHERE {where} AND timeframe = '1m' AND open_time >= ? AND open_time < ? AND volume > 0 AND open_time NOT IN (
    SELECT date_trunc('minute', ts) FROM trades WHERE {where} AND ts >= ? AND ts < ?
)
"""
