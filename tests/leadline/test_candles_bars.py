"""Bars: candles with indicators, the technical bias, warm-up, and making all of it anew."""

import pickle

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leadline.bars import LEVEL, RING, WARM_UP, BarSeries, RolledBar
from leadline.candles import flat
from leadline.moment import Bar, Candle, ClosedBars
from leadline.settings import Indicators
from leadline.times import MINUTE_NS
from tests.leadline.indicators.walks import MIRROR, candles

DAY = 1440  # minutes


def candle(minute: int, close: float, partial: bool = False) -> Candle:
    return Candle(minute * MINUTE_NS, close, close + 0.5, close - 0.5, close, 1.0, close, 1, False, partial)


def fed(closes: list[float], start: int = DAY * 20_000) -> tuple[BarSeries, list[ClosedBars]]:
    series = BarSeries("BTC/USD", Indicators())
    return series, [series.close(candle(start + at, close)) for at, close in enumerate(closes)]


def walk_candles(walk) -> list[Candle]:
    """Return a walk of the indicators' tests as minutes; those without volume are filled."""
    out = []
    for minute, (high, low, close, volume) in enumerate(walk, start=DAY * 20_000):
        filled = flat(minute * MINUTE_NS, close, partial=False)
        traded = Candle(minute * MINUTE_NS, close, high, low, close, volume, close, 3)
        out.append(traded if volume else filled)
    return out


def test_a_steady_rise_is_five_bullish_signs_and_a_steady_fall_five_bearish_ones():
    assert fed([100.0 + at for at in range(400)])[1][-1].technical == 5
    assert fed([900.0 - at for at in range(400)])[1][-1].technical == -5


def test_what_is_missing_counts_nothing():
    rise = [closed.technical for closed in fed([100.0 + at for at in range(400)])[1]]
    assert rise[0] == 0  # a first candle is its own VWAP
    assert rise[5] == 1  # over VWAP
    assert rise[14] == 2  # RSI
    assert rise[20] == 3  # averages of 1 m
    assert rise[21 * 5 - 1] == 4  # of 5 m
    assert rise[21 * 15 - 1] == 5  # of 15 m


@pytest.mark.parametrize("price", [0.1, 3.3, 105_433.6])
def test_a_still_market_has_no_direction(price):
    assert {closed.technical for closed in fed([price] * 400)[1]} == {0}


def on_the_edge(bar):
    """Return whether two averages differ by about LEVEL, which is relative to the price and so not mirrored exactly."""
    pairs = [(bar.ema_fast, bar.ema_slow), (bar.candle.close, getattr(bar, "vwap", None))]
    return any(f is not None and s and LEVEL / 100 < abs(f - s) / s < LEVEL * 100 for f, s in pairs)


@settings(max_examples=30)
@given(candles(min_size=150))
def test_the_technical_bias_of_a_series_turned_upside_down_is_turned(walk):
    def turned(c: Candle) -> Candle:
        return c._replace(open=MIRROR - c.open, high=MIRROR - c.low, low=MIRROR - c.high,
                          close=MIRROR - c.close, vwap=MIRROR - c.vwap)  # fmt: skip

    series, mirror = BarSeries("A/B", Indicators()), BarSeries("A/B", Indicators())
    steps: dict[str, Bar | RolledBar] = {}
    for minute in walk_candles(walk):
        ours, theirs = series.close(minute), mirror.close(turned(minute))
        steps.update({bar.timeframe if isinstance(bar, RolledBar) else "1m": bar for bar in series.step})
        assume(not any(on_the_edge(bar) for bar in steps.values()))
        assert theirs.technical == -ours.technical


def test_a_symbol_is_ready_at_the_140th_candle_if_it_is_not_partial():
    closes = [100.0 + at % 7 for at in range(WARM_UP)]
    series, closed = fed(closes)
    assert [c.ready for c in closed] == [False] * (WARM_UP - 1) + [True]
    assert [c.n_candles for c in closed] == list(range(1, WARM_UP + 1))
    minute = closed[-1].close_ns // MINUTE_NS
    assert not series.close(candle(minute, 100.0, partial=True)).ready
    assert series.close(candle(minute + 1, 100.0)).ready


def test_every_number_of_the_140th_bar_is_there():
    _, closed = fed([100.0 + at % 7 for at in range(WARM_UP)])
    assert None not in closed[-1].bars[-1]
    assert closed[-2].bars[-1].squeezed is None


def test_a_close_hands_over_the_last_six_bars_oldest_first():
    _, closed = fed([100.0 + at for at in range(10)])
    assert [bar.candle.close for bar in closed[-1].bars] == [104.0, 105.0, 106.0, 107.0, 108.0, 109.0]
    assert closed[-1].close_ns == closed[-1].bars[-1].candle.open_ns + MINUTE_NS


def test_a_flat_minute_is_left_out_of_vwap_and_relative_volume():
    series, closed = fed([100.0 + at % 7 for at in range(60)])
    minute = closed[-1].close_ns // MINUTE_NS
    quiet = series.close(flat(minute * MINUTE_NS, 500.0, partial=False)).bars[-1]
    before = closed[-1].bars[-1]
    assert (quiet.vwap, quiet.vwap_sigma, quiet.session_bars) == (before.vwap, before.vwap_sigma, 60)
    assert quiet.relative_volume == 0.0
    assert series.close(candle(minute + 1, 100.0)).bars[-1].relative_volume == 1.0


def test_the_session_starts_anew_at_midnight_utc():
    _, closed = fed([100.0] * 5 + [200.0] * 5, start=DAY * 20_000 - 5)
    assert [c.bars[-1].session_bars for c in closed] == [1, 2, 3, 4, 5] * 2
    assert [c.bars[-1].vwap for c in closed] == [100.0] * 5 + [200.0] * 5


@settings(max_examples=20)
@given(candles(min_size=60), st.integers(0, 60))
def test_a_snapshot_at_any_cut_and_indicators_made_anew_go_on_alike(walk, cut):
    minutes = walk_candles(walk)
    whole = BarSeries("A/B", Indicators())
    out = [whole.close(minute) for minute in minutes]
    first = BarSeries("A/B", Indicators())
    for minute in minutes[:cut]:
        first.close(minute)
    second, third = pickle.loads(pickle.dumps(first)), pickle.loads(pickle.dumps(first))
    third.rebuild()
    assert [second.close(minute) for minute in minutes[cut:]] == out[cut:]
    assert [third.close(minute) for minute in minutes[cut:]] == out[cut:]


def history(first: int, closes: list[float]) -> list[list[float]]:
    return [[(first + at) * 60, c, c + 0.5, c - 0.5, c, c, 1.0, 1] for at, c in enumerate(closes)]


def test_a_loaded_history_gives_the_bars_that_were_lived_through():
    closes, start = [100.0 + at * at % 23 for at in range(200)], DAY * 20_000
    _, closed = fed(closes)
    loaded = BarSeries("BTC/USD", Indicators())
    bars = loaded.load(history(start, closes[:150]), (start + 150) * MINUTE_NS)
    assert [b.candle.close for b in bars if isinstance(b, Bar)] == closes[:150]
    assert [b.timeframe for b in bars if isinstance(b, RolledBar)].count("5m") == 30
    for at in range(150, 200):
        assert loaded.close(candle(start + at, closes[at])) == closed[at]


def test_a_history_mends_partial_candles_and_tells_only_what_it_changed():
    start = DAY * 20_000
    series = BarSeries("BTC/USD", Indicators())
    for at in range(20):
        series.close(candle(start + at, 100.0, partial=at == 7))
    bars = series.load(history(start, [101.0] * 20), (start + 20) * MINUTE_NS)
    told = [("1m" if isinstance(b, Bar) else b.timeframe, b.candle.open_ns // MINUTE_NS - start) for b in bars]
    assert told == [("1m", 7), ("5m", 5), ("15m", 0)]
    assert not any(c.partial for c in series.candles)
    assert series.load(history(start, [101.0] * 20), (start + 20) * MINUTE_NS) == []


def test_doubt_marks_the_kept_candles_and_the_bars_made_of_them():
    series, closed = fed([100.0] * 10)
    series.doubt(closed[7].bars[-1].candle.open_ns)
    assert [c.partial for c in series.candles] == [False] * 7 + [True] * 3
    after = series.close(candle(DAY * 20_000 + 10, 100.0))
    assert [bar.candle.partial for bar in after.bars] == [False, False, True, True, True, False]


def test_memory_is_bounded():
    series, _ = fed([100.0 + at % 7 for at in range(RING)])
    size = len(pickle.dumps(series))
    for at in range(RING, RING + 2000):
        series.close(candle(DAY * 20_000 + at, 100.0 + at % 7))
    assert len(series.candles) == RING
    assert len(pickle.dumps(series)) < 1.02 * size


def test_other_periods_are_made_anew_from_the_kept_candles():
    closes = [100.0 + at * at % 23 for at in range(200)]
    series, _ = fed(closes)
    series.set_periods(Indicators(ema_fast=5))
    other = BarSeries("BTC/USD", Indicators(ema_fast=5))
    for at, close in enumerate(closes):
        other.close(candle(DAY * 20_000 + at, close))
    assert series.close(candle(DAY * 20_000 + 200, 90.0)) == other.close(candle(DAY * 20_000 + 200, 90.0))
