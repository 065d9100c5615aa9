"""The summary of a day, UTC, out of the store: the same whether the run was restarted meanwhile or not."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from leadline.errors import StoreError
from leadline.performance import Outcome, performance
from sinks import cards, catalog, outcomes
from sinks.alerts.alert import Alert

log = logging.getLogger(__name__)

UNSEEN = "no sample of a verified book is kept of it: nothing ran, or nothing was to be trusted"


class DaySummary:
    """Writes the body of daily summaries; any other alert passes as it is. No venue: that of any tape."""

    def __init__(self, data_dir: Path, mode: str, venue: str | None) -> None:
        self._data_dir = data_dir
        self._of = [mode, venue]

    def __call__(self, alert: Alert) -> Alert:
        """Return the alert with its text."""
        if alert.rule != "daily_summary":
            return alert
        try:
            return self._written(alert)
        except (duckdb.Error, StoreError) as e:
            log.warning("alerts: no daily summary: %s", catalog.first_line(e))
            return alert._replace(body="the store cannot be read: see the output of the run")

    def _written(self, alert: Alert) -> Alert:
        day = date.fromisoformat(alert.alert_id.partition(":")[2])
        span = [datetime(day.year, day.month, day.day), datetime(day.year, day.month, day.day) + timedelta(days=1)]
        with catalog.connect(self._data_dir) as store:
            store.execute("SET threads = 1")  # beside a line that must not wait
            verdicts = _one(store, "signals", "count(*), count(*) FILTER (verdict = 'tradable')", span, self._of)
            losses = _one(store, "feed_health", "count(*) FILTER (channel = 'book' AND state = 'desync'), "
                          "count(*) FILTER (channel = 'book' AND state = 'stale')", span, self._of)  # fmt: skip
            account = _last_account(store, span, self._of)
            where = "on_account AND exit_ts >= ? AND exit_ts < ? AND mode = ? AND venue = coalesce(?, venue)"
            ended = outcomes.read(store, where, [*span, *self._of])
            (seen,) = _one(store, "features", "CAST(count(*) > 0 AS INTEGER)", span, self._of)
        lines = [
            _net(ended),
            f"signals {verdicts[0]:,}, tradable {verdicts[1]:,}",
            *account,
            f"books found wrong {losses[0]:,}, gone stale {losses[1]:,}",
            *([] if seen else [UNSEEN]),
        ]
        title = alert.title if not ended else f"{alert.title}: {sum(o.pnl_quote for o in ended):+,.2f} on paper"
        return alert._replace(title=title, body="\n".join(lines))


def _one(
    store: duckdb.DuckDBPyConnection, table: str, columns: str, span: Sequence[Any], of: Sequence[Any]
) -> tuple[int, ...]:
    sql = f"SELECT {columns} FROM {table} WHERE ts >= ? AND ts < ? AND mode = ? AND venue = coalesce(?, venue)"
    found: tuple[int, ...] = store.execute(sql, [*span, *of]).fetchall()[0]
    return found


def _last_account(store: duckdb.DuckDBPyConnection, span: Sequence[Any], of: Sequence[Any]) -> list[str]:
    rows = store.execute(
        "SELECT equity_quote, drawdown, n_open, latched FROM account "
        "WHERE ts < ? AND mode = ? AND venue = coalesce(?, venue) "
        "ORDER BY ts DESC, tape_seq DESC, stored_at DESC LIMIT 1",
        [span[1], *of],
    ).fetchall()
    if not rows:
        return []
    equity, drawdown, n_open, latched = rows[0]
    text = f"paper equity {equity:,.2f}, {100 * drawdown:.2f} % below its peak, {n_open} open"
    return [text, "KILL SWITCH latched"] if latched else [text]


def _net(ended: list[Outcome]) -> str:
    if not ended:
        return "no trade on the account ended"
    found = performance(ended)
    won = f", {found.wins} won" if found.win_rate is None else f", {found.wins} won ({cards.percent(found.win_rate)})"
    return (
        f"trades {len(ended)}{won}: net {found.net_quote:+,.2f}, gross {found.gross_quote:+,.2f}, "
        f"fees {found.fees_quote:,.2f}"
    )
