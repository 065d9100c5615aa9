"""What history the store has: one line a timeframe of a market, the bars that each lacks, and what they make."""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb
import numpy as np

from leadline.analysis.bars import TIMEFRAMES, Bars, Flags, Timeframe, Times
from leadline.analysis.parts import Gaps, gaps_of
from leadline.history import SPANS_NS, Gap, gaps, made_of, n_parts, number, numbers, open_ns, opens_ns, whole
from sinks.candle_pieces import ARCHIVE
from sinks.market import Market


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


def simulated_markets(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the simulated markets that the store has candles of, by name: what `--tape-id` may name."""
    found = connection.execute(
        "SELECT DISTINCT coalesce(tape_id, run_id) FROM candles WHERE venue = 'simulator' ORDER BY 1"
    ).fetchall()
    return [name for (name,) in found]


class Stored(NamedTuple):
    """The bars of a series, columns of one length, oldest first."""

    open_ns: Times
    archived: Flags  # of a source that leaves out those in which nothing traded


def stored(connection: duckdb.DuckDBPyConnection, of: Series) -> Stored:
    """Return when the bars of a series open. Bars that are partial are not among them."""
    where, parameters = Market(of.symbol, of.venue, of.tape_id).sql()
    found = connection.execute(
        f"SELECT epoch_us(open_time) AS us, coalesce(origin = '{ARCHIVE}', false) AS archived FROM candles "
        f"WHERE {where} AND timeframe = ? AND NOT coalesce(partial, false) ORDER BY open_time",
        [*parameters, of.timeframe],
    ).fetchnumpy()
    return Stored(found["us"].astype(np.int64) * 1000, found["archived"].astype(np.bool_))


def stored_gaps(these: Stored, of: Series) -> list[Gap]:
    """Return the bars that a series lacks between its first and its last, whatever others could give."""
    bars = numbers(these.open_ns, of.timeframe)
    return gaps(bars, of.timeframe, number(of.from_ns, of.timeframe), number(of.to_ns, of.timeframe))


def rolled_up_to(of: Series, all_series: Iterable[Series]) -> list[Timeframe]:
    """Return the timeframes that are made of a series: longer ones that its market does not have by themselves."""
    own = {one.timeframe for one in all_series if one[:3] == of[:3]}
    return [name for name in TIMEFRAMES if name not in own and of.timeframe in made_of(name)]


def rolled_gaps(these: Stored, of: Series, timeframe: Timeframe) -> Gaps:
    """Return how many of the longer bars that a series makes lack parts; those cut off at its ends are not made."""
    bars, first, n = np.unique(numbers(these.open_ns, timeframe), return_index=True, return_counts=True)
    span_ns = SPANS_NS[of.timeframe]
    made = whole(bars, timeframe, these.open_ns[first], these.open_ns[first + n - 1] + span_ns)
    archived = np.logical_or.reduceat(these.archived, first) if len(first) else these.archived
    none = np.zeros(int(made.sum()))
    return gaps_of(
        Bars.of(opens_ns(bars, timeframe)[made], *[none] * 5, n_parts=n[made],
                of_parts=n_parts(bars[made], timeframe, of.timeframe), quiet_told=~archived[made]), timeframe,
    )  # fmt: skip


_SERIES = """
SELECT venue, CASE WHEN venue = 'simulator' THEN coalesce(tape_id, run_id) END AS tape, symbol, timeframe,
    epoch_us(min(open_time)), epoch_us(max(open_time)), count(*), count(*) FILTER (filled),
    list_sort(list(DISTINCT origin))
FROM candles WHERE NOT coalesce(partial, false) AND (? IS NULL OR venue = ?) AND (? IS NULL OR symbol = ?)
GROUP BY ALL
"""
