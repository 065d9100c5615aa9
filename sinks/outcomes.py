"""Outcomes: paper trades as the store has them, for everything that judges them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from leadline.performance import Outcome

NAMES = {"entry_ns": "entry_ts", "exit_ns": "exit_ts"}  # where the column is named otherwise


def of_row(row: Mapping[str, Any]) -> Outcome:
    """Return the outcome that a `paper_trades` row tells, as the line emits it."""
    return Outcome(**{name: row[NAMES.get(name, name)] for name in Outcome._fields})


def read(
    connection: duckdb.DuckDBPyConnection, where: str = "account_model", parameters: Sequence[Any] = ()
) -> list[Outcome]:
    """Return the outcomes in a store in the order of their ends; by default in the account's fill model."""
    columns = (_column(name) for name in Outcome._fields)
    sql = f"SELECT {', '.join(columns)} FROM paper_trades WHERE {where} ORDER BY exit_ts, trade_id"
    return [Outcome(*values) for values in _rows(connection, sql, parameters)]


def _column(name: str) -> str:
    return f"epoch_ns({NAMES[name]})" if name in NAMES else name


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    return connection.execute(sql, list(parameters)).fetchall()
