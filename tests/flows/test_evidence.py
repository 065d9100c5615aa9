"""Evidence: where order flow predicts nothing no edge is claimed, where it does the win rate rises.

Two simulated markets, the same but for their predictability (0 and the default 0.5), and thousands of
paper trades at the fees of kraken_futures.
"""

from math import fsum

import pytest

from leadline.performance import evidence, mean_of, performance
from tests.flows.evidence import in_processes, markets

HOURS, SEED = 20.5, 7


@pytest.fixture(scope="module")
def played():
    """Return the trades without and with predictive flow."""
    return in_processes([*markets(0.0, HOURS, [SEED]), *markets(0.5, HOURS, [SEED])])


def of(trades):
    return performance(trade.outcome for trade in trades)


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
    said = evidence(with_flow, simulated=True)
    assert f"{with_flow.wins} of {with_flow.n} won" in said
    assert ("above zero in this sample" in said) == (with_flow.expectancy_r.lower > 0.0)  # costs may eat it all
    assert "says nothing about a real one" in said
