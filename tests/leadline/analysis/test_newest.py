"""How old the data may be: a market that is told of no more has a last price, and no score."""

import numpy as np

from leadline.analysis import HftReading, Now, analyse
from leadline.analysis.newest import Newest, newest
from leadline.settings import Settings
from leadline.times import DAY_NS, HOUR_NS, MINUTE_NS
from tests.leadline.analysis.histories import bitcoin, end_ns, hourly, rolled, series, walk

RULES = Settings()
HOURS = walk(4, 24 * 7 * 62, -0.05, sigma=16.0)
BARS, END = hourly(HOURS), end_ns(HOURS)


def after(ns, bars=BARS):
    return analyse(bars, Now("X/USD", END + ns), RULES)


def test_dead_history_gives_no_score_and_nothing_to_trade_by(recordings):
    """The recorded hours end on 2023-01-07 10:00; three weeks later their weeks still look like a trend."""
    bars = hourly(bitcoin(recordings))
    for day in ("2023-01-09", "2023-01-13", "2023-01-20", "2023-01-22"):
        found = analyse(bars, Now("BTC/USD", int(np.datetime64(day, "ns").astype(np.int64))), RULES)
        for one in found.profiles:
            assert (one.score, one.bias, one.confidence) == (None, "NEUTRAL", "LOW")
            assert (one.key_level.price, one.setup, one.zones, one.breakouts) == (None, None, (), ())
            assert "is of 2023-01-07 10:00 UTC, " in one.confidence_reason
        assert (found.price, found.price_timeframe) == (16935.3, "1h")
        assert found.price_dated.startswith("1h close of 2023-01-07 10:00 UTC, ")


def test_days_alone_are_enough_and_a_day_that_is_missing_is_not():
    days = series(HOURS, "1d", "1w", "1M")
    for hours in (0, 9, 21, 24):
        found = after(hours * HOUR_NS, days).of("swing")
        assert found.score is not None
        assert "old" not in found.confidence_reason
    late = after(36 * HOUR_NS, days).of("swing")
    assert (late.score is None, "the newest close is 36 h old" in late.confidence_reason) == (False, True)
    assert late.confidence != "HIGH"
    dead = after(36 * HOUR_NS + 1, days).of("swing")
    assert dead.score is None
    assert dead.missing == (dead.confidence_reason, "hft_microstructure: no stored reading of the order book")
    assert dead.confidence_reason.endswith("36 h old; swing needs one of the last 36 h")


def test_an_order_book_that_is_alive_is_told_but_makes_no_score():
    now = Now("X/USD", END + 3 * DAY_NS, hft=HftReading(60.0, 1.0))
    dead = analyse(BARS, now, RULES).of("swing")
    assert [(part.name, part.score) for part in dead.components if part.score] == [("hft_microstructure", 60.0)]
    assert (dead.score, dead.bias, dead.missing) == (None, "NEUTRAL", (dead.confidence_reason,))


def test_a_scalp_is_told_for_an_hour_and_not_surely_after_a_quarter():
    minutes = walk(0, 60 * 24 * 3, 0.05, minutes=1, sigma=0.5)
    bars, end = series(minutes, "1m", "5m", "15m", "1h"), end_ns(minutes, 1)

    def of(age_minutes):
        return analyse(bars, Now("X/USD", end + age_minutes * MINUTE_NS), RULES).of("scalping")

    assert of(15).confidence == "HIGH"
    assert of(16).confidence == "MEDIUM"
    assert of(60).score is not None
    assert of(61).score is None


def test_the_price_is_the_newest_close_even_of_a_timeframe_that_is_too_old_for_a_chart():
    hours = BARS["1h"].part(0, len(BARS["1h"]) - 20)  # over 12 bars ago
    weeks = BARS["1w"].part(0, len(BARS["1w"]) - 1)
    found = after(0, {"1h": hours, "1w": weeks})
    assert (found.price, found.price_timeframe) == (hours.close[-1], "1h")
    assert found.price_dated.endswith("20 h old")


def test_a_bar_is_no_newer_than_what_it_is_made_of():
    """A month of which 95 % are known counts as whole; it closes a day and a half after its last hour."""
    months = rolled(HOURS.part(0, len(HOURS) - 30), "1M")
    made_until = end_ns(HOURS.part(0, len(HOURS) - 30))
    assert newest({"1M": months}) == Newest(float(months.close[-1]), made_until, "1M")


def test_of_timeframes_that_reach_as_far_the_finest_tells_the_price():
    assert newest(BARS).timeframe == "1h"
    assert newest({}) is None
    assert newest(BARS | {"1h": BARS["1h"].part(0, 0)}).timeframe == "4h"
