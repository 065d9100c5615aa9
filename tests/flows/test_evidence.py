"""Evidence: where order flow predicts nothing no edge is claimed, where it does the win rate rises.

Two simulated markets, the same but for their predictability (0 and the default 0.5), and thousands of
paper trades at the fees of kraken_futures.
"""

import re
from datetime import datetime
from math import fsum

import pytest

from leadline.performance import evidence, mean_of, performance
from reports.facts import Facts
from reports.performance import performance_page
from reports.scope import Run
from tests.flows.evidence import SYMBOLS, in_processes, markets

HOURS, SEED = 20.5, 7
UNBROKEN = re.compile('<span class="whole">([^<]*)</span>')  # what is not to be broken across lines


@pytest.fixture(scope="module")
def played():
    """Return the trades without and with predictive flow."""
    return in_processes([*markets(0.0, HOURS, [SEED]), *markets(0.5, HOURS, [SEED])])


def of(trades):
    return performance(trade.outcome for trade in trades)


def shown(trades) -> str:
    """Return the performance page of a run that made these trades."""
    began = datetime(2026, 8, 1)
    run = Run("run", "simulator", "simulator", "tape", list(SYMBOLS), "0", "hash", began, began, "end_of_tape")
    outcomes = [trade.outcome for trade in trades]
    facts = Facts(run, [run], outcomes, len(outcomes), 0, 0, None, [], None, [], [], [run])
    return performance_page(facts, began)


def test_thousands_of_trades_were_made(played):
    without, with_flow = map(len, played)
    assert without > 900
    assert with_flow > 900
    assert without + with_flow > 2000


def test_without_predictive_flow_nothing_is_earned_before_costs(played):
    before_costs = mean_of([trade.mid_bps for trade in played[0]])
    assert before_costs.lower <= 0.0 <= before_costs.upper
    assert before_costs.upper - before_costs.lower < 5.0  # bps: it would have been seen


def test_without_predictive_flow_the_expectancy_is_minus_costs_and_no_edge_is_claimed(played):
    found = of(played[0])
    minus_costs = -fsum(trade.cost_r for trade in played[0]) / len(played[0])
    assert found.expectancy_r.lower <= minus_costs <= found.expectancy_r.upper < 0.0
    assert found.win_rate_upper < found.break_even
    assert "it loses after costs" in evidence(found, simulated=True)


def test_with_predictive_flow_the_win_rate_rises_and_the_report_shows_it(played):
    without, with_flow = map(of, played)
    assert with_flow.win_rate_lower > without.win_rate_upper + 0.10
    assert with_flow.expectancy_r.lower > without.expectancy_r.upper
    pages = [UNBROKEN.sub(r"\1", shown(trades)) for trades in played]
    for trades, page in zip(played, pages, strict=True):
        wins, n = sum(trade.outcome.pnl_quote > 0 for trade in trades), len(trades)
        mean_r = fsum(trade.outcome.r_multiple for trade in trades) / n
        assert f"{wins} of {n} won" in page  # the sentence on top
        assert f"<td>{wins:,} of {n:,}</td><td>{100 * wins / n:.0f} % (" in page  # and the table
        assert f"<td>{mean_r:+.2f} (" in page
        assert "SIMULATED MARKET: nothing here says anything about a real one" in page
    assert "it loses after costs" in pages[0]
    assert ("above zero in this sample" in pages[1]) == (with_flow.expectancy_r.lower > 0.0)  # costs may eat it all
