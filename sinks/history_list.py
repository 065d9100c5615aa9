"""What history the store has: one line a timeframe of a market, and the bars that each lacks."""

from typing import NamedTuple

import duckdb
import numpy as np

from leadline.history import SPANS_NS, Gap, gaps, number, numbers, open_ns
from sinks.history import Market


class Series(NamedTuple):
    """What there is of one timeframe of a market."""

    venue: str
    tape_id: str | None
    symbol: str
    timeframe: str
    from_ns: int  # open of the first bar
    to_ns: int  # close of the last
    n_bars: int
    n_quiet: int  # of them, in which nothing traded
    n_missing: int  # between the first and the last
    origins: list[str]


def series(connection: duckdb.DuckDBPyConnection, venue: str | None = None, symbol: str | None = None) -> list[Series]:
    """Return what the store has, by venue, symbol and timeframe. Bars that are partial are not counted."""
    rows = connection.execute(_SERIES, [venue, venue, symbol, symbol]).fetchall()
    found = [_series(*row) for row in rows]
    return sorted(found, key=lambda s: (s.venue, s.tape_id or "", s.symbol, SPANS_NS[s.timeframe]))


def _series(
    venue: str, tape_id: str | None, symbol: str, timeframe: str, first: int, last: int, n: int, quiet: int,
    origins: list[str],
) -> Series:  # fmt: skip
    first_bar, last_bar = number(first * 1000, timeframe), number(last * 1000, timeframe)
    return Series(
        venue, tape_id, symbol, timeframe, first * 1000, open_ns(last_bar + 1, timeframe), n, quiet,
        last_bar - first_bar + 1 - n, origins,
    )  # fmt: skip


def stored_gaps(connection: duckdb.DuckDBPyConnection, of: Series) -> list[Gap]:
    """Return the bars that a series lacks between its first and its last, whatever others could give."""
    where, parameters = Market(of.symbol, of.venue, of.tape_id).sql()
    found = connection.execute(
        f"SELECT epoch_us(open_time) AS us FROM candles WHERE {where} AND timeframe = ? "
        "AND NOT coalesce(partial, false) ORDER BY open_time",
        [*parameters, of.timeframe],
    ).fetchnumpy()
    bars = numbers(found["us"].astype(np.int64) * 1000, of.timeframe)
    return gaps(bars, of.timeframe, number(of.from_ns, of.timeframe), number(of.to_ns, of.timeframe))


_SERIES = """
SELECT venue, CASE WHEN venue = 'simulator' THEN coalesce(tape_id, run_id) END AS tape, symbol, timeframe,
    epoch_us(min(open_time)), epoch_us(max(open_time)), count(*), count(*) FILTER (filled),
    list_sort(list(DISTINCT origin))
FROM candles WHERE NOT coalesce(partial, false) AND (? IS NULL OR venue = ?) AND (? IS NULL OR symbol = ?)
GROUP BY ALL
"""
