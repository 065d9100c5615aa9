"""Derived views: questions that people ask often, over the views of the tables.

Win rates are over every signal that was entered and ended by itself, in the account's fill model,
and never without their count; bounds are 95 %. Configurations are kept apart: one market played under
two of them is two samples of the same hours, which may not be added up.
"""

from typing import NamedTuple


class View(NamedTuple):
    """A view: its name, what one row is, and its query over the tables' views."""

    name: str
    about: str
    sql: str
    columns: dict[str, str]  # what its own columns mean; those of a table mean what they mean there
    by_run: tuple[str, ...] = ()  # tables of which it takes each run's rows, also where a run repeats another's


ENTERED = "exit_reason NOT IN ('unfilled', 'end_of_tape', 'abandoned')"
# The marks of an open trade come each five seconds of the tape: an older one is of a trade that is over.
MARK_LIVES_S = 12
_Z = 1.959963984540054
_WILSON = f"(wins + {_Z} ^ 2 / 2 {{sign}} {_Z} * sqrt(wins * (n - wins) / n + {_Z} ^ 2 / 4)) / (n + {_Z} ^ 2)"
# Student's t by Abramowitz and Stegun 26.7.5, as leadline.performance has it: within 1 % from df = 3 on
_STUDENT = f"({_Z} + 2.37227 / df + 2.82250 / df ^ 2 + 2.55585 / df ^ 3)"

VIEWS = (
    View(
        "open_trades", "one paper trade open in the newest run of its mode: what it would come to if it left now", f"""
SELECT mark.* FROM trade_marks mark
JOIN (
    SELECT run_id, ended_at FROM runs
    QUALIFY row_number() OVER (PARTITION BY mode, venue ORDER BY stored_at DESC) = 1
) run ON run.run_id = mark.run_id AND run.ended_at IS NULL
ANTI JOIN paper_trades ended ON ended.trade_id = mark.trade_id AND ended.run_id = mark.run_id
QUALIFY mark.ts >= max(mark.ts) OVER (PARTITION BY mark.run_id) - INTERVAL {MARK_LIVES_S} SECOND
    AND row_number() OVER (PARTITION BY mark.run_id, mark.trade_id ORDER BY mark.ts DESC) = 1
""", {}, ("trade_marks", "paper_trades")),
    View(
        "signal_outcomes", "one signal and what became of it in the account's fill model; NULL while it is open", """
SELECT signal.*, trade.* EXCLUDE (signal_id, account_model, ts, armed_at, symbol, setup, side, verdict, strength,
    confidence, breakeven_win_rate, hft_score, risk_quote, size_base, deep_fill, tape_seq, config_hash, run_id, mode,
    venue, tape_id, stored_at)
FROM signals signal LEFT JOIN paper_trades trade ON trade.signal_id = signal.signal_id AND trade.account_model
""", {}),
    View(
        "advice_value", "what a kind of advice saved in a configuration, on average, with its 95 % interval", f"""
SELECT mode, config_hash, kind, action, reason, n, n_known, mean_saved_bps,
    mean_saved_bps - {_STUDENT} * error AS lower_bps, mean_saved_bps + {_STUDENT} * error AS upper_bps, total_saved_bps
FROM (
    SELECT mode, config_hash, kind, action, reason, count(*) AS n, count(saved_bps) AS n_known,
        avg(saved_bps) AS mean_saved_bps, sum(saved_bps) AS total_saved_bps,
        CASE WHEN n_known > 3 THEN n_known - 1 END AS df,
        stddev_samp(saved_bps) / sqrt(n_known) AS error
    FROM advice GROUP BY mode, config_hash, kind, action, reason
) ORDER BY mode, config_hash, kind, action, reason NULLS FIRST
""", {
    "n": "pieces of advice", "n_known": "of them with both roads known", "mean_saved_bps": "mean of saved_bps",
    "lower_bps": "its 95 % bounds; NULL below four known", "upper_bps": "the upper one",
    "total_saved_bps": "sum of saved_bps",
}),
    View(
        "win_rates", "entered signals by configuration, symbol, setup and verdict: how many won, its worth", f"""
SELECT mode, config_hash, symbol, setup, verdict, n, wins, wins / n AS win_rate,
    {_WILSON.format(sign="-")} AS win_rate_lower, {_WILSON.format(sign="+")} AS win_rate_upper,
    break_even, n_impossible, expectancy_r, net_quote
FROM (
    SELECT mode, config_hash, symbol, setup, verdict, count(*) AS n, count(*) FILTER (pnl_quote > 0) AS wins,
        avg(breakeven_win_rate) AS break_even, count(*) FILTER (breakeven_win_rate IS NULL) AS n_impossible,
        avg(r_multiple) AS expectancy_r, sum(pnl_quote) AS net_quote
    FROM paper_trades WHERE account_model AND {ENTERED}
    GROUP BY mode, config_hash, symbol, setup, verdict
) ORDER BY mode, config_hash, symbol, setup, verdict
""", {
    "n": "entered signals that have ended", "wins": "of them with a profit after fees", "win_rate": "wins over n",
    "win_rate_lower": "its Wilson bounds, 95 %", "win_rate_upper": "the upper one",
    "break_even": "mean win rate needed by those that could break even",
    "n_impossible": "of n, those that could not: their costs left no win rate that does",
    "expectancy_r": "mean result after fees, in R", "net_quote": "sum of results after fees",
}),
)  # fmt: skip
