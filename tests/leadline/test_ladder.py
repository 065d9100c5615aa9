"""The ladder before anyone trades by hand: what it counts, and what decides."""

import pytest

from leadline.ladder import GUIDE_WIN_RATE, ladder
from tests.leadline.outcomes import outcome


def states(days, outcomes):
    return [step.state for step in ladder(days, outcomes).steps]


def trades(won, lost, win=2.0, **given):
    return [outcome(win, **given)] * won + [outcome(-1.0, **given)] * lost


def test_without_a_trade_nothing_is_shown_and_the_guide_s_rate_is_still_named():
    found = ladder(0.0, [])
    assert [step.state for step in found.steps] == ["not_yet", "not_yet", "yours", "yours"]
    assert found.steps[1].says == "no trade yet; the guide asks 60 %"


@pytest.mark.parametrize(("days", "n", "state"), [(7.0, 100, "met"), (6.99, 100, "not_yet"), (30.0, 99, "not_yet")])
def test_a_week_and_a_hundred_trades_are_both_asked_for(days, n, state):
    assert states(days, trades(n, 0))[0] == state


def test_a_day_that_lacks_does_not_read_as_a_week():
    assert ladder(6.99, []).steps[0].says.startswith("6.9 of 7 days")


def test_a_lower_bound_above_break_even_is_enough_though_the_guide_s_rate_is_not_reached():
    found = ladder(8.0, trades(110, 90, breakeven_win_rate=0.40))
    assert found.performance.win_rate < GUIDE_WIN_RATE and [s.state for s in found.steps[:2]] == ["met", "met"]
    assert found.steps[1].says == (
        "55.0 % won, at least 48.1 % (95 %); break-even 40.0 %; the guide asks 60 %; +0.65 R a trade, at least +0.44 R"
    )


def test_the_guide_s_rate_is_not_enough_where_the_costs_need_more():
    assert states(8.0, trades(130, 70, breakeven_win_rate=0.60))[1] == "not_yet"


def test_a_win_rate_above_break_even_is_not_enough_where_the_mean_may_be_a_loss():
    assert states(8.0, trades(60, 40, win=0.1, breakeven_win_rate=0.40))[1] == "not_yet"


def test_signals_that_cannot_win_prove_nothing():
    assert states(8.0, trades(100, 0, breakeven_win_rate=None))[1] == "not_yet"


def test_those_that_cannot_win_count_as_needing_every_trade():
    found = ladder(8.0, trades(55, 45, breakeven_win_rate=0.30) + trades(55, 45, breakeven_win_rate=None))
    assert found.steps[1].state == "not_yet"
    assert "break-even 65.0 %, 100 of 200 could not break even" in found.steps[1].says


def test_the_last_steps_are_a_person_s_and_come_after_the_others():
    early, late = ladder(0.0, []), ladder(8.0, trades(110, 90, breakeven_win_rate=0.40))
    assert all("not before the steps above" in step.says for step in early.steps[2:])
    assert all("not before" not in step.says for step in late.steps[2:])
    assert {step.state for step in late.steps[2:]} == {"yours"}
