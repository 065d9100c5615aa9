"""Prices, size, strength, confidence and verdict of a signal: docs/signals.md sections 4 and 5."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import alignment
from leadline.costs import costs
from leadline.instrument import Instrument
from leadline.records import Start
from leadline.risk import BASE_RISK
from leadline.settings import Decision
from leadline.signals import (
    Sized,
    canonical,
    chain,
    prices,
    prior_confidence,
    signal_id,
    sized,
    stop_distance,
    strength,
    verdict,
)
from tests.leadline.armed_bars import bar, breakout, pullback, turned
from tests.leadline.books import MIRROR_AT, WHOLE, mirror, mirror_at_mid, units_view, view_of, views

FREE = Decision.model_validate({"fees": {"maker_bps": 0, "taker_bps": 0}})
CHEAP = Decision.model_validate({"fees": {"maker_bps": 5, "taker_bps": 5}})
BOOK = view_of([(99_990, 10_000)], [(100_000, 10_000)])


# -- prices


@pytest.mark.parametrize(
    ("atr", "spread", "distance"),
    [(100.0, 1.0, 150.0), (10.0, 1.0, 100.0), (10.0, 30.0, 120.0)],
    ids=["1.5 ATR", "10 bps", "4 spreads"],
)
def test_the_stop_distance_is_the_widest_of_three(atr, spread, distance):
    assert stop_distance(atr, 100_000.0, spread, FREE) == distance


def test_a_buy_enters_at_the_ask_and_a_sell_at_the_bid():
    buy, sell = prices(BOOK, 1, 100.0, FREE), prices(BOOK, -1, 100.0, FREE)
    assert (buy.entry, buy.stop, buy.target) == (100_000, 99_850, 100_300)
    assert (sell.entry, sell.stop, sell.target) == (99_990, 100_140, 99_690)
    assert (buy.stop_bps, buy.target_bps) == (15.0, 30.0)


def test_the_stop_is_rounded_away_from_the_entry_and_the_target_towards_it():
    buy = prices(BOOK, 1, 100.3, FREE)  # 150.45 away, target 300.9
    assert (buy.stop, buy.target) == (99_849, 100_300)
    sell = prices(BOOK, -1, 100.3, FREE)
    assert (sell.stop, sell.target) == (100_141, 99_690)


def test_prices_are_whole_ticks_where_a_tick_is_several_units():
    half = units_view([(99_995, 9)], [(100_000, 9)], Instrument("X/USD", 1, 0, tick_units=5))
    buy = prices(half, 1, 10.03, FREE)  # 15.045 = 150.45 units
    assert (buy.stop, buy.target) == (100_000 - 155, 100_000 + 300)


@pytest.mark.parametrize("spread", range(26, 400, 37))
def test_a_stop_that_needs_no_rounding_is_not_rounded(spread):
    cents = Instrument("X/USD", 2, 0)
    buy = prices(units_view([(100_000 - spread, 9)], [(100_000, 9)], cents), 1, 0.0, FREE)
    assert (buy.entry - buy.stop, buy.target - buy.entry) == (4 * spread, 8 * spread)


@pytest.mark.parametrize("entry", [29_000, 57_000, 1_234_000])
def test_a_stop_of_ten_bps_is_exact(entry):
    buy = prices(units_view([(entry - 1, 9)], [(entry, 9)], Instrument("X/USD", 2, 0)), 1, 0.0, FREE)
    assert (buy.entry - buy.stop, buy.target - buy.entry) == (entry // 1000, entry // 500)


@settings(max_examples=50)
@given(views(), st.floats(600, 900))  # an ATR that outweighs the bps, which a mirror does not keep
def test_the_prices_of_a_mirrored_book_are_mirrored(view, atr):
    buy, sell = prices(view, 1, atr, FREE), prices(mirror(view), -1, atr, FREE)
    assert [sell.entry, sell.stop, sell.target] == [MIRROR_AT - p for p in (buy.entry, buy.stop, buy.target)]


# -- size


def test_a_planned_stop_out_costs_the_budget_fees_included():
    at = prices(BOOK, 1, 200.0, CHEAP)  # stop 30 bps, fees 10: L = 40 bps = 400 a unit
    found = sized(BOOK, at, 1, 4_000.0, 1e9, CHEAP)
    assert found.costs.loss_bps == pytest.approx(40.0)
    assert (found.size, found.notes) == (10, ())
    assert found.risk_quote == pytest.approx(4_000.0)


def test_slippage_at_the_size_without_it_makes_the_size_smaller():
    thin = view_of([(99_990, 100)], [(100_000, 5), (100_100, 100)])
    at = prices(thin, 1, 200.0, CHEAP)
    found = sized(thin, at, 1, 4_000.0, 1e9, CHEAP)
    assert found.entry_slip_bps == pytest.approx(5.0)  # 10 units: half of them 10 bps up
    assert found.costs.loss_bps == pytest.approx(45.0)
    assert found.size == 8  # 4000 / 450
    assert found.risk_quote == pytest.approx(8 * 450.0)


def test_a_size_is_floored_to_the_lot():
    lots = view_of([(99_990, 100)], [(100_000, 100)], Instrument("X/USD", 0, 0, lot_units=4))
    assert sized(lots, prices(lots, 1, 200.0, CHEAP), 1, 4_000.0, 1e9, CHEAP).size == 8


def test_a_size_is_held_to_the_notional_cap_and_says_so():
    at = prices(BOOK, 1, 200.0, CHEAP)
    found = sized(BOOK, at, 1, 4_000.0, 300_000.0, CHEAP)
    assert (found.size, found.notes) == (3, ("notional_cap",))
    assert found.risk_quote == pytest.approx(3 * 400.0)


@pytest.mark.parametrize("sides", [([(99_990, 100)], [(100_000, 7)]), ([(99_990, 7)], [(100_000, 100)])])
def test_a_size_is_held_to_what_the_book_fills_on_both_sides(sides):
    thin = view_of(*sides, Instrument("X/USD", 0, 0, lot_units=2))
    found = sized(thin, prices(thin, 1, 200.0, CHEAP), 1, 4_000.0, 1e9, CHEAP)
    assert (found.size, found.notes) == (6, ("thin_book",))


def test_a_fill_past_the_tenth_level_is_deep():
    steps = view_of([(99_990, 100)], [(100_000 + n, 1) for n in range(12)])
    at = prices(steps, 1, 200.0, CHEAP)
    assert not sized(steps, at, 1, 4_000.0, 1e9, CHEAP).deep
    assert sized(steps, at, 1, 4_600.0, 1e9, CHEAP).deep


@settings(max_examples=50)
@given(views(), st.sampled_from([1, -1]), st.floats(1, 1e6), st.floats(1, 300))
def test_no_size_risks_more_than_the_budget(view, side, budget, atr):
    at = prices(view, side, atr, CHEAP)
    found = sized(view, at, side, budget, 1e12, CHEAP)
    assert 0 <= found.risk_quote <= budget * (1 + 1e-9)
    assert found.size % view.instrument.lot_units == 0


@settings(max_examples=50)
@given(views(), st.floats(1, 1e6), st.floats(1, 300))
def test_a_mirrored_signal_has_the_same_distances_in_price(view, budget, atr):
    buy = sized(view, prices(view, 1, atr, FREE), 1, budget, 1e12, FREE)
    mirrored = mirror_at_mid(view)
    sell = sized(mirrored, prices(mirrored, -1, atr, FREE), -1, budget, 1e12, FREE)
    assert abs(buy.size - sell.size) <= 1 + 0.03 * buy.size  # bps are of an entry a spread away


def rebated(bps):
    return Decision.model_validate({"fees": {"maker_bps": -bps, "taker_bps": -bps}})


@pytest.mark.parametrize("bps", [5.0, 10.0])
def test_a_rebate_as_large_as_the_stop_gives_no_size_and_no_accident(bps):
    at = prices(view_of([(99_999, 9)], [(100_000, 9)]), 1, 0.0, rebated(bps))
    found = sized(BOOK, at, 1, 4_000.0, 1e9, rebated(bps))
    assert (found.size, found.risk_quote) == (0, 0.0)
    assert verdict(found, WHOLE, 100.0, 0.6)[0] == "not_tradable"


# -- strength and confidence


def test_strength_by_hand():
    now = bar(102.5, relative_volume=2.0)  # half an ATR above the band
    found = strength("squeeze_breakout", now, 1, 60.0, 40.0, alignment.MODERATE_ALIGNMENT)
    assert found == pytest.approx(100 * (0.4 * 0.5 + 0.3 * 0.5 + 0.2 * 0.75 + 0.1 * 0.5))


@pytest.mark.parametrize(
    ("score", "volume", "aligned", "expected"),
    [(80, 3, alignment.STRONG_ALIGNMENT, 100), (100, 9, alignment.STRONG_ALIGNMENT, 100),
     (40, 1, alignment.STRONG_CONFLICT, 30), (0, 0, alignment.STRONG_CONFLICT, 30), (None, 1, alignment.UNUSED, 40)],
)  # fmt: skip
def test_every_part_of_the_strength_is_clipped(score, volume, aligned, expected):
    now = bar(110.0, relative_volume=volume)
    assert strength("squeeze_breakout", now, 1, score, 40.0, aligned) == pytest.approx(expected)


def test_without_a_relative_volume_that_part_is_nothing():
    now = bar(110.0, relative_volume=None)
    assert strength("squeeze_breakout", now, 1, 80.0, 40.0, alignment.STRONG_ALIGNMENT) == pytest.approx(90)


@given(st.floats(-100, 100), st.sampled_from([breakout, pullback]))
def test_strength_is_the_same_in_the_mirror(score, pattern):
    name = "squeeze_breakout" if pattern is breakout else "ema_pullback"
    long = strength(name, pattern()[-1], 1, score, 20.0, alignment.NEUTRAL)
    short = strength(name, turned(pattern())[-1], -1, -score, 20.0, alignment.NEUTRAL)
    assert long == pytest.approx(short, abs=1e-9)
    assert 0 <= long <= 100


def test_the_prior_is_a_driftless_walk_tilted_by_strength():
    assert prior_confidence(50, 25, 50) == pytest.approx(1 / 3)
    assert prior_confidence(100, 25, 50) == pytest.approx(1 / 3 + 0.10)
    assert prior_confidence(0, 25, 50) == pytest.approx(1 / 3 - 0.10)
    assert prior_confidence(78.5, 25, 50) < 0.40  # a strength is not a chance


@given(st.floats(0, 100), st.floats(0.1, 100), st.floats(0.1, 1e4))
def test_a_confidence_is_a_probability(strong, stop, target):
    assert 0.0 <= prior_confidence(strong, stop, target) <= 1.0


# -- verdict


def made(size=10, fee=10.0, stop=25.0, target=50.0):
    return Sized(size, 1.0, costs(stop, target, fee, 0.0, 0.0), 0.0, 0.0, False, ())


MINIMUM = Instrument("X/USD", 0, 0, qty_min=5.0)


@pytest.mark.parametrize(
    ("sized", "word", "reasons"),
    [(made(), "tradable", []),
     (made(fee=80), "not_tradable", ["impossible"]),
     (made(fee=50), "not_tradable", ["impossible"]),  # W is nothing
     (made(fee=20), "tradable", []),  # L 45, W 30: exactly 0.60 is not above it
     (made(fee=20.1), "not_tradable", ["break_even_too_high"]),
     (made(size=5), "tradable", []),
     (made(size=4), "not_tradable", ["below_minimum_size"]),
     (made(size=0), "not_tradable", ["below_minimum_size"]),
     (made(size=0, fee=80), "not_tradable", ["impossible", "below_minimum_size"])],
)  # fmt: skip
def test_verdicts_come_with_every_reason(sized, word, reasons):
    assert verdict(sized, MINIMUM, 100.0, 0.60) == (word, reasons)


def test_a_size_of_nothing_is_not_tradable_even_without_a_minimum():
    assert verdict(made(size=0), WHOLE, 100.0, 0.60) == ("not_tradable", ["below_minimum_size"])


# -- identity and the chain


def test_an_id_follows_from_the_tape_and_the_config_alone():
    one = ("t", "c", 1, "A/USD", "s")
    others = [("u", *one[1:]), ("t", "d", *one[2:]), (*one[:2], 2, *one[3:]), (*one[:3], "B/USD", "s"), (*one[:4], "r")]
    ids = {signal_id(*each) for each in [one, *others]}
    assert len(ids) == 6
    assert signal_id("t", "c", 1, "A/USD", "s") in ids


def test_a_row_is_hashed_by_its_sorted_keys_and_ten_digits():
    assert canonical({"b": 1.0, "a": 0.1 + 0.2}) == canonical({"a": 0.3, "b": 1.0}) == b'{"a":"0.3","b":"1"}'
    assert (
        canonical({"a": 1, "b": None, "c": ["x"], "d": True, "_mono_ns": 5}) == b'{"a":1,"b":null,"c":["x"],"d":true}'
    )
    assert canonical({"a": 1.0000000001}) != canonical({"a": 1.000000001})


def test_the_chain_knows_every_row_and_their_order():
    one, two = {"n": 1}, {"n": 2}
    first = chain(b"", one)
    assert first == hashlib.sha256(canonical(one)).digest()
    assert chain(first, two) == hashlib.sha256(first + canonical(two)).digest()
    assert chain(chain(b"", two), one) != chain(first, two)


def test_base_risk_leaves_room_for_the_largest_modifier():
    assert pytest.approx(1.0) == BASE_RISK * alignment.STRONG_ALIGNMENT.size_modifier
    assert Start.__struct_fields__[0] == "tape_id"  # which every id begins with


def test_an_order_below_the_venues_smallest_cost_is_not_tradable():
    instrument = Instrument("TEST/USD", 0, 0, cost_min=500.0)
    assert verdict(made(size=5), instrument, 99.0, 1.0) == ("not_tradable", ["below_minimum_size"])
    assert verdict(made(size=5), instrument, 100.0, 1.0) == ("tradable", [])
