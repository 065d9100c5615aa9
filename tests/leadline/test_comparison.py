"""Two variants on one tape: pairs, what stands alone, and words that claim no more than the interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.comparison import FEWEST_PAIRS, compared, difference, doubts, verdict
from leadline.performance import Mean, mean_of
from tests.leadline.outcomes import outcome


def key(n):
    return ("A/USD", "ema_pullback", "buy", n)


def outcomes(results, **given):
    """Return outcomes by the time their candidates armed."""
    return {key(n): outcome(pnl, **given) for n, pnl in results.items()}


def test_only_what_both_entered_is_a_pair():
    base = outcomes({1: 1.0, 2: -1.0, 3: 2.0}) | outcomes({4: 0.0}, exit_reason="unfilled")
    variant = outcomes({1: 1.5, 2: -1.0, 4: 1.0, 5: -3.0})
    found = difference(base, variant)
    assert (found.n_paired, found.r.mean, found.net_bps.mean) == (2, 0.25, 2.5)
    assert (found.base_alone.n, found.base_alone.mean) == (1, 2.0)
    assert (found.variant_alone.n, found.variant_alone.mean) == (2, -1.0)


def test_the_same_setup_on_another_side_or_symbol_is_no_pair():
    base = {("A/USD", "ema_pullback", "buy", 1): outcome(1.0)}
    others = {("A/USD", "ema_pullback", "sell", 1): outcome(1.0), ("B/USD", "ema_pullback", "buy", 1): outcome(1.0)}
    assert difference(base, others).n_paired == 0


@given(st.dictionaries(st.integers(0, 30), st.floats(-2, 2)), st.dictionaries(st.integers(0, 30), st.floats(-2, 2)))
def test_the_difference_the_other_way_round_is_its_negative(first, second):
    there, back = (difference(*map(outcomes, two)) for two in ((first, second), (second, first)))
    assert (there.n_paired, there.base_alone, there.variant_alone) == (
        back.n_paired, back.variant_alone, back.base_alone,
    )  # fmt: skip
    if there.n_paired > 1:
        assert there.r.mean == pytest.approx(-back.r.mean, abs=1e-12)
        assert there.r.lower == pytest.approx(-back.r.upper, abs=1e-9)


def test_pairing_finds_what_two_means_apart_would_miss():
    noise = {n: 3.0 * (-1) ** n for n in range(40)}
    base, variant = outcomes(noise), outcomes({n: pnl + 0.1 + 0.01 * (n % 3) for n, pnl in noise.items()})
    first, second = compared([("a", 40, base), ("b", 40, variant)])
    assert first.difference is None
    assert first.performance.expectancy_r.upper > second.performance.expectancy_r.lower
    assert verdict(second.difference.r) == "better by 0.11 R (0.11 to 0.11)"


def test_words_claim_nothing_that_the_interval_does_not():
    assert verdict(Mean(30, 0.12, 0.03, 0.21)) == "better by 0.12 R (0.03 to 0.21)"
    assert verdict(Mean(30, -12.04, -14.06, -10.0), "bps", 1) == "worse by 12.0 bps (10.0 to 14.1)"
    assert verdict(Mean(30, 0.12, -0.01, 0.25)) == "no difference shown (-0.01 to +0.25 R)"
    assert verdict(Mean(30, 0.12, 0.0, 0.24)) == "no difference shown (+0.00 to +0.24 R)"
    assert verdict(mean_of([0.0] * 30)) == "the same in every pair"
    assert verdict(mean_of([])) == "no signal in common"


@pytest.mark.parametrize("n", [1, 2, FEWEST_PAIRS - 1])
def test_few_pairs_show_nothing_however_much_they_agree(n):
    assert verdict(mean_of([5.0] * n)) == f"too few pairs to tell ({n} of {FEWEST_PAIRS})"


def test_doubts_name_what_limits_the_numbers():
    base, same, fewer = outcomes({1: 1.0, 2: 1.0}), outcomes({1: 1.0, 2: 1.0}), outcomes({1: 1.0})
    plain = doubts(compared([("a", 2, base), ("b", 2, same)]), simulated=False)
    assert not any("alone" in line or "simulated" in line or "chance" in line for line in plain)
    many = " ".join(doubts(compared([("a", 2, base), ("b", 2, same), ("c", 1, fewer)]), simulated=True))
    assert all(word in many for word in ("stands alone", "2 comparisons", "chance", "simulated"))
