"""What was open at a time: the paper account's trades by their entries and exits, and what a person declared."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from leadline.analysis.inputs import World
from leadline.errors import StoreError
from leadline.positions import Declared
from sinks import risk_file
from sinks.market import rows_of, time_of
from sinks.views import MARK_LIVES_S


class Open(NamedTuple):
    """A symbol's open trades on the market's paper account."""

    n: int
    risk_quote: float  # lost if all are stopped, with fees


class Standing(NamedTuple):
    """The market's paper account at its newest event by then."""

    ts: Any
    equity_quote: float
    drawdown: float
    latched: bool


class Declarations(NamedTuple):
    """Positions that a person declared by then; `note` is what cannot be told of them, empty where all can."""

    positions: list[Declared]
    note: str = ""


# A trade that has ended since is known whole. Of one that has not, the newest mark counts, unless marks go on
# without it, or a later run began that does not know it any more.
OPEN = f"""
WITH ended AS (SELECT * FROM paper_trades WHERE {{where}} AND account_model),
newest AS (SELECT max(ts) - INTERVAL {MARK_LIVES_S} SECOND AS alive FROM trade_marks WHERE {{where}} AND ts <= $at),
trades AS (
    SELECT signal_id, symbol, verdict, size_base, entry_price, CAST(NULL AS DOUBLE) AS stop FROM ended
    WHERE entry_ts <= $at AND coalesce(exit_ts, ts) > $at
    UNION ALL BY NAME
    SELECT signal_id, symbol, verdict, size_base, entry_price, stop FROM trade_marks
    ANTI JOIN ended USING (trade_id)
    WHERE {{where}} AND account_model AND ts <= $at AND ts >= (SELECT alive FROM newest)
        AND ts >= coalesce((SELECT max(started_at) FROM runs WHERE {{where}} AND started_at <= $at), ts)
    QUALIFY row_number() OVER (PARTITION BY trade_id ORDER BY ts DESC) = 1
)
SELECT trades.symbol, count(*), sum(coalesce(
    trades.size_base * planned.risk_quote / nullif(planned.size_base, 0),
    trades.size_base * abs(trades.entry_price - coalesce(trades.stop, planned.stop)), 0))
FROM trades LEFT JOIN signals planned USING (signal_id)
WHERE trades.verdict = 'tradable' AND trades.entry_price IS NOT NULL GROUP BY trades.symbol
"""


def trades(store: duckdb.DuckDBPyConnection, as_of_ns: int, world: World) -> dict[str, Open]:
    """Return the trades that were open at a time, by symbol; those that a replay repeats are not among them."""
    where, parameters = _own(world)
    found = store.execute(OPEN.format(where=where), {**parameters, "at": time_of(as_of_ns)}).fetchall()
    return {symbol: Open(n, risk) for symbol, n, risk in found}


def account(store: duckdb.DuckDBPyConnection, as_of_ns: int, world: World) -> Standing | None:
    """Return the paper account at a time; None where it had not begun."""
    where, parameters = _own(world)
    sql = f"""
SELECT {", ".join(Standing._fields)} FROM account WHERE {where} AND ts <= $at ORDER BY ts DESC, stored_at DESC LIMIT 1
"""
    found = store.execute(sql, {**parameters, "at": time_of(as_of_ns)}).fetchall()
    return Standing(*found[0]) if found else None


def _own(world: World) -> tuple[str, dict[str, Any]]:
    """Return the condition on the rows of a market's own paper account: a replay's is another."""
    where, values = rows_of(*world)
    for n in range(len(values)):
        where = where.replace("?", f"$of{n}", 1)
    return f"{where} AND mode <> 'replay'", {f"of{n}": value for n, value in enumerate(values)}


def declared(data_dir: Path, as_of_ns: int, world: World) -> Declarations:
    """Return the positions that were declared by a time to the live line of a market."""
    try:
        state = risk_file.load(data_dir)
    except StoreError as e:
        return Declarations([], str(e))
    if state is None or state.venue != world.venue:
        return Declarations([])
    past = as_of_ns < datetime.fromisoformat(state.ts).timestamp() * 1e9
    note = "Declared positions that were closed since are not known." if past else ""
    return Declarations([one for one in state.declared() if one.since_ns <= as_of_ns], note)
