"""Prices and sizes as whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.instrument import Instrument, exact_units, precision_of_text

BTC = Instrument("BTC/USD", 1, 8)


def test_units_become_prices_and_sizes():
    assert (BTC.price_scale, BTC.qty_scale) == (10, 100_000_000)
    assert (BTC.price(452852), BTC.qty(100_000)) == (45285.2, 0.001)


@pytest.mark.parametrize(
    ("text", "precision", "units"),
    [("45281.0", 1, 452810), ("0.00000001", 8, 1), ("1e-08", 8, 1), ("90071992547.40993001", 8, 9007199254740993001),
     ("0", 8, 0), ("-1.5", 1, -15)],
)  # fmt: skip
def test_a_text_becomes_its_units_exactly(text, precision, units):
    assert exact_units(text, precision) == units


@given(st.integers(0, 10**40), st.integers(0, 10))
def test_units_survive_their_text(units, precision):
    text = f"{units // 10**precision}.{units % 10**precision:0{precision}d}" if precision else str(units)
    assert exact_units(text, precision) == units
    assert precision_of_text(text) == precision


@pytest.mark.parametrize(("text", "digits"), [("1E+3", 0), ("0.10", 2), ("1e-08", 8), ("100", 0), ("NaN", 0)])
def test_the_precision_of_a_text_is_the_digits_behind_its_point(text, digits):
    assert precision_of_text(text) == digits
