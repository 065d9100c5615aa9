"""As of a time: nothing later counts, and odd histories give an answer without a NaN or a crash."""

import json
import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.analysis import Bars, HftReading, Now, Trades, analyse, plain
from leadline.analysis.bars import close_ns, closed_by, missing_bars
from leadline.errors import LeadlineError
from leadline.settings import Settings
from leadline.times import DAY_NS, HOUR_NS, MINUTE_NS
from tests.leadline.analysis.histories import bitcoin, end_ns, hourly, rolled, series, walk

RULES = Settings()


def assert_sound(analysis):
    """Check that the tree is plain, whole and finite, and that whatever is None says why."""
    json.dumps(plain(analysis), allow_nan=False)

    def walk_tree(value):
        if isinstance(value, float):
            assert math.isfinite(value)
        for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk_tree(below)

    walk_tree(plain(analysis))
    for profile in analysis.profiles:
        assert profile.setup is not None or profile.setup_reason
        assert all(component.score is not None or component.reason for component in profile.components)
        assert profile.key_level.reason
    return analysis


def cut(bars, as_of_ns):
    """Return only the bars that open before a time: all that a store ending there would hold."""
    return {t: b.part(0, int(np.searchsorted(b.open_ns, as_of_ns))) for t, b in bars.items()}


def test_an_analysis_is_the_same_whether_the_store_ends_there_or_goes_on(recordings):
    bars = hourly(bitcoin(recordings))
    times = np.random.default_rng(5).integers(bars["1h"].open_ns[20_000], bars["1h"].open_ns[-1], 100)
    for as_of_ns in times.tolist():
        now = Now("BTC/USD", as_of_ns, hft=HftReading(12.0, 1.0))
        assert analyse(cut(bars, as_of_ns), now, RULES) == analyse(bars, now, RULES)


def test_what_comes_after_may_be_anything_and_a_bar_counts_from_its_close_on():
    hours = walk(4, 24 * 7 * 62, sigma=16.0)
    bars, now = hourly(hours), Now("BTC/USD", end_ns(hours) - 5 * HOUR_NS)
    wild = {
        t: Bars.of(b.open_ns, *(np.where(close_ns(b.open_ns, t) > now.as_of_ns, math.nan, column)
                                for column in (b.open, b.high, b.low, b.close, b.volume)))
        for t, b in bars.items()
    }  # fmt: skip
    assert assert_sound(analyse(wild, now, RULES)) == analyse(bars, now, RULES)
    assert analyse(bars, now._replace(as_of_ns=now.as_of_ns - 1), RULES).price != analyse(bars, now, RULES).price


def test_trades_after_the_time_do_not_count():
    minutes = walk(2, 60 * 24 * 3, minutes=1, sigma=4.0)
    bars = series(minutes, "1m", "5m", "15m", "1h")
    trades = Trades(int(minutes.open_ns[0]), minutes.open_ns + 10**9, minutes.close, minutes.volume)
    now = Now("BTC/USD", int(minutes.open_ns[-600]), trades=trades)
    known = minutes.open_ns < now.as_of_ns
    before = Trades(trades.from_ns, trades.ts_ns[known], trades.price[known], trades.volume[known])
    assert analyse(bars, now, RULES) == analyse(bars, now._replace(trades=before), RULES)


def test_trades_take_the_place_of_the_bars_that_they_cover():
    minutes = walk(2, 60 * 24 * 3, minutes=1, sigma=4.0)
    bars, last_day = series(minutes, "5m", "15m", "1h"), minutes.part(len(minutes) - 1440, len(minutes))
    trades = Trades(int(last_day.open_ns[0]), last_day.open_ns + 10**9, last_day.close, last_day.volume)
    now = Now("BTC/USD", end_ns(minutes, 1))
    with_trades, without = (analyse(bars, n, RULES).of("scalping") for n in (now._replace(trades=trades), now))
    assert with_trades.volume_profile.volume == pytest.approx(without.volume_profile.volume)
    assert with_trades.volume_profile.histogram != without.volume_profile.histogram
    assert "1440 trades and 5m bars" in with_trades.components[1].reason


def test_months_close_with_the_calendar_and_weeks_after_seven_days():
    first_days = np.array(["2019-12-01", "2020-01-01", "2020-02-01"], dtype="datetime64[ns]")
    months = first_days.astype(np.int64)
    assert [int(n) // DAY_NS for n in close_ns(months, "1M") - months] == [31, 31, 29]
    one = np.ones(3)
    bars = Bars.of(months, one, one, one, one, one)
    assert len(closed_by(bars, "1M", int(months[2]) - 1, 10)) == 1
    assert len(closed_by(bars, "1M", int(months[2]), 10)) == 2
    assert missing_bars(bars, "1M") == 0


def test_missing_bars_are_counted_and_a_stale_timeframe_is_left_out():
    hours = walk(4, 24 * 7 * 62, sigma=16.0)
    keep = np.ones(len(hours), dtype=bool)
    keep[-300:-200] = False
    holey = Bars(*(getattr(hours, field.name)[keep] for field in fields(hours)))
    facts = assert_sound(analyse(hourly(holey), Now("X/USD", end_ns(hours)), RULES)).of("scalping").timeframes[0]
    assert (facts.timeframe, facts.n_bars, facts.missing_bars) == ("1h", 400, 100)
    without = {**hourly(hours), "4h": rolled(hours.part(0, len(hours) - 52), "4h")}
    late = assert_sound(analyse(without, Now("X/USD", end_ns(hours)), RULES))
    assert any("the newest 4h bar closed" in line for line in late.missing)


@pytest.mark.parametrize("hours", [0, 1, 2, 59, 60, 61, 240, 24 * 60, 24 * 61 + 5])
@pytest.mark.parametrize("kind", ["walk", "flat", "no volume", "one jump", "gaps"])
def test_a_degenerate_history_gives_an_answer_without_nan(hours, kind):
    bars = walk(7, hours, sigma=16.0)
    flat, ones = np.full(hours, 123.4), np.ones(hours)
    if kind == "flat":
        bars = Bars.of(bars.open_ns, flat, flat, flat, flat, ones)
    elif kind == "no volume":
        bars = Bars.of(bars.open_ns, bars.open, bars.high, bars.low, bars.close, 0.0 * ones)
    elif kind == "one jump":
        jump = flat + 10.0 * (np.arange(hours) > 3)
        bars = Bars.of(bars.open_ns, jump, jump, jump, jump, ones)
    elif kind == "gaps":
        bars = bars.part(0, hours)
        bars.open_ns[hours // 2 :] += 3 * DAY_NS
    as_of_ns = int(bars.open_ns[-1]) + HOUR_NS if hours else 10**18
    now = Now("X/USD", as_of_ns, HftReading(90.0, 1.0), equity_quote=1000.0)
    analysis = assert_sound(analyse(hourly(bars) if hours else {"1h": bars}, now, RULES))
    if kind in ("flat", "one jump") and analysis.of("scalping").score is not None:
        without = analyse(hourly(bars), now._replace(hft=None), RULES).of("scalping")
        assert kind == "one jump" or (without.score == 50.0 and without.setup is None)


@settings(max_examples=60)
@given(
    st.integers(1, 150),
    st.integers(0, 1 << 32),
    st.sampled_from([0.0, 1e-9, 0.01, 1.0, 1e6]),
    st.sampled_from([0.0, 1e-6, 5.0]),
    st.sampled_from([0.0, 1e-9, 1.0, 1e9]),
)
def test_any_bars_give_a_sound_analysis(n, seed, step, start, size):
    rng = np.random.default_rng(seed)
    closes = start + np.maximum(np.cumsum(rng.integers(-2, 3, n)) + 50.0, 0.0) * step
    opens = np.concatenate((closes[:1], closes[:-1]))
    columns = (opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, rng.integers(0, 3, n) * size)
    starts = np.cumsum(rng.choice([1, 1, 1, 5], n)) * DAY_NS
    now = Now("X/USD", int(starts[-1]) + DAY_NS, HftReading(-80.0, 2.0))
    quick = starts // 288 + now.as_of_ns - int(starts[-1]) // 288 - 5 * MINUTE_NS
    assert_sound(analyse({"1d": Bars.of(starts, *columns), "5m": Bars.of(quick, *columns)}, now, RULES))


def test_bars_that_cannot_be_are_refused_by_name():
    good = walk(1, 100)
    now = Now("BTC/USD", end_ns(good))
    backwards = Bars.of(good.open_ns[::-1], good.open, good.high, good.low, good.close, good.volume)
    above = Bars.of(good.open_ns, good.open, good.low, good.high, good.close, good.volume)
    short = Bars.of(good.open_ns, good.open[:-1], good.high, good.low, good.close, good.volume)
    holes = Bars.of(good.open_ns, good.open, good.high, good.low, np.full(100, math.nan), good.volume)
    wrong = {"sort them": backwards, "impossible": above, "different length": short, "holds nan": holes}
    for message, bars in wrong.items():
        with pytest.raises(LeadlineError, match=f"^1h bars of BTC/USD: .*{message}"):
            analyse({"1h": bars}, now, RULES)


def test_a_full_analysis_of_real_history_is_sound(recordings):
    hours = bitcoin(recordings)
    bars = hourly(hours)
    for day in ("2015-03-01", "2018-02-06", "2021-10-18", "2022-06-18"):
        as_of_ns = int(np.datetime64(day, "ns").astype(np.int64)) + 9 * HOUR_NS
        analysis = assert_sound(analyse(bars, Now("BTC/USD", as_of_ns), RULES))
        assert all(part.score is not None for part in analysis.of("swing").components[:3])
    assert rolled(hours, "1d").open_ns[0] % DAY_NS == 0
