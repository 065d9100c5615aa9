"""Pieces: candles of one market in a form that adds up, so that they can be put together in steps.

A piece stands for one candle or for several that follow each other, all of one timeframe. Pieces
put together are the same piece, whichever of them were put together before: so hours can be made of
minutes once, and days, weeks and months of these. Volumes are whole numbers of the venue's last decimal,
because those add up to the same in any order; a piece in which anything traded has the prices of what traded.

Columns: timeframe (of the candles), first and last (opens), open, high, low, close, units (of volume),
parts (candles that were seen whole), archived (one is of an archive), traded.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import duckdb

from leadline.history import MONDAY_NS, SPANS_NS, made_of
from sinks.market import Market

VOLUME_UNITS = 1e8  # a venue writes at most eight decimals
ARCHIVE = "archive"  # the origin of candles that leave out those in which nothing traded
Stretch = tuple[datetime, datetime]  # [from, to), UTC
Wanted = Sequence[tuple[Sequence[str], Sequence[Stretch]]]  # timeframes, each in all of these stretches
Asked = tuple[str, list[Any]]  # SQL and its parameters


class Pieces(Protocol):
    """Where pieces come from."""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """What their SQL is asked of."""

    def parts(self, timeframe: str) -> list[str]:
        """Return the timeframes that a bar may be made of, itself first, then the coarsest first."""

    def of(self, timeframe: str, parts: Sequence[str], stretches: Sequence[Stretch]) -> Asked:
        """Return the pieces from which bars of a timeframe, whole ones only, are made in some stretches."""


class StoredPieces(NamedTuple):
    """The pieces of a market in a store's view `candles`, one a candle."""

    connection: duckdb.DuckDBPyConnection
    market: Market

    def parts(self, timeframe: str) -> list[str]:
        """Return all that there could be."""
        return made_of(timeframe)

    def of(self, timeframe: str, parts: Sequence[str], stretches: Sequence[Stretch]) -> Asked:
        """Return the candles as pieces."""
        return single(self.market, [(parts, stretches)], timeframe)


def inside(time: str, wanted: Wanted) -> Asked:
    """Return the condition that a row is of these; its outer bounds come first, because files are left out by them."""
    edges = [stretch for _, stretches in wanted for stretch in stretches]
    either = []
    for names, stretches in wanted:
        listed = ", ".join(f"'{name}'" for name in names)
        either.append(
            f"timeframe IN ({listed}) AND ({' OR '.join([f'({time} >= ? AND {time} < ?)'] * len(stretches))})"
        )
    bounds = [min(start for start, _ in edges), max(end for _, end in edges)]
    return f"{time} >= ? AND {time} < ? AND ({' OR '.join(either)})", [*bounds, *(e for edge in edges for e in edge)]


def single(market: Market, wanted: Wanted, own: str | None = None, view: str = "candles") -> Asked:
    """Return the candles that somebody saw, one a piece; of the timeframe `own` only those that were seen whole."""
    (where, parameters), (within, values) = market.sql(), inside("open_time", wanted)
    sql, given = _SINGLE.format(view=view, where=where, within=within, own=own), [*parameters, *values]
    if market.past is None or market.past == market.tape_id:
        return sql, given
    return f"{sql} {_ONCE}", [*given, market.past]


_SINGLE = f"""
SELECT timeframe, open_time AS first, open_time AS last, open, high, low, close,
    CAST(round(volume * {VOLUME_UNITS}) AS HUGEINT) AS units, (NOT coalesce(partial, false))::INTEGER AS parts,
    coalesce(origin = '{ARCHIVE}', false) AS archived, NOT coalesce(filled, false) AS traded
FROM {{view}} WHERE {{where}} AND {{within}}
    AND NOT (coalesce(partial, false) AND coalesce(filled, false))
    AND NOT (timeframe = '{{own}}' AND coalesce(partial, false))
"""


# A run on a simulated exchange and what was brought from before it may both have a candle: it counts once.
_ONCE = """
QUALIFY row_number() OVER (
    PARTITION BY timeframe, open_time ORDER BY coalesce(partial, false), coalesce(tape_id, run_id) = ?
) = 1
"""


def together(pieces: str, timeframe: str) -> str:
    """Return pieces put together by the bar of a timeframe that they lie in, with its `number`."""
    return _TOGETHER.format(number=_number_sql(timeframe), pieces=pieces)


_TOGETHER = """
SELECT {number} AS number, timeframe, min(first) AS first, max(last) AS last,
    coalesce(arg_min(open, first) FILTER (traded), arg_min(open, first)) AS open,
    coalesce(max(high) FILTER (traded), max(high)) AS high,
    coalesce(min(low) FILTER (traded), min(low)) AS low,
    coalesce(arg_max(close, first) FILTER (traded), arg_max(close, first)) AS close,
    sum(units) AS units, sum(parts)::BIGINT AS parts, bool_or(archived) AS archived, bool_or(traded) AS traded
FROM ({pieces}) GROUP BY number, timeframe
"""


def _number_sql(timeframe: str) -> str:
    """Return SQL for `leadline.history.number` of a piece's first open."""
    if timeframe == "1M":
        return "((year(first) - 1970) * 12 + month(first) - 1)"
    offset = MONDAY_NS // 1000 if timeframe == "1w" else 0
    return f"((epoch_us(first) - {offset}) // {SPANS_NS[timeframe] // 1000})"
