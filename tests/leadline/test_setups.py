"""Setups: each condition of docs/signals.md section 4, and shorts as the mirror of longs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.settings import Setups
from leadline.setups import SETUPS, armed, quality
from tests.leadline.armed_bars import ARMING, bar, breakout, pullback, reversion, turned

RULES = Setups()
R = 1.5  # a stop distance


def changed(bars, at, **fields):
    """Return bars with fields of one of them (or of its candle) replaced."""
    new = list(bars)
    candle = new[at].candle._replace(**{k: v for k, v in fields.items() if k in ("low", "high", "close")})
    rest = {k: v for k, v in fields.items() if k not in ("low", "high", "close")}
    new[at] = new[at]._replace(candle=candle, **rest)
    return tuple(new)


@pytest.mark.parametrize("name", SETUPS)
def test_its_pattern_arms_a_long_and_the_pattern_upside_down_a_short(name):
    bars = ARMING[name]()
    assert armed(bars, R, RULES) == [(name, 1)]
    assert armed(turned(bars), R, RULES) == [(name, -1)]


@pytest.mark.parametrize("name", SETUPS)
def test_a_setup_that_is_switched_off_does_not_arm(name):
    off = Setups.model_validate({name: {"enabled": False}})
    assert armed(ARMING[name](), R, off) == []


def neither(bars, name):
    """Whether the pattern is broken on both sides."""
    sides = [found for b in (bars, turned(bars)) for found in armed(b, R, RULES)]
    return name not in [setup for setup, _ in sides]


@pytest.mark.parametrize(
    ("at", "fields"),
    [(-1, {"close": 102.0}),  # at the band is not above it
     (-1, {"ema_fast": 100.0}),
     (-1, {"relative_volume": 1.49}),
     (3, {"squeezed": False}),
     (-1, {"bb_upper": None, "bb_lower": None}), (-1, {"ema_slow": None}), (-1, {"relative_volume": None})],
)  # fmt: skip
def test_a_breakout_needs_every_one_of_its_conditions(at, fields):
    assert neither(changed(breakout(), at, **fields), "squeeze_breakout")


@pytest.mark.parametrize("at", range(5))
def test_a_breakout_may_leave_a_squeeze_of_any_of_the_five_candles_before(at):
    bars = changed(changed(breakout(), 3, squeezed=False), at, squeezed=True)
    assert armed(bars, R, RULES) == [("squeeze_breakout", 1)]


def test_a_breakout_candle_that_is_itself_squeezed_is_not_enough():
    assert neither(changed(changed(breakout(), 3, squeezed=False), -1, squeezed=True), "squeeze_breakout")


def test_an_unknown_squeeze_is_none():
    assert neither(changed(breakout(), 3, squeezed=None), "squeeze_breakout")


def test_one_and_a_half_times_the_volume_is_enough():
    assert armed(changed(breakout(), -1, relative_volume=1.5), R, RULES) == [("squeeze_breakout", 1)]


@pytest.mark.parametrize("at", range(6))
def test_a_pullback_needs_the_trend_now_and_in_the_five_candles_before(at):
    assert neither(changed(pullback(), at, ema_fast=pullback()[at].ema_slow), "ema_pullback")


@pytest.mark.parametrize(
    ("at", "fields"),
    [(-4, {"ema_fast": 101.75}),  # three candles ago the average was as high as now
     (3, {"low": 101.0}),  # 0.25 above EMA 21 is no touch: a tenth of an ATR is 0.1
     (3, {"close": 100.5}),  # a close below EMA 21
     (3, {"rsi": 50.0}),  # RSI was never below 50
     (-1, {"rsi": 49.0}),  # and is not back
     (0, {"ema_slow": None}), (3, {"rsi": None}), (-1, {"atr": None})],
)  # fmt: skip
def test_a_pullback_needs_every_one_of_its_conditions(at, fields):
    assert neither(changed(pullback(), at, **fields), "ema_pullback")


def test_a_low_within_a_tenth_of_an_atr_touches_the_average():
    bars = changed(pullback(), 3, low=101.25)  # 0.5 above EMA 21
    assert armed(changed(bars, 3, atr=5.0), R, RULES) == [("ema_pullback", 1)]
    assert neither(changed(bars, 3, atr=4.0), "ema_pullback")


def test_a_close_at_the_average_is_not_below_it_and_rsi_of_50_is_back():
    bars = changed(changed(pullback(), 3, close=100.75), -1, rsi=50.0)
    assert armed(bars, R, RULES) == [("ema_pullback", 1)]


def test_a_touch_before_the_last_five_candles_is_too_old():
    bars = pullback()
    old = changed(changed(bars, 3, low=bars[3].ema_slow + 1, rsi=55.0), 0, low=bars[0].ema_slow, rsi=45.0)
    assert neither(old, "ema_pullback")


def test_a_pullback_needs_six_bars():
    assert armed(pullback()[1:], R, RULES) == []


@pytest.mark.parametrize(
    ("fields", "arms"),
    [({"vwap_sigma": 2.0}, False),  # at two sigma is not beyond
     ({"vwap_sigma": 1.99}, True),
     ({"rsi": 30.0}, False), ({"rsi": 29.9}, True),
     ({"session_bars": 29}, False), ({"session_bars": 30}, True),
     ({"close": 97.0, "low": 97.0}, True),  # VWAP 3.0 away is 2R
     ({"close": 97.25, "low": 97.0}, False),
     ({"vwap": None}, False), ({"vwap_sigma": None}, False), ({"rsi": None}, False)],
)  # fmt: skip
def test_a_reversion_needs_every_one_of_its_conditions(fields, arms):
    bars = changed(reversion(), -1, **fields)
    for b in (bars, turned(bars)):
        assert ("vwap_reversion" in [name for name, _ in armed(b, R, RULES)]) is arms


def test_several_at_one_close_come_in_the_order_of_their_priority():
    both = changed(breakout(), -1, vwap=110.0, rsi=25.0)
    assert armed(both, R, RULES) == [("squeeze_breakout", 1), ("vwap_reversion", 1)]


# -- quality


@pytest.mark.parametrize(
    ("name", "now", "q"),
    [("squeeze_breakout", bar(102.5), 0.5), ("squeeze_breakout", bar(105.0), 1.0),
     ("squeeze_breakout", bar(101.0), 0.0), ("squeeze_breakout", bar(102.5, atr=None), 0.0),
     ("ema_pullback", bar(ema_fast=100.75, atr=3.0), 0.25), ("ema_pullback", bar(ema_fast=99.0), 0.0),
     ("vwap_reversion", bar(97.5), 0.5), ("vwap_reversion", bar(90.0), 1.0), ("vwap_reversion", bar(98.0), 0.0),
     ("vwap_reversion", bar(97.5, vwap_sigma=0.0), 0.0), ("vwap_reversion", bar(95.0, vwap_sigma=2.0), 0.5)],
)  # fmt: skip
def test_quality_is_how_far_the_pattern_goes_in_its_own_measure(name, now, q):
    assert quality(name, now, 1) == q
    assert quality(name, turned([now])[0], -1) == q


quarters = st.integers(380, 420).map(lambda n: n / 4)
FIELDS = {
    "ema_fast": quarters, "ema_slow": quarters, "vwap": quarters, "bb_upper": quarters, "bb_lower": quarters,
    "close": quarters, "low": quarters, "high": quarters, "atr": st.sampled_from([1.0, 8.0]),
    "rsi": st.sampled_from([20.0, 45.0, 50.0, 55.0, 80.0]), "squeezed": st.booleans(),
    "relative_volume": st.sampled_from([1.0, 2.0]),
}  # fmt: skip


@st.composite
def any_bars(draw):
    """Draw bars near to a pattern: one of the three with a few fields changed."""
    bars = ARMING[draw(st.sampled_from(SETUPS))]()
    for _ in range(draw(st.integers(0, 4))):
        field = draw(st.sampled_from(sorted(FIELDS)))
        bars = changed(bars, draw(st.integers(0, 5)), **{field: draw(FIELDS[field])})
    return bars


@given(any_bars(), st.sampled_from([0.5, 3.0]))
def test_mirrored_bars_arm_the_mirrored_setups(bars, r):
    found, mirrored = armed(bars, r, RULES), armed(turned(bars), r, RULES)
    assert sorted(mirrored) == sorted((name, -side) for name, side in found)
    for name, side in found:
        assert quality(name, bars[-1], side) == pytest.approx(quality(name, turned(bars)[-1], -side), abs=1e-9)
