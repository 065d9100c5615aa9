"""Streaming indicators against an oracle that sees the whole series: TA-Lib, or the definition itself."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.indicators.atr import Atr
from leadline.indicators.bollinger import Bollinger
from leadline.indicators.ema import Ema
from leadline.indicators.relative_volume import RelativeVolume
from leadline.indicators.rsi import Rsi
from leadline.indicators.squeeze import Squeeze
from leadline.indicators.vwap import SessionVwap
from leadline.times import DAY_NS, MINUTE_NS
from tests.leadline.indicators.walks import candles, prices

talib = pytest.importorskip("talib", reason="TA-Lib is the oracle; install requirements-dev.txt")
periods = st.integers(2, 25)


def assert_same(ours: list[float | None], theirs: np.ndarray, floor: float = 0.0) -> None:
    assert [value is None for value in ours] == [math.isnan(value) for value in theirs]
    for value, oracle in zip(ours, theirs, strict=True):
        assert value is None or value == pytest.approx(oracle, rel=1e-9, abs=floor)


@given(prices(min_size=30), periods)
def test_ema_is_talibs(series, n):
    ema = Ema(n)
    assert_same([ema.update(price) for price in series], talib.EMA(np.array(series), n))


@given(prices(min_size=30), st.integers(10, 25))  # shorter ones decay below what TA-Lib takes for zero
def test_rsi_is_talibs_wherever_anything_moved(series, n):
    rsi = Rsi(n)
    ours = [rsi.update(price) for price in series]
    theirs = talib.RSI(np.array(series), n)
    first_move = next((at for at, price in enumerate(series) if price != series[0]), len(series))
    assert ours[n:first_move] == [50.0] * (first_move - n if first_move > n else 0)
    theirs[n:first_move] = 50.0
    assert_same(ours, theirs, floor=1e-9)


def test_rsi_of_a_series_that_never_moved_is_50_where_talib_says_0():
    still = np.full(30, 7.25)
    assert talib.RSI(still, 14)[-1] == 0.0
    rsi = Rsi(14)
    assert [rsi.update(price) for price in still][-1] == 50.0


@given(candles(min_size=30), periods)
def test_atr_is_talibs(series, n):
    atr = Atr(n)
    highs, lows, closes, _ = (np.array(column) for column in zip(*series, strict=True))
    ours = [atr.update(candle.high, candle.low, candle.close) for candle in series]
    assert_same(ours, talib.ATR(highs, lows, closes, n), floor=1e-12)


@given(prices(min_size=30), periods, st.sampled_from([1.0, 2.0, 2.5]))
def test_bollinger_bands_are_talibs(series, n, k):
    bollinger = Bollinger(n, k)
    ours = [bollinger.update(price) for price in series]
    for field, theirs in zip(("upper", "middle", "lower"), talib.BBANDS(np.array(series), n, k, k), strict=True):
        assert_same([None if bands is None else getattr(bands, field) for bands in ours], theirs)


@given(prices(min_size=30), periods)
def test_the_width_of_the_bands_is_exact(series, n):
    bollinger = Bollinger(n, 2.0)
    for at, price in enumerate(series):
        bands = bollinger.update(price)
        if bands is not None:
            window = [Fraction(p) for p in series[at + 1 - n : at + 1]]
            mean = sum(window) / n
            variance = sum((p - mean) ** 2 for p in window) / n
            assert bands.width == pytest.approx(4 * math.sqrt(variance) / float(mean), rel=1e-9, abs=0.0)


@given(st.lists(st.integers(0, 12).map(float), min_size=15, max_size=80), st.integers(5, 14))
def test_a_width_is_squeezed_if_it_is_among_the_lowest_fifth_of_those_before_it(widths, lookback):
    squeeze = Squeeze(lookback, 0.2)
    for at, width in enumerate(widths):
        before = sorted(widths[max(0, at - lookback) : at])
        rank = 1 + sum(1 for other in before if other < width)
        assert squeeze.update(width) == (None if at < lookback else rank <= lookback // 5)


def test_at_the_defaults_the_24th_smallest_width_is_squeezed_and_the_25th_is_not():
    for width, squeezed in ((24.0, True), (24.5, False)):
        squeeze = Squeeze()
        for earlier in range(120):
            assert squeeze.update(float(earlier + 1)) is None
        assert squeeze.update(width) is squeezed


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(2, 9))
def test_relative_volume_is_over_the_mean_of_the_traded_candles_before(volumes, n):
    relative = RelativeVolume(n)
    for at, volume in enumerate(volumes):
        before = [other for other in volumes[:at] if other][-n:]
        ours = relative.update(float(volume))
        assert ours == (None if len(before) < n else pytest.approx(volume * n / sum(before), rel=1e-12))


@given(candles(min_size=10), st.integers(0, 9))
def test_vwap_and_its_sigma_are_their_definitions_within_each_utc_day(series, midnight):
    vwap = SessionVwap()
    n_bars, volume, first, second = 0, Fraction(0), Fraction(0), Fraction(0)
    for at, (_, _, close, qty) in enumerate(series):
        if at == midnight:
            n_bars, volume, first, second = 0, Fraction(0), Fraction(0), Fraction(0)
        ours = vwap.update(DAY_NS * 20_000 + (at - midnight) * MINUTE_NS, close, qty)
        n_bars += qty > 0
        volume += Fraction(qty)
        first += Fraction(qty) * Fraction(close)
        second += Fraction(qty) * Fraction(close) ** 2
        assert vwap.n_bars == n_bars
        if not n_bars:
            assert ours is None and vwap.sigma is None
            continue
        assert ours == pytest.approx(float(first / volume), rel=1e-12)
        sigma = math.sqrt(second / volume - (first / volume) ** 2)
        assert vwap.sigma == pytest.approx(sigma, rel=1e-9, abs=1e-9)


def test_sigma_keeps_its_digits_at_a_price_where_squares_lose_them():
    vwap = SessionVwap()
    for at in range(1000):
        vwap.update(at, 1e7 + (0.25 if at % 2 else -0.25), 3.0)
    assert vwap.sigma == pytest.approx(0.25, rel=1e-12)
