"""What the store says of its newest run: trades, signals, changes of trust, the account, the bias.

Asked through the views, with one thread, so that the run keeps the other cores. Times are datetimes in UTC
without a zone, as DuckDB gives them. Simulated rows never stand beside real ones.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sinks import catalog, risk_lock, row_sql
from sinks.tables import TABLES
from sinks.views import MARK_LIVES_S

Row = dict[str, Any]

# A live run that keeps its account runs for sure; else whatever was written of last.
RUN = """
SELECT run_id, mode, venue, symbols, goes_by_bias, started_at, ended_at, exit_reason, stored_at FROM runs
ORDER BY (mode = 'live' AND ended_at IS NULL AND $locked) DESC, stored_at DESC LIMIT 1
"""
OPEN = f"""
SELECT symbol, side, setup, verdict, state, entry_price, size_base, stop, target, expires_at, mark_price,
    r_multiple, signal_id, ts
FROM trade_marks WHERE run_id = $run AND account_model
    AND ts >= (SELECT max(ts) FROM trade_marks WHERE run_id = $run) - INTERVAL {MARK_LIVES_S} SECOND
    AND trade_id NOT IN (SELECT trade_id FROM paper_trades WHERE run_id = $run)
QUALIFY row_number() OVER (PARTITION BY trade_id ORDER BY ts DESC) = 1 ORDER BY ts DESC, symbol
"""
SIGNALS = """
SELECT signal_id, ts, symbol, side, setup, verdict, reasons, entry, cost_bps, confidence, calibrated,
    breakeven_win_rate, exit_reason, r_multiple
FROM signal_outcomes WHERE mode = $mode AND venue = $venue AND (mode = 'live' OR run_id = $run)
ORDER BY ts DESC, stored_at DESC LIMIT 20
"""
TICK_TO_SIGNAL = """
SELECT count(latency_ms) AS n, quantile_cont(latency_ms, 0.5) AS p50, quantile_cont(latency_ms, 0.99) AS p99
FROM signals WHERE run_id = $run
"""
HEALTH = """
SELECT symbol, channel, state, reason, ts FROM feed_health WHERE run_id = $run
QUALIFY row_number() OVER (PARTITION BY symbol, channel ORDER BY ts DESC, tape_seq DESC, stored_at DESC) = 1
"""
ACCOUNT = """
SELECT ts, equity_quote, marked_quote, day_loss, drawdown, open_risk_quote, latched, latch_reason FROM account
WHERE run_id = $run ORDER BY ts DESC, tape_seq DESC, stored_at DESC LIMIT 1
"""
BIAS = """
SELECT symbol, bias, valid_until, key_level FROM bias WHERE (venue = 'simulator') = ($venue = 'simulator')
QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY as_of DESC, stored_at DESC) = 1
"""
# What a run that is not live may have repeated of another, whose rows the views keep instead.
REPEATED = ("trade_marks", "paper_trades", "signals", "feed_health", "account", "features")
# Only asked for where no metrics answer: features are stored a minute at a time.
BOOKS = """
SELECT symbol, best_bid, best_ask, depth_imbalance, hft_score, hft_class, data_level, ts, stored_at FROM features
WHERE run_id = $run QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY ts DESC) = 1
"""


class Stored(NamedTuple):
    """What the store says; `books` is None where it was not asked for."""

    run: Row
    open_trades: Sequence[Row] = ()
    signals: Sequence[Row] = ()  # newest first
    tick_to_signal: Row | None = None  # n, p50 and p99 in ms; of a live run only
    health: Sequence[Row] = ()
    account: Row | None = None
    bias: Sequence[Row] = ()
    books: Sequence[Row] | None = None

    def newest(self) -> datetime | None:
        """Return the tape's clock at the newest row that is known here."""
        rows = (*self.open_trades, *self.signals, *self.health, *(self.books or ()))
        return max((row["ts"] for row in rows), default=None)


class Store:
    """A data folder's lake, kept open from one look to the next."""

    def __init__(self, data_dir: Path) -> None:
        """Open it; raises StoreError where there is none."""
        self._data_dir = data_dir
        self._connection = catalog.connect(data_dir)
        self._connection.execute("SET threads = 1")
        self._of: str | None = None  # the run whose own rows the views hold; None: every live row

    def look(self, books: bool) -> Stored | None:
        """Return what is there, with the features where `books` says so; None where nothing ever ran.

        Raises duckdb.Error where a file went away meanwhile: ask again.
        """
        found = self._ask(RUN, locked=risk_lock.is_held(self._data_dir))
        if not found:
            return None
        (run,) = found
        self._narrow(None if run["mode"] == "live" else run["run_id"])
        of = {"run": run["run_id"]}
        world = {"mode": run["mode"], "venue": run["venue"], **of}
        return Stored(
            run, self._ask(OPEN, **of), self._ask(SIGNALS, **world), self._ask(TICK_TO_SIGNAL, **of)[0],
            health=self._ask(HEALTH, **of), account=next(iter(self._ask(ACCOUNT, **of)), None),
            bias=self._ask(BIAS, venue=run["venue"]), books=self._ask(BOOKS, **of) if books else None,
        )  # fmt: skip

    def _narrow(self, run_id: str | None) -> None:
        """Let the views hold one run's own rows, or all again."""
        if run_id == self._of:
            return
        for name in REPEATED:
            table, data_dir = TABLES[name], self._data_dir.absolute()
            rows = row_sql.of_table(table, data_dir) if run_id is None else row_sql.of_run(table, data_dir, run_id)
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {rows}")
        self._of = run_id

    def _ask(self, sql: str, **parameters: object) -> list[Row]:
        result = self._connection.execute(sql, parameters)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()
