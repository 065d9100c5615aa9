"""Longer candles: the same trades, seen at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.candles import flat
from leadline.moment import Candle
from leadline.rollup import RollUp
from leadline.times import HOUR_NS, MINUTE_NS


def minute(number: int, price: float, qty: float = 1.0, partial: bool = False) -> Candle:
    return Candle(number * MINUTE_NS, price, price + 1, price - 1, price + 0.5, qty, price, 2, False, partial)


def rolled(minutes: int, candles: list[Candle]) -> list[Candle]:
    roll_up = RollUp(minutes)
    return [candle for candle in map(roll_up.update, candles) if candle is not None]


def test_five_minutes_make_one_candle_aligned_to_utc():
    candles = [minute(n, 100.0 + n, qty=float(n - 59)) for n in range(60, 65)]
    assert rolled(5, candles) == [Candle(HOUR_NS, 160.0, 165.0, 159.0, 164.5, 15.0, pytest.approx(2440 / 15), 10)]


def test_flat_minutes_add_nothing_to_a_candle_with_trades():
    quiet = [flat(n * MINUTE_NS, 50.0, False) for n in range(4)]
    assert rolled(5, [*quiet, minute(4, 100.0)]) == [Candle(0, 100.0, 101.0, 99.0, 100.5, 1.0, 100.0, 2)]
    assert rolled(5, [*quiet, flat(4 * MINUTE_NS, 50.0, False)]) == [flat(0, 50.0, False)]


@pytest.mark.parametrize("touched", range(5))
def test_one_partial_minute_makes_the_longer_candle_partial(touched):
    candles = [minute(n, 100.0, partial=n == touched) for n in range(5)]
    assert [candle.partial for candle in rolled(5, candles)] == [True]


def test_a_candle_whose_first_minutes_were_not_seen_is_partial():
    assert [c.partial for c in rolled(5, [minute(n, 100.0) for n in range(3, 15)])] == [True, False, False]


def test_minutes_that_turn_out_to_lack_trades_make_it_partial():
    roll_up = RollUp(5)
    for n in range(4):
        roll_up.update(minute(n, 100.0))
    roll_up.doubt(2 * MINUTE_NS)
    assert roll_up.update(minute(4, 100.0)).partial


@given(st.lists(st.tuples(st.integers(50, 150), st.integers(0, 3)), min_size=15, max_size=60))
def test_fifteen_minutes_are_three_times_five(rows):
    candles = [
        minute(n, float(price), float(qty)) if qty else flat(n * MINUTE_NS, float(price), False)
        for n, (price, qty) in enumerate(rows)
    ]
    fives, fifteens = rolled(5, candles), rolled(15, candles)
    for number, fifteen in enumerate(fifteens):
        parts = [five for five in fives[number * 3 : number * 3 + 3] if not five.filled]
        if not parts:
            assert fifteen.filled
            continue
        assert (fifteen.open, fifteen.close) == (parts[0].open, parts[-1].close)
        assert (fifteen.high, fifteen.low) == (max(p.high for p in parts), min(p.low for p in parts))
        assert fifteen.volume == pytest.approx(sum(p.volume for p in parts))
        assert fifteen.vwap * fifteen.volume == pytest.approx(sum(p.vwap * p.volume for p in parts))
