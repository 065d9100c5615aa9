"""Prices and sizes of a setup are ones that can be entered."""

from decimal import Decimal
from math import ulp

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.analysis import Bars, Now, analyse
from leadline.analysis.steps import CLOSES, Steps, lots, steps
from leadline.settings import Settings
from leadline.times import HOUR_NS
from tests.leadline.analysis.histories import bitcoin, hourly

RULES = Settings()


def closing(*closes):
    columns = np.array([closes] * 5, dtype=float)
    return Bars.of(np.arange(len(closes)), *columns)


def test_the_step_is_the_last_decimal_of_the_newest_closes():
    assert steps(closing(45281.0, 45281.5, 45282.0)).digits == 1
    assert steps(closing(2.19, 2.19723, 2.2)).digits == 5
    assert steps(closing(1e-8, 2.5e-7)).digits == 8
    assert steps(closing(45281.25, *[45281.5] * CLOSES)).digits == 1  # the finer one is long ago
    assert steps(closing(0.1 + 0.2)).digits is None
    assert steps(closing()).digits is None


distances = st.integers(-(10**9), 10**9)


@given(distances, st.integers(0, 10), st.floats(-1e6, 1e6))
def test_a_distance_on_a_step_stays_and_any_other_goes_to_its_neighbours(n, digits, odd):
    rule, on = Steps(digits), n / 10**digits
    assert (rule.down(on), rule.up(on)) == (on, on)
    low, high = rule.down(odd), rule.up(odd)
    near = 2e-4 * rule.step + 2 * ulp(odd)  # a step may be finer than what a float can tell there
    assert low <= odd + near
    assert high >= odd - near
    assert high - low <= rule.step * (1 + 1e-3) + 1e-9
    assert rule.up(-odd) == -low


@given(st.floats(0.0, 1e6))
@example(351844.61365760997)  # times 1e8 it is a whole number, rounded up
def test_a_size_is_floored_to_the_lot(size):
    assert 0.0 <= size - lots(size) <= 1e-8 + 2 * ulp(size)
    assert Decimal(repr(lots(size))).as_tuple().exponent >= -8 or lots(size) < 1e-4


@pytest.mark.parametrize("day", ["2015-03-01", "2018-12-01", "2021-04-14", "2022-06-18", "2023-01-06"])
def test_every_price_of_a_setup_of_real_history_is_on_the_step_of_its_market(recordings, day):
    hours = bitcoin(recordings)
    as_of_ns = int(np.datetime64(day, "ns").astype(np.int64))
    known = hours.close[: int(np.searchsorted(hours.open_ns, as_of_ns - HOUR_NS, side="right"))][-CLOSES:]
    digits = max(len(repr(close).split(".")[1]) for close in known.tolist())
    found = analyse(hourly(hours), Now("BTC/USD", as_of_ns), RULES)
    plans = [one.setup for one in found.profiles if one.setup is not None]
    assert plans
    for plan in plans:
        prices = [plan.entry_low, plan.entry_high, plan.entry, plan.stop, *(target.price for target in plan.targets)]
        assert [round(price, digits) for price in prices] == prices
        side, risk = (1 if plan.side == "buy" else -1), abs(plan.entry - plan.stop)
        assert all(side * (target.price - plan.entry) >= 2.0 * risk * (1 - 1e-9) for target in plan.targets)
        assert plan.size_base == round(plan.size_base, 8)
