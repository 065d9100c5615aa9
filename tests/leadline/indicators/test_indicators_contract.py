"""What every streaming indicator promises: one set of tests over all of them."""

import math
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.indicators.atr import Atr
from leadline.indicators.bollinger import Bands, Bollinger
from leadline.indicators.ema import Ema
from leadline.indicators.relative_volume import RelativeVolume
from leadline.indicators.rsi import Rsi
from leadline.indicators.squeeze import Squeeze
from leadline.indicators.vwap import SessionVwap
from leadline.times import MINUTE_NS
from tests.leadline.indicators.walks import MIRROR, TICK, Ohlcv, candles, upside_down

Case = tuple[Callable[[], Any], Callable[[Any, int, Ohlcv], Any], int]


def _vwap(vwap: SessionVwap, minute: int, candle: Ohlcv) -> tuple[float, float] | None:
    value, sigma = vwap.update(minute * MINUTE_NS, candle.close, candle.volume), vwap.sigma
    assert (value is None) == (sigma is None)
    return None if value is None or sigma is None else (value, sigma)


CASES: dict[str, Case] = {  # how to make one, how to feed one, how many it needs before its first value
    "ema": (lambda: Ema(9), lambda i, _, c: i.update(c.close), 9),
    "rsi": (lambda: Rsi(14), lambda i, _, c: i.update(c.close), 15),
    "atr": (lambda: Atr(14), lambda i, _, c: i.update(c.high, c.low, c.close), 15),
    "bollinger": (lambda: Bollinger(20, 2.0), lambda i, _, c: i.update(c.close), 20),
    "squeeze": (lambda: Squeeze(30, 0.2), lambda i, _, c: i.update(c.high - c.low), 31),
    "relative_volume": (lambda: RelativeVolume(20), lambda i, _, c: i.update(c.volume + TICK), 21),
    "vwap": (SessionVwap, lambda i, n, c: _vwap(i, n, c._replace(volume=c.volume + TICK)), 1),
}
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())

MIRRORED: dict[str, Callable[[Any], Any]] = {
    "ema": lambda value: MIRROR - value,
    "rsi": lambda value: 100.0 - value,
    "atr": lambda value: value,
    "bollinger": lambda b: (MIRROR - b.lower, MIRROR - b.middle, MIRROR - b.upper),
    "squeeze": lambda value: value,
    "relative_volume": lambda value: value,
    "vwap": lambda value: (MIRROR - value[0], value[1]),
}


def values_of(case: Case, series: Iterable[Ohlcv]) -> list[Any]:
    make, feed, _ = case
    indicator = make()
    return [feed(indicator, minute, candle) for minute, candle in enumerate(series)]


def numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, Bands):
        return value[:3]  # the width is a ratio: its base turns, so it does not mirror
    return tuple(value) if isinstance(value, tuple) else (float(value),)


@every
@settings(max_examples=25)  # times seven indicators
@given(candles(min_size=40))
def test_an_indicator_is_none_through_its_warm_up_and_a_finite_number_from_then_on(case, series):
    values, warm_up = values_of(case, series), case[2]
    assert values[: warm_up - 1] == [None] * (warm_up - 1)
    assert all(math.isfinite(number) for value in values[warm_up - 1 :] for number in numbers(value))


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25)  # times seven indicators
@given(series=candles(min_size=40))
def test_an_indicator_turns_with_its_series(name, series):
    values = values_of(CASES[name], series)
    turned = values_of(CASES[name], map(upside_down, series))
    for value, other in zip(values, turned, strict=True):
        assert (value is None) == (other is None)
        if value is not None:
            assert numbers(other) == pytest.approx(numbers(MIRRORED[name](value)), rel=1e-9, abs=1e-9)


@every
@settings(max_examples=25)  # times seven indicators
@given(series=candles(min_size=40), cut=st.integers(0, 40))
def test_an_indicator_goes_on_from_a_snapshot_at_any_cut_as_if_nothing_happened(case, series, cut):
    make, feed, _ = case
    whole = values_of(case, series)
    first = make()
    before = [feed(first, minute, candle) for minute, candle in enumerate(series[:cut])]
    second = pickle.loads(pickle.dumps(first))
    assert before + [feed(second, n + cut, candle) for n, candle in enumerate(series[cut:])] == whole


@every
def test_an_indicator_does_not_grow(case):
    make, feed, _ = case
    indicator = make()
    sizes = []
    for minute in range(3000):
        price = 100.0 + (minute * 37 % 101) * TICK
        feed(indicator, minute, Ohlcv(price + TICK, price - TICK, price, float(1 + minute % 7)))
        sizes.append(len(pickle.dumps(indicator)))
    assert max(sizes) <= max(sizes[:500]) + 32  # a larger integer here and there


@every
@pytest.mark.parametrize("price", [0.1, 105_433.6, 1e-6])
def test_an_indicator_of_a_still_market_is_still(case, price):
    values = values_of(case, [Ohlcv(price, price, price, 2.0)] * 200)
    settled = [numbers(value) for value in values if value is not None]
    assert all(value == pytest.approx(settled[0], rel=1e-12) for value in settled)
