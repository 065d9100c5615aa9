"""A market's candles in memory: two questions to the store instead of dozens.

A query on a lake of hundreds of files spends its time on opening them. Who wants many timeframes, or
many times of one market, copies it first: `bars` gives the same from the copy.
"""

from collections.abc import Sequence

import duckdb

from leadline.history import DAY_NS, SPANS_NS
from sinks.history import EARLIEST_NS, MANY_GAPS, Market, missing, time_of

RECENT_DAYS = 420  # finer candles are copied for so long: more than an analysis looks back in them
COARSE = tuple(name for name, span_ns in SPANS_NS.items() if span_ns >= SPANS_NS["1h"])
_COLUMNS = "symbol, timeframe, open_time, open, high, low, close, volume, filled, partial, venue, tape_id, run_id"
_NAMES = ", ".join(f"'{name}'" for name in COARSE)


def copied(
    connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int,
    *, venue: str = "kraken", tape_id: str | None = None, recent_days: float = RECENT_DAYS,
) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """Return a connection in memory whose `candles` are those of one market that open before a time.

    Candles finer than an hour are those of the last `recent_days`, and of all days of which there are
    no coarser ones.
    """
    market, held = Market(symbol, venue, tape_id), duckdb.connect()
    recent_ns = max(EARLIEST_NS, (as_of_ns - int(recent_days * DAY_NS)) // DAY_NS * DAY_NS)
    until = time_of(as_of_ns)
    held.execute(f"CREATE TABLE candles AS {_shape()}")
    _copy(connection, held, market, f"open_time < ? AND (timeframe IN ({_NAMES}) OR open_time >= ?)",
          [until, time_of(recent_ns)])  # fmt: skip
    days = missing(held, market, "1d", EARLIEST_NS, recent_ns)
    stretches = [(day.from_ns, day.to_ns) for day in days]
    if len(stretches) > MANY_GAPS:
        stretches = [(stretches[0][0], stretches[-1][1])]
    if stretches:
        within = " OR ".join("(open_time >= ? AND open_time < ?)" for _ in stretches)
        times = [time_of(edge) for stretch in stretches for edge in stretch]
        _copy(connection, held, market, f"timeframe NOT IN ({_NAMES}) AND ({within})", times)
    return held


def _copy(
    connection: duckdb.DuckDBPyConnection, held: duckdb.DuckDBPyConnection, market: Market, condition: str,
    parameters: Sequence[object],
) -> None:  # fmt: skip
    where, of = market.sql()
    rows = connection.sql(f"SELECT {_COLUMNS} FROM candles WHERE {where} AND {condition}", params=[*of, *parameters])
    held.register("found", rows.to_arrow_table())
    held.execute("INSERT INTO candles FROM found")
    held.unregister("found")


def _shape() -> str:
    types = {"open_time": "TIMESTAMP", "filled": "BOOLEAN", "partial": "BOOLEAN"}
    reals = dict.fromkeys(("open", "high", "low", "close", "volume"), "DOUBLE")
    columns = (f"NULL::{(types | reals).get(name, 'VARCHAR')} AS {name}" for name in _COLUMNS.split(", "))
    return f"SELECT {', '.join(columns)} LIMIT 0"
