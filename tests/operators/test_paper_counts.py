"""Counts of the paper stage: what the metrics are told of symbols and setups, and when."""

import pytest

from leadline.risk import Account, Position
from operators.paper_counts import PaperCounts

ACCOUNT = Account.fresh(10_000.0)


def ended(counts, pnl, setup="ema_pullback", verdict="tradable", reason="target", needed=0.5, own=True):
    row = {"symbol": "BTC/USD", "exit_reason": reason, "r_multiple": pnl, "verdict": verdict, "setup": setup,
           "pnl_quote": pnl, "breakeven_win_rate": needed, "account_model": own}  # fmt: skip
    counts.trade(row)


def told(counts):
    return counts.telemetry(ACCOUNT)["paper"]


def test_results_are_told_by_setup_and_verdict_as_they_come_and_their_worth_as_it_stands():
    counts = PaperCounts()
    ended(counts, 3.0)
    ended(counts, -1.0, needed=None)
    ended(counts, -2.0, setup="vwap_reversion", verdict="not_tradable")
    first = told(counts)
    assert first["setup_results"] == {
        ("ema_pullback", "tradable", "won"): 1, ("ema_pullback", "tradable", "lost"): 1,
        ("vwap_reversion", "not_tradable", "lost"): 1}  # fmt: skip
    found = first["setups"]["ema_pullback", "tradable"]
    assert (found["win_rate"], found["expectancy_r"], found["profit_factor"], found["payoff_ratio"]) == (0.5, 1, 3, 3)
    assert (found["break_even"], found["impossible"]) == (0.5, 1)
    assert found["win_rate_lower"] == pytest.approx(0.0945, abs=1e-4)
    assert "payoff_ratio" not in first["setups"]["vwap_reversion", "not_tradable"]  # nothing was won
    assert first["impossible"] == {("BTC/USD", "tradable"): 1, ("BTC/USD", "not_tradable"): 0}
    ended(counts, -2.0)
    second = told(counts)
    assert second["setup_results"] == {("ema_pullback", "tradable", "lost"): 1}
    assert list(second["setups"]) == [("ema_pullback", "tradable")]
    assert second["setups"]["ema_pullback", "tradable"]["profit_factor"] == 1.0
    assert (told(counts)["setup_results"], told(counts)["setups"]) == ({}, {})


def test_what_has_no_outcome_or_is_of_another_fill_model_is_no_result():
    counts = PaperCounts()
    ended(counts, 0.0, reason="unfilled")
    ended(counts, 5.0, own=False)
    assert (told(counts)["setup_results"], counts.by_setup) == ({}, {})


def test_how_trades_ended_and_their_results_are_told_by_verdict():
    counts = PaperCounts()
    ended(counts, 1.5, verdict="filtered")
    ended(counts, -1.0)
    ended(counts, 0.0, reason="unfilled")
    found = told(counts)
    assert found["trades"] == {
        ("BTC/USD", "target", "filtered"): 1, ("BTC/USD", "target", "tradable"): 1,
        ("BTC/USD", "unfilled", "tradable"): 1}  # fmt: skip
    assert found["r_multiples"] == {("BTC/USD", "filtered"): [1.5], ("BTC/USD", "tradable"): [-1.0]}
    assert (told(counts)["trades"], told(counts)["r_multiples"]) == ({}, {})


def test_open_trades_are_told_by_symbol_and_a_symbol_that_has_none_any_more_says_zero():
    counts, account = PaperCounts(), Account.fresh(10_000.0)
    account.positions = {"1": Position("BTC/USD", 33.0, 900.0), "2": Position("BTC/USD", 33.0, 900.0)}
    assert counts.telemetry(account)["paper"]["symbol_trades"] == {"BTC/USD": 2}
    account.positions = {"3": Position("ETH/USD", 33.0, 900.0)}
    assert counts.telemetry(account)["paper"]["symbol_trades"] == {"BTC/USD": 0, "ETH/USD": 1}
