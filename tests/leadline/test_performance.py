"""Performance: docs/signals.md section 6 and the glossary's definitions."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.performance import by, equity_curve, evidence, mean_of, performance, student95
from leadline.tally import Tally, wilson
from leadline.times import HOUR_NS
from tests.leadline.outcomes import outcome


def test_wins_losses_and_what_they_are_worth():
    """Two wins of 3 and 1, two losses of 2 and 0 (a trade that earns nothing is no win)."""
    found = performance([outcome(3.0), outcome(-2.0), outcome(1.0), outcome(0.0)])
    assert (found.n, found.wins, found.win_rate) == (4, 2, 0.5)
    assert (found.win_rate_lower, found.win_rate_upper) == wilson(2, 4)
    assert (found.profit_factor, found.payoff_ratio) == (2.0, 2.0 / 1.0)
    assert (found.gross_quote, found.fees_quote, found.net_quote) == (3.0, 1.0, 2.0)
    assert found.expectancy_r.mean == 0.5
    assert (found.mae_r, found.mfe_r, found.break_even, found.seconds_held) == pytest.approx((-0.5, 1.0, 0.5, 60.0))


@pytest.mark.parametrize("reason", ["unfilled", "end_of_tape", "abandoned"])
def test_what_was_not_played_to_its_end_is_no_outcome(reason):
    assert performance([outcome(-5.0, exit_reason=reason)]) == performance([])


def test_what_could_not_break_even_is_told_beside_what_the_others_needed():
    of = [outcome(-1.0, breakeven_win_rate=None)] * 19 + [outcome(1.0, breakeven_win_rate=0.35)]
    found = performance(of)
    assert (found.break_even, found.impossible, found.needed) == pytest.approx((0.35, 19, (19 + 0.35) / 20))
    assert "needed 35 %, 19 of 20 could not break even" in evidence(found, simulated=False)
    assert "could not" not in evidence(performance(of[-1:]), simulated=False)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.none() | st.integers(-3, 3), st.none() | st.sampled_from([0.25, 0.5])))
)
def test_a_tally_comes_to_what_all_at_once_come_to(played):
    tally, of = Tally(), []
    for pnl, r, needed in played:
        tally.add(float(pnl), r, needed)
        of.append(outcome(float(pnl), r_multiple=r, breakeven_win_rate=needed))
    found = performance(of)
    assert (tally.n, tally.wins, tally.impossible) == (found.n, found.wins, found.impossible)
    assert (tally.win_rate, tally.break_even, tally.win_rate_lower) == (
        found.win_rate, found.break_even, found.win_rate_lower)  # fmt: skip
    assert tally.expectancy_r == found.expectancy_r.mean
    assert (tally.profit_factor, tally.payoff_ratio) == (found.profit_factor, found.payoff_ratio)


def test_nothing_is_none_and_never_nan():
    found = performance([])
    assert (found.win_rate, found.break_even, found.profit_factor, found.payoff_ratio) == (None,) * 4
    assert (found.impossible, found.needed) == (0, None)
    assert found.expectancy_r == (0, None, None, None)
    assert performance([outcome(1.0)]).profit_factor is None  # nothing was lost
    assert performance([outcome(1.0), outcome(-5e-324), outcome(0.0)]).payoff_ratio > 1  # half of that loss is zero


def test_signals_a_day_are_over_the_time_between():
    assert performance([outcome(hour=h) for h in range(13)]).signals_a_day == pytest.approx(13 * 24 / 12, rel=2e-3)


@pytest.mark.parametrize(
    ("df", "point"),
    [
        (1, 12.7062),
        (5, 2.5706),
        (11, 2.2010),
        (12, 2.1788),
        (20, 2.0860),
        (60, 2.0003),
        (120, 1.9799),
        (10**6, 1.95996),
    ],
)
def test_student_s_points_are_those_of_the_table(df, point):
    assert student95(df) == pytest.approx(point, abs=2e-4)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=40))
def test_a_mean_lies_within_its_bounds_and_mirrors(values):
    n, mean, lower, upper = mean_of(values)
    assert lower <= mean <= upper
    assert mean_of([-v for v in values]) == pytest.approx((n, -mean, -upper, -lower), abs=1e-9)
    variance = sum((v - sum(values) / n) ** 2 for v in values) / (n - 1)
    assert upper - mean == pytest.approx(student95(n - 1) * sqrt(variance / n), abs=1e-6)


def test_groups_are_whole_and_in_order():
    of = [outcome(1.0, symbol="B"), outcome(-1.0, symbol="A", hour=25.5), outcome(2.0, symbol="B")]
    assert {name: p.n for name, p in by(of, lambda o: o.symbol).items()} == {"A": 1, "B": 2}
    assert list(by(of, lambda o: o.hour)) == [0, 1]


@given(st.lists(st.tuples(st.sampled_from(("buy", "sell")), st.floats(-5, 5), st.integers(0, 40)), max_size=20))
def test_long_and_short_are_labels_alone(trades):
    """A market turned upside down: each outcome is the same on the other side."""
    of = [outcome(pnl, side=side, hour=hour) for side, pnl, hour in trades]
    other = [o._replace(side="sell" if o.side == "buy" else "buy") for o in of]
    assert performance(of) == performance(other)
    ours, theirs = by(of, lambda o: o.side), by(other, lambda o: o.side)
    assert (ours.get("buy"), ours.get("sell")) == (theirs.get("sell"), theirs.get("buy"))


def test_the_curve_is_the_accounts_alone_with_its_deepest_and_longest_fall():
    equities = [10_100.0, 9_898.0, 10_050.0, 10_200.0, 10_190.0]
    of = [outcome(hour=h, equity_after=e, held_s=0) for h, e in enumerate(equities)]
    of.append(outcome(hour=2.5, on_account=False, equity_after=None))
    curve = equity_curve(of, 10_000.0)
    assert curve.equity == equities
    assert curve.max_drawdown == pytest.approx(202 / 10_100)
    assert curve.drawdown_ns == 2 * HOUR_NS


@pytest.mark.parametrize(
    ("of", "says"),
    [([], "nothing is shown"), ([outcome(-1.0)], "too few"),
     ([outcome(1.0), outcome(-1.0)] * 5, "no edge shown"), ([outcome(-1.0), outcome(-1.1)] * 5, "loses after costs"),
     ([outcome(1.0), outcome(1.1)] * 5, "above zero in this sample"),
     ([outcome(-1.0, breakeven_win_rate=None)] * 2, "no win rate breaks even")],
    ids=["none", "one", "even", "loss", "profit", "impossible"],
)  # fmt: skip
def test_the_sentence_claims_no_more_than_the_numbers_show(of, says):
    assert says in evidence(performance(of), simulated=False)
    if of:
        assert "says nothing about a real one" in evidence(performance(of), simulated=True)
