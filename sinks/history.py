"""History, read from the store: closed bars of any timeframe, trades, and what there is.

A bar comes from the series of its market that saw most of it: its own timeframe's candles, or finer
ones rolled up in SQL. Of series that saw the same (Kraken's archives do, to the last digit) the
one with most of its parts is taken, then the coarsest, because it is the quickest to read; finer ones
are looked at only where coarser ones leave bars open. Missing bars stay missing; flat candles of minutes
that nobody saw count as missing, those of minutes in which nothing traded do not. A bar of which parts
are absent is given with what there is of it, and says of how many it is made. Rows of a venue never mix with another's,
nor those of two simulated tapes. Prices in quote, volume in base, times in ns, UTC.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np

from leadline.analysis.bars import Bars, Timeframe
from leadline.analysis.place import Trades
from leadline.history import (
    MONDAY_NS,
    NO_BARS,
    SPANS_NS,
    Gap,
    gaps,
    made_of,
    n_parts,
    number,
    open_ns,
    opens_ns,
    whole,
)
from sinks import catalog
from sinks.tables import TABLES

EARLIEST_NS = 1_230_940_800 * 10**9  # 2009-01-03: no market is older
EPOCH = datetime(1970, 1, 1)
FINE = 60  # parts a bar: made of more, it is rolled up only where nothing coarser is known
MANY_GAPS = 20  # more are read as one stretch
VOLUME_UNITS = 1e8  # a venue writes at most eight decimals: whole numbers add up to the same in any order
Need = Callable[[Sequence[str], Sequence[tuple[datetime, datetime]]], None]  # told which candles will be read
ARCHIVE = "archive"  # the origin of candles that leave out those in which nothing traded
SEEN = "NOT (coalesce(partial, false) AND coalesce(filled, false))"


def connect(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with the two views that history is in; `sinks.catalog.connect` gives it all of them."""
    catalog.require(data_dir)
    return catalog.views_in_memory(data_dir, (TABLES["candles"], TABLES["trades"]))


class Market(NamedTuple):
    """Whose candles: a symbol at a venue, of the simulator one tape's."""

    symbol: str
    venue: str = "kraken"
    tape_id: str | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """Return the condition on a row, and its parameters."""
        if self.venue != "simulator":
            return "symbol = ? AND venue = ?", [self.symbol, self.venue]
        return "symbol = ? AND venue = ? AND coalesce(tape_id, run_id) = ?", [*self[:2], self.tape_id or ""]


class Rolled(NamedTuple):
    """Bars by number, with what they were made of: columns of one length."""

    number: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any
    seen_from_ns: Any
    seen_to_ns: Any
    span_ns: Any  # of the parts
    n_parts: Any
    of_parts: Any
    quiet_told: Any  # its source lists the parts in which nothing traded


def bars(
    connection: duckdb.DuckDBPyConnection, symbol: str, timeframe: Timeframe, as_of_ns: int, limit: int,
    *, venue: str = "kraken", tape_id: str | None = None, earliest_ns: int = EARLIEST_NS, need: Need | None = None,
) -> Bars:  # fmt: skip
    """Return the newest bars, at most `limit`, that are closed by a time; nothing later is looked at.

    `need` is told of the candles of each question before it is asked. Who knows that the market has no
    candle before some time saves the search for older ones.
    """
    market, end = Market(symbol, venue, tape_id), number(as_of_ns, timeframe)
    earliest, back = number(earliest_ns, timeframe), limit + limit // 8 + 2
    while True:
        first = max(end - back, earliest)
        found = rolled_up(connection, market, timeframe, first, end, need)
        known = whole(found.number, timeframe, found.seen_from_ns, found.seen_to_ns)
        if int(known.sum()) > limit or first <= earliest:  # one more: what lies before the first is known
            return _bars(Rolled._make(column[known][-limit:] for column in found), timeframe) if limit else NO_BARS
        back = back * 16 if len(known) else end - earliest  # nothing near: the newest may be anywhere


def _bars(rolled: Rolled, timeframe: str) -> Bars:
    prices = (rolled.open, rolled.high, rolled.low, rolled.close, rolled.volume)
    made = {"n_parts": rolled.n_parts, "of_parts": rolled.of_parts, "quiet_told": rolled.quiet_told}
    return Bars.of(opens_ns(rolled.number, timeframe), *prices, **made)


def rolled_up(
    connection: duckdb.DuckDBPyConnection, market: Market, timeframe: str, first: int, end: int,
    need: Need | None = None,
) -> Rolled:  # fmt: skip
    """Return all that is known of the bars with numbers in [first, end), whole or not."""
    parts = made_of(timeframe)
    coarse = [name for name in parts if SPANS_NS[name] * FINE >= SPANS_NS[timeframe]]
    found = _best(_query(connection, market, timeframe, coarse, [(first, end)], need))
    left = gaps(found.number[found.n_parts >= found.of_parts], timeframe, first, end)
    fine = parts[len(coarse) :]
    if not left or not fine:
        return found
    stretches = [(number(gap.from_ns, timeframe), number(gap.to_ns, timeframe)) for gap in left]
    if len(stretches) > MANY_GAPS:
        stretches = [(stretches[0][0], stretches[-1][1])]
    more = _query(connection, market, timeframe, fine, stretches, need)
    return _best(Rolled._make(np.concatenate(both) for both in zip(found, more, strict=True)))


def _best(rolled: Rolled) -> Rolled:
    """Return of each bar the one that saw most; of those the one with most of its parts, then the coarsest."""
    order = np.lexsort((-rolled.span_ns, -rolled.n_parts / rolled.of_parts, -rolled.volume, rolled.number))
    ascending = rolled.number[order]
    first = np.concatenate((np.ones(min(len(ascending), 1), np.bool_), np.diff(ascending) != 0))
    return Rolled._make(column[order][first] for column in rolled)


def _query(
    connection: duckdb.DuckDBPyConnection, market: Market, timeframe: str, parts: Sequence[str],
    stretches: Sequence[tuple[int, int]], need: Need | None,
) -> Rolled:  # fmt: skip
    where, parameters = market.sql()
    names = ", ".join(f"'{name}'" for name in parts)
    within = " OR ".join("(open_time >= ? AND open_time < ?)" for _ in stretches)
    spans_of = [(time_of(open_ns(a, timeframe)), time_of(open_ns(b, timeframe))) for a, b in stretches]
    if need is not None:
        need(parts, spans_of)
    times = [edge for span in spans_of for edge in span]
    n = connection.execute(
        _ROLL_UP.format(number=_number_sql(timeframe), where=where, names=names, own=timeframe, within=within),
        [*parameters, *times],
    ).fetchnumpy()
    spans = np.array([SPANS_NS[name] for name in n["timeframe"]], np.int64)
    numbers = n["number"].astype(np.int64)
    of_parts = np.ones(len(numbers), np.int64)
    for name in parts:
        of = n["timeframe"] == name
        of_parts[of] = n_parts(numbers[of], timeframe, name)
    made = np.minimum(n["parts"].astype(np.int64), of_parts)
    prices = [np.asarray(n[name], np.float64) for name in ("open", "high", "low", "close", "volume")]
    first_ns, last_ns = n["first_us"].astype(np.int64) * 1000, n["last_us"].astype(np.int64) * 1000
    to_ns = np.where(n["timeframe"] == timeframe, opens_ns(numbers + 1, timeframe), last_ns + spans)
    return Rolled._make([numbers, *prices, first_ns, to_ns, spans, made, of_parts, ~n["archived"].astype(np.bool_)])


_ROLL_UP = f"""
SELECT timeframe, {{number}} AS number,
    coalesce(arg_min(open, open_time) FILTER (traded), arg_min(open, open_time)) AS open,
    coalesce(max(high) FILTER (traded), max(high)) AS high,
    coalesce(min(low) FILTER (traded), min(low)) AS low,
    coalesce(arg_max(close, open_time) FILTER (traded), arg_max(close, open_time)) AS close,
    sum(CAST(round(volume * {VOLUME_UNITS}) AS HUGEINT))::DOUBLE / {VOLUME_UNITS} AS volume,
    epoch_us(min(open_time)) AS first_us, epoch_us(max(open_time)) AS last_us,
    count(*) FILTER (NOT coalesce(partial, false)) AS parts,
    coalesce(bool_or(origin = '{ARCHIVE}'), false) AS archived
FROM (
    SELECT *, NOT coalesce(filled, false) AS traded FROM candles
    WHERE {{where}} AND timeframe IN ({{names}}) AND ({{within}}) AND {SEEN}
        AND NOT (timeframe = '{{own}}' AND coalesce(partial, false))
) GROUP BY timeframe, number
"""


def _number_sql(timeframe: str) -> str:
    """Return SQL for `leadline.history.number` of a row's open_time."""
    if timeframe == "1M":
        return "((year(open_time) - 1970) * 12 + month(open_time) - 1)"
    offset = MONDAY_NS // 1000 if timeframe == "1w" else 0
    return f"((epoch_us(open_time) - {offset}) // {SPANS_NS[timeframe] // 1000})"


def time_of(time_ns: int) -> datetime:
    """Return a time as the store compares it."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)


def missing(
    connection: duckdb.DuckDBPyConnection, market: Market, timeframe: str, from_ns: int, to_ns: int
) -> list[Gap]:  # fmt: skip
    """Return the bars that the store cannot give between two times, opens included and closes not beyond."""
    first, end = number(from_ns, timeframe), number(to_ns, timeframe)
    found = rolled_up(connection, market, timeframe, first, end)
    known = whole(found.number, timeframe, found.seen_from_ns, found.seen_to_ns)
    return gaps(found.number[known], timeframe, first, end)


def trades(
    connection: duckdb.DuckDBPyConnection, symbol: str, from_ns: int, as_of_ns: int,
    *, venue: str = "kraken", tape_id: str | None = None,
) -> Trades | None:  # fmt: skip
    """Return the trades of the newest stretch that reaches up to a time with all of them; None where there is none.

    Trades are kept of whole minutes only; so none are missing from where each minute is known and
    each that has volume has trades. `Trades.from_ns` says where that is.
    """
    market, to_ns = Market(symbol, venue, tape_id), as_of_ns - as_of_ns % SPANS_NS["1m"]
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
