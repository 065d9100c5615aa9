"""The charts draw the numbers of `leadline.performance`, and no others."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.performance import equity_curve, mean_of, performance
from leadline.tally import wilson
from reports import charts, drivers, episodes
from reports.facts import Advised, Costs, Episode, Quote, Scored
from reports.ink import EXITS, GREEN
from tests.leadline.outcomes import outcome

T0 = datetime(2026, 8, 1, 12)
SIX = [
    outcome(2.0, hour=0, equity_after=102.0),
    outcome(-1.0, hour=1, equity_after=101.0, setup="vwap_reversion"),
    outcome(-1.5, hour=2, verdict="not_tradable", on_account=False, breakeven_win_rate=None),
    outcome(0.5, hour=3, verdict="not_tradable", on_account=False, breakeven_win_rate=0.8),
    outcome(3.0, hour=4, equity_after=104.0),
    outcome(0.0, hour=5, exit_reason="unfilled", on_account=False, r_multiple=None),
]


def drawn(made, name):
    return next(trace for trace in made.data if trace.name == name)


def test_the_curve_is_the_accounts_and_falls_where_it_falls():
    made = charts.equity(SIX, (datetime(1970, 1, 1), 100.0), "USD")
    curve = equity_curve(SIX, 100.0)
    assert list(made.data[0].y) == [100.0, *curve.equity] == [100.0, 102.0, 101.0, 104.0]
    assert max(made.data[1].y) == pytest.approx(100 * curve.max_drawdown)


def test_the_histogram_holds_every_entered_outcome_and_their_mean():
    made = charts.r_histogram(SIX)
    values = [r for trace in made.data for r in trace.x]
    assert sorted(values) == [-1.5, -1.0, 0.5, 2.0, 3.0]
    for trace in made.data:
        assert trace.xbins.start <= min(values) and max(values) < trace.xbins.end
    mean = performance(SIX).expectancy_r
    assert f"mean {mean.mean:+.2f} R ({mean.lower:+.2f} to {mean.upper:+.2f})" in [s.name for s in made.layout.shapes]


@pytest.mark.parametrize("won", [[True], [False], [False, True, True, False, True] * 5])
def test_the_last_point_of_the_win_rate_is_the_performance(won):
    of = [outcome(1.0 if w else -1.0, hour=n) for n, w in enumerate(won)]
    made, p = charts.win_rate(of), performance(of)
    low, high = made.data[0].y, made.data[1].y
    assert drawn(made, "win rate so far").y[-1] == 100 * p.win_rate
    assert (low[-1], high[-1]) == (100 * p.win_rate_lower, 100 * p.win_rate_upper)
    bounds = [wilson(sum(won[:n]), n) for n in range(1, len(won) + 1)]
    assert list(zip(low, high, strict=True)) == [(100 * lower, 100 * upper) for lower, upper in bounds]
    assert list(drawn(made, "win rate so far").customdata[-1][:2]) == [p.wins, p.n]
    assert drawn(made, "needed to break even").y[-1] == pytest.approx(100 * p.break_even)


def test_what_was_needed_leaves_out_what_could_not_win_and_says_how_many():
    assert charts.needed(SIX[2:4]) == [None, 80.0]
    assert list(drawn(charts.win_rate(SIX), "needed to break even (1 of 5 could not)").customdata) == [0, 0, 1, 1, 1]


def test_setups_count_every_outcome_once_by_its_reason():
    made = charts.setups(SIX)
    counts = {(trace.name, setup): n for trace in made.data for setup, n in zip(trace.y, trace.x, strict=True) if n}
    target, stop = "target (3 of 3 won)", "stop (0 of 2 won)"
    assert counts == {
        (target, "ema pullback"): 3, (stop, "ema pullback"): 1, (stop, "vwap reversion"): 1,
        ("unfilled", "ema pullback"): 1,
    }  # fmt: skip
    shown = [name for name in EXITS if name in ("target", "stop", "unfilled")]
    assert [trace.name.partition(" ")[0] for trace in made.data] == shown


def test_a_target_is_not_painted_as_a_win():
    lost = charts.setups([SIX[0]._replace(exit_reason="target", pnl_quote=-1.0)])
    (trace,) = lost.data
    assert trace.name == "target (0 of 1 won)" and trace.marker.color != GREEN


@given(st.lists(st.floats(-100, 100), max_size=120))
def test_groups_of_the_score_are_equal_ordered_and_lose_nothing(pressures):
    found = drivers.groups([Scored(pressure, True, 0.0) for pressure in pressures])
    sizes = [len(group) for group in found]
    assert max(sizes) - min(sizes) <= 1 and len(found) <= 10
    assert [one.pressure for group in found for one in group] == sorted(pressures)
    assert len(found) == 1 or min(sizes) >= 5
    assert (len(found) == 10) == (len(pressures) >= 50)


def test_a_group_is_drawn_at_its_mean_with_students_bounds():
    values = [-1.0, 2.0, 0.5, 0.0, 1.0]
    made = drivers.score([Scored(20.0 + n, r > 0, r) for n, r in enumerate(values)])
    mean = mean_of(values)
    assert made.data[0].y == (mean.mean,) and made.data[0].error_y.array == (pytest.approx(mean.upper - mean.mean),)
    assert made.data[0].x == ("+20.0 to<br>+24.0<br>n = 5",) and made.data[0].text[0].startswith("3 of 5 won")


def test_the_steps_of_the_costs_lead_from_mid_to_net():
    made = drivers.costs(Costs(3, gross_bps=5.0, slippage_bps=1.0, fees_bps=10.0, net_bps=-5.0)).data[0]
    assert made.y == (6.0, -1.0, 5.0, -10.0, -5.0)
    assert made.y[0] + made.y[1] == made.y[2] and made.y[2] + made.y[3] == made.y[4]


def test_advice_with_too_few_known_is_hollow_and_without_an_interval():
    many = Advised("stop_protection", "exit", 9, 8, 4.0, -1.0, 9.0)
    few = Advised("size_modifier", "x0.8", 3, 2, -2.0, None, None)
    sure, unsure = drivers.advice([many, few, Advised("entry_timing", "wait", 1, 0, None, None, None)]).data
    assert sure.x == (4.0,) and sure.error_x.array == (5.0,) and sure.marker.symbol == "circle"
    assert unsure.x == (-2.0,) and unsure.error_x.array is None and unsure.marker.symbol == "circle-open"
    assert unsure.y == ("size modifier: x0.8, 2 of 3 known",)


def episode(**given) -> Episode:
    values = {
        "signal_id": "s", "ts": T0, "symbol": "A/USD", "setup": "ema_pullback", "side": "sell", "verdict": "tradable",
        "entry": 100.5, "stop": 101.0, "target": 99.5, "expires_at": T0 + timedelta(minutes=15),
        "entry_ts": T0 + timedelta(seconds=1), "entry_price": 100.4, "exit_ts": T0 + timedelta(seconds=60),
        "exit_price": 99.5, "exit_reason": "target", "r_multiple": 1.25,
    }  # fmt: skip
    return Episode(**values | given)


def test_an_episode_shows_the_plan_and_the_fills():
    made = episodes.episode_chart(episode(), [Quote(T0, 100.5, 100.0, 101.0)])
    for name, level in (("entry", 100.5), ("stop", 101.0), ("target", 99.5)):
        assert drawn(made, name).y == (level, level)
    assert drawn(made, "entered").y == (100.4,) and drawn(made, "entered").marker.symbol == "triangle-down"
    assert drawn(made, "left: target").y == (99.5,)
    title = "2026-08-01 12:00:00 A/USD sell ema pullback (tradable): target, +1.25 R"
    assert episodes.episode_title(episode()) == title


def test_an_episode_that_has_not_ended_has_no_exit():
    nothing = dict.fromkeys(("exit_ts", "exit_price", "exit_reason", "r_multiple"))
    made = episodes.episode_chart(episode(**nothing), [])
    assert not [trace for trace in made.data if (trace.name or "").startswith("left")]
    assert drawn(made, "stop").x[1] == T0 + timedelta(minutes=15)
    assert episodes.episode_title(episode(**nothing)).endswith(": no outcome yet")


def test_no_line_bridges_a_time_without_a_verified_book():
    seconds = (0, 1, 2, 9, 10)
    found = list(episodes.with_gaps([Quote(T0 + timedelta(seconds=s), 1.0, 1.0, 1.0) for s in seconds]))
    assert [quote.mid for quote in found] == [1.0, 1.0, 1.0, None, 1.0, 1.0]
