"""Facts: what the performance page shows, read from the store at one time.

Everything is in the account's fill model. `_bps` is of the entry notional, times are UTC.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb

from leadline.performance import Outcome
from reports import scope
from reports.scope import Run
from sinks import outcomes
from sinks.views import ENTERED

CENT = 0.01  # of quote currency
BEFORE = timedelta(minutes=2)  # of the market before a signal, in its price chart


class Scored(NamedTuple):
    """An entered signal by the score behind it; pressure is in the signal's own direction, -100 to 100."""

    pressure: float
    won: bool
    r_multiple: float | None


class Costs(NamedTuple):
    """What entered signals earned and paid, in bps of all they bought or sold at entry."""

    n: int
    gross_bps: float
    slippage_bps: float  # inside gross already: it was paid in the price
    fees_bps: float
    net_bps: float


class Advised(NamedTuple):
    """What one kind of advice saved, as the view `advice_value` has it."""

    kind: str
    action: str
    n: int
    n_known: int
    mean_saved_bps: float | None
    lower_bps: float | None
    upper_bps: float | None
    reason: str | None = None  # why the bias keeps it out


class Quote(NamedTuple):
    """The touch at one time."""

    ts: datetime
    mid: float | None
    best_bid: float | None
    best_ask: float | None


class Episode(NamedTuple):
    """One signal, and what became of it as far as it is known."""

    signal_id: str
    ts: datetime
    symbol: str
    setup: str
    side: str
    verdict: str
    entry: float
    stop: float
    target: float
    expires_at: datetime
    entry_ts: datetime | None
    entry_price: float | None
    exit_ts: datetime | None
    exit_price: float | None
    exit_reason: str | None
    r_multiple: float | None
    tape_id: str | None = None

    @property
    def until(self) -> datetime:
        """The end of its chart."""
        return self.exit_ts or self.expires_at


class Facts(NamedTuple):
    """All of a page; `run` is None where the store has none, and stands for all of `runs` where they are several."""

    run: Run | None
    known: list[Run]
    outcomes: list[Outcome]
    n_signals: int
    n_outage: int  # entered outcomes whose book was lost while they lived
    n_deep: int  # and those with a fill below the levels that the checksum vouches for
    start: tuple[datetime, float] | None  # of the account; None where the runs did not go on with one
    scored: list[Scored]
    costs: Costs | None
    advised: list[Advised]
    episodes: list[tuple[Episode, list[Quote]]]  # the newest first
    runs: list[Run]  # what it is of, the newest first


def read(
    data_dir: Path, mode: str | None = None, run_id: str | None = None, config: str | None = None, n_episodes: int = 6
) -> Facts:
    """Return the facts of the run that was asked for, or of all runs of a configuration; see `scope` for the choice."""
    known = scope.runs(data_dir)
    if config is not None:
        runs = scope.of_configuration(known, config, mode)
    else:
        runs = [run for run in [scope.chosen(known, mode, run_id)] if run is not None]
    if not runs:
        return Facts(None, known, [], 0, 0, 0, None, [], None, [], [], [])
    with scope.connect(data_dir, runs) as store:
        return Facts(
            run=runs[0] if len(runs) == 1 else scope.joined(runs),
            known=known,
            outcomes=outcomes.read(store),
            n_signals=store.execute("SELECT count(*) FROM signals").fetchall()[0][0],
            **_doubts(store),
            start=_start(store),
            scored=_scored(store),
            costs=_costs(store),
            advised=_advised(store),
            episodes=[(episode, _quotes(store, episode)) for episode in _episodes(store, n_episodes)],
            runs=runs,
        )


_OWN = f"FROM paper_trades WHERE account_model AND {ENTERED}"


def _doubts(store: duckdb.DuckDBPyConnection) -> dict[str, int]:
    sql = f"SELECT count(*) FILTER (outage), count(*) FILTER (deep_fill) {_OWN}"
    return dict(zip(("n_outage", "n_deep"), store.execute(sql).fetchall()[0], strict=True))


def _start(store: duckdb.DuckDBPyConnection) -> tuple[datetime, float] | None:
    """Return when the account began and with what; None where a tape did not go on with what the one before left."""
    sql = """
SELECT min(ts) FILTER (event = 'start') AS began, arg_min(equity_quote, (ts, tape_seq)), max(ts),
    arg_max(equity_quote, (ts, tape_seq))
FROM account GROUP BY tape_id HAVING began IS NOT NULL ORDER BY began, max(ts)
"""
    tapes = store.execute(sql).fetchall()
    for (_, _, ended, left), (began, found, _, _) in pairwise(tapes):
        if began < ended or abs(found - left) >= CENT:
            return None
    return tapes[0][:2] if tapes else None


def _scored(store: duckdb.DuckDBPyConnection) -> list[Scored]:
    sql = f"""
SELECT CASE side WHEN 'buy' THEN hft_score ELSE -hft_score END AS pressure, pnl_quote > 0, r_multiple
{_OWN} AND hft_score IS NOT NULL ORDER BY pressure, trade_id
"""
    return [Scored(*row) for row in store.execute(sql).fetchall()]


def _costs(store: duckdb.DuckDBPyConnection) -> Costs | None:
    sql = f"""
WITH trade AS (SELECT *, size_base * entry_price AS notional {_OWN})
SELECT count(*), 1e4 * sum(gross_quote) / sum(notional), sum(slippage_bps * notional) / sum(notional),
    1e4 * sum(fees_quote) / sum(notional), 1e4 * sum(pnl_quote) / sum(notional)
FROM trade WHERE notional > 0 AND slippage_bps IS NOT NULL
"""
    costs = Costs(*store.execute(sql).fetchall()[0])
    return costs if costs.n else None


def _advised(store: duckdb.DuckDBPyConnection) -> list[Advised]:
    sql = f"SELECT {', '.join(Advised._fields)} FROM advice_value ORDER BY kind, action, reason NULLS FIRST"
    return [Advised(*row) for row in store.execute(sql).fetchall()]


def _episodes(store: duckdb.DuckDBPyConnection, n: int) -> list[Episode]:
    of_trade = ("entry_ts", "entry_price", "exit_ts", "exit_price", "exit_reason", "r_multiple")
    columns = ", ".join(f"{'trade' if name in of_trade else 'signal'}.{name}" for name in Episode._fields)
    sql = f"""
SELECT {columns} FROM signals signal
LEFT JOIN paper_trades trade ON trade.signal_id = signal.signal_id AND trade.account_model
ORDER BY signal.ts DESC, signal.signal_id LIMIT {n}
"""
    return [Episode(*row) for row in store.execute(sql).fetchall()]


def _quotes(store: duckdb.DuckDBPyConnection, episode: Episode) -> list[Quote]:
    """Return the market of the signal's own tape, each sample once: simulated worlds have the same times."""
    sql = f"""
SELECT DISTINCT {", ".join(Quote._fields)} FROM features
WHERE symbol = ? AND ts BETWEEN ? AND ? AND tape_id IS NOT DISTINCT FROM ? ORDER BY ts
"""
    found = store.execute(sql, [episode.symbol, episode.ts - BEFORE, episode.until, episode.tape_id])
    return [Quote(*row) for row in found.fetchall()]
