"""What was open at a time: the paper account's trades by their entries and exits, and what a person declared."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb

from leadline.advice import StopProtection
from leadline.analysis.inputs import World
from leadline.errors import StoreError
from leadline.positions import Declaration, Declared
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


def declared(store: duckdb.DuckDBPyConnection, data_dir: Path, as_of_ns: int, world: World) -> Declarations:
    """Return the positions that were declared at a time to the live line of a market.

    Those of now are the risk file's, which is written at once; of a past time the store knows when each ended.
    """
    notes, held = [], []
    try:
        state = risk_file.load(data_dir)
    except StoreError as e:
        notes.append(str(e))
    else:
        if state is not None and state.venue == world.venue:
            held = state.declared()
            if as_of_ns >= state.ts_ns:
                return Declarations(held)
    stored, n_untold = _stored(store, as_of_ns, world, [one.id for one in held])
    known = {one.id for one in stored}
    before = [one for one in held if one.since_ns <= as_of_ns and one.id not in known]  # by an older version
    if n_untold:
        notes.append(f"Not told: {n_untold} more that an older version declared by then; it did not store their ends.")
    return Declarations(sorted([*stored, *before], key=lambda one: one.since_ns), " ".join(notes))


DECLARED = """
SELECT position_id, symbol, side, entry, stop, target, epoch_ns(ts),
    list(DISTINCT action) FILTER (action IS NOT NULL)
FROM (
    SELECT of.*, told.action FROM (SELECT * FROM positions WHERE {where} AND ts <= $at
        AND coalesce(ended_at > $at, true)) of
    LEFT JOIN (SELECT position_id, action FROM advice WHERE kind = 'position' AND ts <= $at) told USING (position_id)
) GROUP BY ALL ORDER BY 7, 1
"""
UNTOLD = """
SELECT count(*) FROM commands ANTI JOIN positions ON position_id = command_id
WHERE {where} AND command = 'position_add' AND result LIKE 'declared%' AND ts <= $at
    AND NOT list_contains($held, command_id)
"""


def _stored(
    store: duckdb.DuckDBPyConnection, as_of_ns: int, world: World, held: list[str]
) -> tuple[list[Declared], int]:
    """Return the positions that the store knows to have been declared then, and how many it knows no end of."""
    where, parameters = _own(world)
    parameters |= {"at": time_of(as_of_ns)}
    rows = store.execute(DECLARED.format(where=where), parameters).fetchall()
    ((n_untold,),) = store.execute(UNTOLD.format(where=where), parameters | {"held": held}).fetchall()
    return [_declared(*row) for row in rows], n_untold


def _declared(
    position_id: str, symbol: str, side: Literal["buy", "sell"], entry: float, stop: float, target: float | None,
    since_ns: int, told: list[str] | None,
) -> Declared:  # fmt: skip
    said = told or ()
    protection = StopProtection(held="hold" in said, left="exit" in said)
    of = Declaration(symbol, side, entry, stop, target)
    return Declared(position_id, of, since_ns, protection, honoured="honour" in said)
