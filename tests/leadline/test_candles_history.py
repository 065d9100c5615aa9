"""How a history joins our own candles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.candle_history import merged, parse_row
from leadline.candles import flat
from leadline.moment import Candle
from leadline.times import MINUTE_NS


def row(minute: int, price: float = 10.0, volume: float = 1.0) -> list[float]:
    return [minute * 60, price, price, price, price, price if volume else 0.0, volume, 1 if volume else 0]


def ours(minute: int, price: float = 20.0, partial: bool = False) -> Candle:
    return Candle(minute * MINUTE_NS, price, price, price, price, 1.0, price, 1, False, partial)


def closes(candles: list[Candle]) -> list[float]:
    return [candle.close for candle in candles]


def test_a_history_fills_in_the_past():
    candles, given_minutes = merged([ours(3)], [row(0), row(1), row(2)], 4 * MINUTE_NS)
    assert closes(candles) == [10.0, 10.0, 10.0, 20.0]
    assert given_minutes == {0, MINUTE_NS, 2 * MINUTE_NS}


def test_it_replaces_a_partial_candle_and_never_a_complete_one():
    candles, given_minutes = merged([ours(0), ours(1, partial=True)], [row(0), row(1)], 2 * MINUTE_NS)
    assert closes(candles) == [20.0, 10.0]
    assert not candles[1].partial
    assert given_minutes == {MINUTE_NS}


def test_a_minute_that_we_have_not_closed_is_not_history_yet():
    candles, given_minutes = merged([], [row(0), row(1), row(2)], 2 * MINUTE_NS)
    assert closes(candles) == [10.0, 10.0]
    assert 2 * MINUTE_NS not in given_minutes


def test_minutes_between_the_history_and_ours_are_flat_and_partial():
    candles, _ = merged([ours(3)], [row(0)], 5 * MINUTE_NS)
    assert candles[1:3] == [flat(n * MINUTE_NS, 10.0, partial=True) for n in (1, 2)]
    assert candles[4] == flat(4 * MINUTE_NS, 20.0, partial=True)


def test_a_minute_that_a_history_leaves_out_had_no_trades():
    candles, _ = merged([], [row(0), row(2)], 3 * MINUTE_NS)
    assert candles[1] == flat(MINUTE_NS, 10.0, partial=False)


def test_krakens_empty_minute_is_a_filled_candle_without_a_vwap_of_zero():
    assert parse_row(row(7, 105_899.4, volume=0.0)) == flat(7 * MINUTE_NS, 105_899.4, partial=False)


@pytest.mark.parametrize(
    "damaged",
    [None, [], [60, 1.0], [61, *row(1)[1:]], [60, "1", *row(1)[2:]], [60, -1.0, *row(1)[2:]],
     [60, float("nan"), *row(1)[2:]], [float("inf"), *row(1)[1:]]],
)  # fmt: skip
def test_a_damaged_row_is_left_out(damaged):
    assert parse_row(damaged) is None
    assert closes(merged([], [row(0), damaged], 2 * MINUTE_NS)[0]) == [10.0, 10.0]


def test_only_the_newest_minutes_are_kept():
    candles, given_minutes = merged([], [row(n) for n in range(100)], 100 * MINUTE_NS, limit=30)
    assert [c.open_ns // MINUTE_NS for c in candles] == list(range(70, 100))
    assert min(given_minutes) == 70 * MINUTE_NS


def test_nothing_and_a_history_of_nothing_is_nothing():
    assert merged([], [], 5 * MINUTE_NS) == ([], set())


@given(
    st.dictionaries(st.integers(0, 40), st.booleans(), max_size=20),
    st.lists(st.integers(0, 45), max_size=20),
    st.integers(20, 40),
)
def test_what_comes_out_has_one_candle_a_minute_and_keeps_what_is_complete(own, told, end):
    mine = [ours(n, partial=partial) for n, partial in sorted(own.items()) if n < end]
    candles, _ = merged(mine, [row(n) for n in told], end * MINUTE_NS)
    minutes = [candle.open_ns // MINUTE_NS for candle in candles]
    assert minutes == list(range(minutes[0], end)) if minutes else not mine
    assert all(candle in candles for candle in mine if not candle.partial)
    again, given_again = merged(candles, [row(n) for n in told], end * MINUTE_NS)
    assert (again, given_again) == (candles, set())
