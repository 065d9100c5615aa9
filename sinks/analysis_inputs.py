"""What an analysis of one symbol is made of, read from the store: closed bars, the newest book, the equity.

Only one world is read: the rows of one venue; of the simulator's, one tape and its past. Nothing later than
`as_of_ns` is looked at.
"""

from collections.abc import Sequence
from datetime import timedelta

import duckdb

from leadline.analysis import Bars, Timeframe, bars_needed
from leadline.analysis.inputs import Book, Inputs, World
from leadline.analysis.place import Trades
from leadline.errors import StoreError
from leadline.history import SPANS_NS
from leadline.plausible import MOST_VOLUME
from leadline.times import DAY_NS
from sinks import history
from sinks.candle_copy import CandleCopy, copying
from sinks.catalog import first_line
from sinks.market import REST, Market, rows_of, time_of

TRADES_NS = 2 * DAY_NS  # how far back each trade counts for itself: the shortest profile's window
READING_DAYS = 1  # how far back the newest reading is looked for, to tell its age


def world(connection: duckdb.DuckDBPyConnection, venue: str) -> World:
    """Return the world of a venue; of the simulator's tapes the one that was stored last.

    What a run on a simulated exchange stores and what a backfill from it brought are of one market: both are its world.
    """
    if venue != "simulator":
        return World(venue)
    found = connection.execute(_TAPES, [f"{REST}%"]).fetchall()
    of_exchange = {kind: tape for tape, kind in reversed(found)}
    if not found or found[0][1] == "alone":
        return World(venue, found[0][0] if found else None)
    past = of_exchange.get("past")
    return World(venue, of_exchange.get("run", past), past)


_TAPES = """
SELECT
    coalesce(tape_id, run_id) AS tape,
    CASE WHEN tape LIKE ? THEN 'past' WHEN mode = 'live' THEN 'run' ELSE 'alone' END AS kind
FROM candles WHERE venue = 'simulator' GROUP BY ALL ORDER BY max(stored_at) DESC, tape DESC
"""


def read(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> Inputs:
    """Return the inputs of an analysis; StoreError where the store has no bar of it by then, or impossible ones."""
    try:
        return _read(connection, symbol, as_of_ns, of)
    except duckdb.Error as e:
        raise StoreError(_unreadable(connection, Market(symbol, *of), e)) from e


def _read(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> Inputs:
    begins = _begins(connection, Market(symbol, *of), as_of_ns)
    with copying(connection, Market(symbol, *of), as_of_ns, begins) as own:
        found = _bars(own, as_of_ns)
        if not found:
            raise StoreError(_nothing(connection, symbol, as_of_ns, of))
        trades = _trades(own, symbol, as_of_ns, of) if "1m" in begins else None
    book, equity_quote = newest_book(connection, symbol, as_of_ns, of), newest_equity(connection, as_of_ns, of)
    return Inputs(symbol, as_of_ns, of, found, book, trades, equity_quote, _apart(connection, symbol, as_of_ns, of))


def _apart(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> str | None:
    """Return in words which bars are of another simulated market; None where there are none."""
    if not of.simulated:
        return None
    where, parameters = rows_of(*of)
    found = connection.execute(
        "SELECT coalesce(tape_id, run_id) AS world, count(*) FROM candles WHERE venue = 'simulator' AND symbol = ? "
        f"AND open_time < ? AND NOT ({where}) GROUP BY world ORDER BY count(*) DESC, world",
        [symbol, time_of(as_of_ns), *parameters],
    ).fetchall()
    if not found:
        return None
    others = f"another simulated market ({found[0][0]})" if len(found) == 1 else f"{len(found)} other simulated markets"
    return f"{sum(n for _, n in found):,} bars of {others} are not used: only those of {of.tape_id} are"


def has_bars(connection: duckdb.DuckDBPyConnection, symbols: Sequence[str], of: World) -> bool:
    """Return whether the store has a bar of one of the symbols in a world: without, there is nothing to analyse."""
    where, parameters = rows_of(*of)
    found = connection.execute(
        f"SELECT 1 FROM candles WHERE list_contains(?, symbol) AND {where} LIMIT 1", [list(symbols), *parameters]
    ).fetchall()
    return bool(found)


def _bars(own: CandleCopy, as_of_ns: int) -> dict[Timeframe, Bars]:
    """Return each timeframe's newest closed bars, as many as are of use; where there are none it is left out.

    The longest timeframes are read first: they ask for the most, so what is made for them serves the others.
    """
    needed, found = bars_needed(), {}
    for timeframe in sorted(needed, key=lambda name: -SPANS_NS[name]):
        begins = [own.begins[name] for name in own.parts(timeframe)]
        if begins:  # where to look: in vain takes longest
            earliest_ns = min(begins) * 1000
            found[timeframe] = history.newest(own, timeframe, as_of_ns, needed[timeframe], earliest_ns)
    return {timeframe: found[timeframe] for timeframe in needed if len(found.get(timeframe, ()))}


def _trades(own: CandleCopy, symbol: str, as_of_ns: int, of: World) -> Trades | None:
    since_ns = as_of_ns - TRADES_NS
    own.need(["1m"], [(time_of(since_ns), time_of(as_of_ns))])
    return history.trades(own.connection, symbol, since_ns, as_of_ns, venue=of.venue, tape_id=of.tape_id, past=of.past)


def _begins(connection: duckdb.DuckDBPyConnection, market: Market, as_of_ns: int) -> dict[str, int]:
    """Return when each timeframe's candles begin, us."""
    where, parameters = market.sql()
    return dict(
        connection.execute(
            f"SELECT timeframe, epoch_us(min(open_time)) FROM candles WHERE {where} AND open_time < ? GROUP BY ALL",
            [*parameters, time_of(as_of_ns)],
        ).fetchall()
    )


def newest_book(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> Book | None:
    """Return the newest verified reading by a time, at most a day old."""
    where, parameters = rows_of(*of)
    until = time_of(as_of_ns)
    found = connection.execute(
        f"SELECT epoch_ns(ts), {', '.join(Book._fields[1:])} FROM features WHERE symbol = ? AND ts <= ? AND ts > ? "
        f"AND {where} AND trust = 'verified' AND hft_score IS NOT NULL ORDER BY ts DESC, stored_at DESC LIMIT 1",
        [symbol, until, until - timedelta(days=READING_DAYS), *parameters],
    ).fetchall()
    return Book(*found[0]) if found else None


def newest_equity(connection: duckdb.DuckDBPyConnection, as_of_ns: int, of: World) -> float | None:
    """Return the paper account's equity by a time, in quote; a replay's account is not the one that trades."""
    where, parameters = rows_of(*of)
    found = connection.execute(
        f"SELECT equity_quote FROM account WHERE ts <= ? AND {where} AND mode <> 'replay' AND equity_quote > 0 "
        "ORDER BY ts DESC, stored_at DESC LIMIT 1",
        [time_of(as_of_ns), *parameters],
    ).fetchall()
    return float(found[0][0]) if found else None


def _unreadable(connection: duckdb.DuckDBPyConnection, market: Market, e: duckdb.Error) -> str:
    """Return why the candles of a market cannot be read: one whose volume cannot be added up is named."""
    where, parameters = market.sql()
    try:
        found = connection.execute(_IMPOSSIBLE.format(where=where), parameters).fetchall()
    except duckdb.Error:
        found = []
    if not found:
        return f"what the store has of {market.symbol} cannot be read: {first_line(e)}"
    ((timeframe, opened, volume, source),) = found
    way_out = f"; `leadline history remove {market.symbol} --source {source}` takes that out" if source else ""
    return (
        f"the {timeframe} candle of {market.symbol} of {opened:%Y-%m-%d %H:%M} UTC has a volume of {volume:g}, which "
        f"no market has: it comes from {source or 'a run'}{way_out}"
    )


_IMPOSSIBLE = f"""
SELECT timeframe, open_time, volume, source FROM candles
WHERE {{where}} AND NOT (volume >= 0 AND volume <= {MOST_VOLUME}) ORDER BY open_time LIMIT 1
"""


def _nothing(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> str:
    where, parameters = rows_of(*of)
    rows = connection.execute(
        f"SELECT symbol, min(open_time), bool_and(partial) FROM candles WHERE {where} GROUP BY symbol ORDER BY symbol",
        parameters,
    ).fetchall()
    begins = {name: (first, in_part) for name, first, in_part in rows}
    if symbol in begins:
        first, in_part = begins[symbol]
        way_out = "only a part of it was seen; try again when the next has closed"
        why = f"its first bar opens {first:%Y-%m-%d %H:%M} UTC; " + (
            way_out if in_part else "choose a later ultimate_analyzer.as_of"
        )
    elif elsewhere := _elsewhere(connection, symbol, of):
        why = (
            f"the store has it of {' and '.join(elsewhere)}, and {of.venue}'s market is asked for; "
            f"choose with LEADLINE__FEED__VENUE={elsewhere[0]}"
        )
    else:
        names = ",".join(begins)
        has = (
            f"the store has {', '.join(begins)} (`leadline report analysis {next(iter(begins))}`; of all of them "
            f"LEADLINE__ULTIMATE_ANALYZER__SYMBOLS={names})"
            if begins
            else "the store has no history"
        )
        why = f"{has}; bring some with `leadline history import FILE` or `leadline history backfill {symbol}`"
    if apart := _apart(connection, symbol, as_of_ns, of):
        why += f"; {apart}"
    return f"no bar of {symbol} is closed by {time_of(as_of_ns):%Y-%m-%d %H:%M} UTC: {why}"


def _elsewhere(connection: duckdb.DuckDBPyConnection, symbol: str, of: World) -> list[str]:
    """Return the other venues whose bars of a symbol the store has."""
    rows = connection.execute(
        "SELECT DISTINCT venue FROM candles WHERE symbol = ? AND venue <> ? ORDER BY venue", [symbol, of.venue]
    ).fetchall()
    return [venue for (venue,) in rows]
