"""The chart's indicators against TA-Lib on the prices as they are, and its swings and divergences."""

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from leadline.analysis.adx import adx
from leadline.analysis.bars import Bars
from leadline.analysis.chart import MIN_BARS, chart
from leadline.analysis.divergences import divergences
from leadline.analysis.swings import swing_highs, swing_lows
from leadline.analysis.technical import obv_slope, rolling_vwap, squeeze_state, technical
from leadline.times import HOUR_NS
from tests.leadline.analysis.histories import bitcoin, rolled, walk


def assert_talibs(bars: Bars) -> None:
    made = chart(bars, "1h")
    high, low, close, volume = bars.high, bars.low, bars.close, bars.volume

    def same(ours, theirs):
        assert np.isnan(ours).tolist() == np.isnan(theirs).tolist()
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-7 * float(np.ptp(close)), equal_nan=True)

    def price(series):
        return made.reference + series * made.unit

    same(made.rsi, talib.RSI(close, 14))
    same(price(made.ema_fast), talib.EMA(close, 20))
    same(price(made.ema_slow), talib.EMA(close, 50))
    same(price(made.sma), talib.SMA(close, 50))
    macd, _, histogram = talib.MACD(close, 12, 26, 9)
    same(made.macd * made.unit, macd)
    same(made.macd_histogram * made.unit, histogram)
    for ours, theirs in zip((made.upper, made.middle, made.lower), talib.BBANDS(close, 20, 2.0, 2.0), strict=True):
        same(price(ours), theirs)
    k, d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    assert (made.stochastic_k, made.stochastic_d) == pytest.approx((k[-1], d[-1]), rel=1e-9)
    assert made.adx == pytest.approx(talib.ADX(high, low, close, 14)[-1], rel=1e-9)
    assert made.atr_quote == pytest.approx(talib.ATR(high, low, close, 14)[-1], rel=1e-9)
    obv = talib.OBV(close, volume)
    np.testing.assert_allclose(made.obv * volume.mean(), obv - obv[-1], rtol=1e-9, atol=1e-6 * volume.sum())
    slope = talib.LINEARREG_SLOPE(obv, 20)[-1] / volume[-20:].mean()
    assert obv_slope(made) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_indicators_are_talibs(seed):
    assert_talibs(walk(seed, 400, drift=0.05 * (seed - 2)))


def test_the_indicators_are_talibs_on_real_history(recordings):
    days = rolled(bitcoin(recordings), "1d")
    for last in (700, 1800, 3000):
        assert_talibs(days.part(last - 400, last))


def test_the_technical_values_are_prices_again():
    bars = walk(3, 200)
    made = chart(bars, "1h")
    _, values = technical(made, 0.2, 2.0)
    upper, middle, lower = (series[-1] for series in talib.BBANDS(bars.close, 20, 2.0, 2.0))
    macd, signal, histogram = (series[-1] for series in talib.MACD(bars.close, 12, 26, 9))
    assert (values.bollinger_upper, values.bollinger_middle, values.bollinger_lower) == pytest.approx(
        (upper, middle, lower), rel=1e-9
    )
    assert (values.macd, values.macd_signal, values.macd_histogram) == pytest.approx(
        (macd, signal, histogram), rel=1e-6
    )
    last = slice(-48, None)
    typical = (bars.high + bars.low + bars.close)[last] / 3.0
    assert values.vwap == pytest.approx(np.average(typical, weights=bars.volume[last]), rel=1e-9)
    assert rolling_vwap(made, 2.0) == pytest.approx((values.vwap - made.reference) / made.unit, abs=1e-9)


@pytest.mark.parametrize("price", [1e-8, 1.0, 1e6])
def test_an_indicator_does_not_care_how_small_a_price_is(price):
    bars = walk(1, 200)
    scaled = Bars.of(
        bars.open_ns, *(column * price for column in (bars.open, bars.high, bars.low, bars.close)), bars.volume
    )
    ours, theirs = chart(bars, "1h"), chart(scaled, "1h")
    assert (ours.rsi[-1], ours.adx, ours.stochastic_k) == pytest.approx(
        (theirs.rsi[-1], theirs.adx, theirs.stochastic_k)
    )
    assert theirs.price(theirs.upper[-1]) == pytest.approx(price * ours.price(ours.upper[-1]), rel=1e-9)


def test_a_market_that_never_moved_is_neutral_where_talib_says_it_crashed():
    flat = np.full(MIN_BARS, 7.25)
    made = chart(Bars.of(np.arange(MIN_BARS) * 10**9, flat, flat, flat, flat, flat), "1h")
    assert talib.RSI(flat, 14)[-1] == 0.0
    assert (made.rsi[-1], made.stochastic_k, made.stochastic_d) == (50.0, 50.0, 50.0)
    assert (made.unit, made.atr_quote) == (0.0, 0.0)


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 3))
def test_a_swing_is_a_bar_that_none_within_reach_passes_and_of_equal_ones_the_last(prices, reach):
    series = np.array(prices, dtype=np.float64)
    expected = [
        at
        for at in range(reach, len(prices) - reach)
        if all(prices[at] >= p for p in prices[at - reach : at])
        and all(prices[at] > p for p in prices[at + 1 : at + 1 + reach])
    ]
    assert list(swing_highs(series, reach)) == expected
    assert list(swing_lows(-series, reach)) == expected


def falling_then(last_leg: float) -> Bars:
    """Return a fall in two legs: a steep one to a low, a bounce, and a gentler one to a second low."""
    legs = ((60, 1000.0), (80, 700.0), (90, 800.0), (110, last_leg), (113, last_leg + 30.0))
    x, y = zip((0, 1000.0), *legs, strict=True)
    closes = np.interp(np.arange(114), x, y)
    return Bars.of(np.arange(114) * HOUR_NS, closes, closes + 1, closes - 1, closes, np.ones(114))


def test_a_lower_low_at_a_higher_rsi_is_a_bullish_divergence_and_a_higher_low_is_none():
    found = divergences(chart(falling_then(690.0), "1h"))
    assert [(one.oscillator, one.strength > 0.0, one.bars_ago) for one in found] == [
        ("RSI", True, 3),
        ("MACD histogram", True, 3),
    ]
    assert divergences(chart(falling_then(710.0), "1h")) == []


def test_bands_that_narrow_are_squeezed_and_then_released():
    rng = np.random.default_rng(1)
    steps = rng.standard_normal(200) * np.where(np.arange(200) < 170, 10.0, 0.5)
    loud = np.append(steps, [30.0, 40.0, 30.0])
    states = []
    for series in (steps, loud):
        closes = 1000.0 + np.cumsum(series)
        bars = Bars.of(np.arange(len(closes)) * 10**9, closes, closes + 1, closes - 1, closes, np.ones(len(closes)))
        states.append(squeeze_state(chart(bars, "1h")))
    assert states == ["squeezed", "released"]
    assert squeeze_state(chart(walk(1, 139), "1h")) is None


def test_the_adx_is_talibs_but_a_tie_counts_for_neither_side():
    rng = np.random.default_rng(8)
    steps = rng.integers(-3, 4, 300) / 10.0  # decimals: up and down moves tie often, but for their rounding
    closes = 230.0 + np.cumsum(steps)
    high, low = closes + rng.integers(0, 4, 300) / 10.0, closes - rng.integers(0, 4, 300) / 10.0
    tenths = [np.rint(10.0 * column) for column in (high, low, closes)]
    assert adx(high, low, closes) == pytest.approx(talib.ADX(*tenths, 14)[-1], rel=1e-9)
    assert adx(1e4 - low, 1e4 - high, 1e4 - closes) == pytest.approx(adx(high, low, closes), rel=1e-9)
