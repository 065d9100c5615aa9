"""What follows from the score: key level, zones, breakouts and setups with their costs."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.analysis import Bars, HftReading, Now, analyse
from leadline.analysis.chart import chart
from leadline.analysis.key_level import key_level
from leadline.analysis.levels import Level
from leadline.analysis.zones import MOST_WIDTH, breakouts, merged, zones
from leadline.settings import Settings
from leadline.times import DAY_NS, HOUR_NS
from leadline.volume_profile import profile
from tests.leadline.analysis.histories import end_ns, hourly, rolled, series, walk

RULES = Settings()
N = 24 * 7 * 62


def setups(seeds, rules=RULES, hft=None, drift=0.06):
    for seed in seeds:
        bars = walk(seed, N // 4, drift * (1 if seed % 2 else -1), minutes=240, sigma=24.0)
        now = Now("BTC/USD", end_ns(bars, 240), hft=hft)
        for one in analyse(series(bars, "4h", "1d", "1w"), now, rules).profiles:
            if one.setup is not None:
                yield one, one.setup


def test_a_setup_enters_at_or_behind_the_price_stops_beyond_it_and_aims_at_least_2r_away():
    seen = set()
    for one, setup in setups(range(30)):
        side = 1.0 if setup.side == "buy" else -1.0
        seen.add((setup.horizon, setup.side))
        assert ("BULLISH" in one.bias) == (side > 0)
        risk = side * (setup.entry - setup.stop)
        assert setup.entry == (setup.entry_high if side > 0 else setup.entry_low)
        assert setup.entry_low < setup.entry_high
        assert risk >= 1.5 * one.atr * (1 - 1e-9)
        assert side * (setup.entry_low - setup.stop) > 0.0
        assert side * (setup.entry_high - setup.stop) > 0.0
        multiples = [side * (target.price - setup.entry) / risk for target in setup.targets]
        assert multiples == pytest.approx([target.r_multiple for target in setup.targets])
        assert multiples[0] >= 2.0 - 1e-9
        assert multiples[1] >= 1.5 * multiples[0] - 1e-9
        assert setup.confidence == one.confidence
        atrs = side * (setup.targets[0].price - setup.entry) / one.atr
        assert setup.lasts_low_seconds == pytest.approx(atrs * {"swing": 1, "position": 7}[setup.horizon] * 86400)
        assert setup.lasts_high_seconds >= setup.lasts_low_seconds
    assert seen == {(horizon, side) for horizon in ("swing", "position") for side in ("buy", "sell")}


def test_a_target_says_truly_what_zone_it_is_in_or_before_or_that_none_is_near():
    seen = set()
    for one, setup in setups(range(40)):
        side = 1.0 if setup.side == "buy" else -1.0
        risk, least = side * (setup.entry - setup.stop), 2.0
        for target in setup.targets:
            edges = [sorted(side * (edge - setup.entry) / risk for edge in (zone.low, zone.high)) for zone in one.zones]
            r = target.r_multiple
            into = [near for near, far in edges if near < r - 1e-3 and far > r + 1e-3]
            ahead = [near for near, _ in edges if r + 1e-3 < near < 1.5 * least - 1e-3]
            at_edge = any(abs(near - r) < 1e-3 for near, _ in edges)
            kind = re.search("inside a zone that begins at|no listed zone from there", target.reason)
            seen.add(kind and kind.group())
            if kind is None:
                assert at_edge
            elif "inside" in kind.group():
                assert r == pytest.approx(least, rel=1e-3)
                assert f"begins at {into[0]:.1f} R" in target.reason or at_edge
            else:
                assert r == pytest.approx(least, rel=1e-3) and not into and not ahead
            least = 1.5 * r
    assert seen == {None, "inside a zone that begins at", "no listed zone from there"}


def test_a_short_has_no_target_below_half_the_price_and_is_none_without_a_first_one():
    n_targets = set()
    for start in (1500.0, 2000.0, 2400.0):  # the fall takes 1444 of it, and a weekly ATR is 63
        bars = walk(2, N // 4, -0.05, minutes=240, sigma=6.0, start=start)
        now = Now("X/USD", end_ns(bars, 240))
        one = analyse(series(bars, "4h", "1d", "1w"), now, RULES).of("position")
        assert "BEARISH" in one.bias
        n_targets.add(0 if one.setup is None else len(one.setup.targets))
        assert one.setup is not None or "would be less than half the price: one 1w ATR is " in one.setup_reason
        assert one.setup is None or min(target.price for target in one.setup.targets) >= bars.close[-1] / 2
    assert n_targets == {0, 1, 2}


def test_a_planned_stop_out_costs_at_most_the_cap_fees_inside():
    for _, setup in setups(range(12)):
        stop_bps = 1e4 * abs(setup.entry - setup.stop) / setup.entry
        loss = setup.size_base * setup.entry * (stop_bps + setup.cost_bps) * 1e-4
        assert setup.risk_quote == pytest.approx(loss)
        assert 0.0 < setup.risk_quote <= 10_000.0 * 0.02 * 2.0 / 3.0 + 1e-9
        assert setup.size_quote <= 10_000.0 * (1 + 1e-9)
        assert round(setup.size_base, 8) == setup.size_base
        win_bps = 1e4 * abs(setup.targets[0].price - setup.entry) / setup.entry - setup.cost_bps
        assert setup.net_rr == pytest.approx(win_bps / (stop_bps + setup.cost_bps))
        assert setup.breakeven_win_rate == pytest.approx(1.0 / (1.0 + setup.net_rr))
        assert setup.net_rr < setup.targets[0].r_multiple


def test_the_order_book_scales_the_size_and_caps_the_confidence():
    roomy = RULES.model_copy(update={"risk": RULES.risk.model_copy(update={"max_notional": 3.0})})

    def one(hft, rules=roomy):
        return next(setup for analysis, setup in setups([1], rules, hft) if analysis.name == "swing")

    alone, against, along = one(None), one(HftReading(-90.0, 1.0)), one(HftReading(90.0, 1.0))
    assert (alone.side, alone.confidence, against.confidence) == ("buy", "HIGH", "MEDIUM")
    assert one(HftReading(0.0, 1.0)).risk_quote == alone.risk_quote  # what is not known makes no size larger
    assert along.risk_quote == pytest.approx(1.5 / 0.8 * alone.risk_quote)
    assert against.risk_quote == pytest.approx(0.5 / 0.8 * alone.risk_quote)
    without = roomy.model_copy(
        update={"ultimate_analyzer": RULES.ultimate_analyzer.model_copy(update={"hft_integration": False})}
    )
    assert one(HftReading(-90.0, 1.0), without).risk_quote == pytest.approx(1.0 / 0.8 * alone.risk_quote)


def scalp(rules=RULES, **known):
    minutes = walk(3, 60 * 24 * 3, 0.05, minutes=1, sigma=0.5)
    now = Now("BTC/USD", end_ns(minutes, 1), **known)
    return analyse(series(minutes, "1m", "5m", "15m", "1h"), now, rules).of("scalping").setup


def test_a_scalp_risks_at_most_half_a_percent_and_says_when_fees_make_it_impossible():
    setup = scalp()
    assert (setup.horizon, setup.verdict, setup.verdict_reasons) == ("scalp", "not_tradable", ("impossible",))
    assert setup.breakeven_win_rate is None
    cheap = RULES.model_copy(update={"fees": RULES.fees.model_copy(update={"maker_bps": 0.0, "taker_bps": 0.0})})
    setup = scalp(cheap, equity_quote=50_000.0)
    assert (setup.verdict, setup.notes[0]) == ("tradable", "held to the notional cap")
    assert setup.size_quote == pytest.approx(50_000.0)
    assert setup.risk_quote <= 50_000.0 * 0.005


def test_without_minutes_there_is_no_scalp_and_a_neutral_bias_gives_no_setup():
    hours = walk(5, N, sigma=16.0)
    analysis = analyse(hourly(hours), Now("BTC/USD", end_ns(hours)), RULES)
    if analysis.of("scalping").bias != "NEUTRAL":
        assert analysis.of("scalping").setup_reason == "needs 5m or 15m bars: 1h bars are of another horizon"
    for one in analysis.profiles:
        assert one.bias != "NEUTRAL" or (one.setup is None and one.setup_reason == "the bias is neutral")


def test_a_target_beyond_anything_traded_says_so_and_a_price_a_day_old_too():
    bars = walk(1, N // 4, 0.06, minutes=240, sigma=24.0)
    these = series(bars, "4h", "1d", "1w")
    highest, ahead = float(bars.high.max()), set()
    for age_hours in (0, 30):
        now = Now("BTC/USD", end_ns(bars, 240) + age_hours * HOUR_NS)
        for one in analyse(these, now, RULES).profiles[:2]:
            for n, target in enumerate(one.setup.targets, 1):
                note = f"target {n} is beyond anything traded in the bars looked at, which end at {highest:,.8g}"
                assert (note in one.setup.notes) == (note in one.setup.warnings) == (target.price > highest)
                ahead.add(target.price > highest)
            assert ("the newest close is 30 h old" in one.setup.notes) == (age_hours == 30)
    assert ahead == {True}


def daily() -> Bars:
    """Return days that swing between 90 and 110, with a last low of 96."""
    closes = np.array([100.0, 104.0, 108.0, 104.0, 100.0, 98.0] * 12)
    closes[-6:] = (100.0, 99.0, 98.0, 99.0, 100.0, 101.0)
    opens = np.concatenate(([100.0], closes[:-1]))
    return Bars.of(np.arange(72) * DAY_NS, opens, np.maximum(opens, closes) + 1, np.minimum(opens, closes) - 2,
                   closes, np.ones(72))  # fmt: skip


def test_the_key_level_is_the_nearest_that_protects_between_half_an_atr_and_three():
    made = chart(daily(), "1d")
    atr, price = made.atr_quote, 101.0
    assert 5.0 < atr < 6.0
    volume = profile([90.0], [110.0], [1.0], bins=10)  # value area 92 to 108, POC 100
    bullish = key_level("WEAK_BULLISH", price, made, volume)
    assert (bullish.price, "1d swing low" in bullish.reason) == (96.0, True)  # the POC is nearer than half an ATR
    assert key_level("STRONG_BULLISH", 103.0, made, volume).price == 100.0
    assert key_level("WEAK_BULLISH", 200.0, made, volume).price == pytest.approx(200.0 - 1.5 * atr)
    assert key_level("STRONG_BEARISH", price, made, volume).price == 108.0
    assert key_level("NEUTRAL", price, made, volume).price == 100.0
    assert key_level("NEUTRAL", price, made, None).price is None
    assert key_level("WEAK_BULLISH", price, None, volume).price is None


@given(st.lists(st.integers(-64, 64).map(lambda n: n / 8), min_size=1, max_size=30))
def test_zones_are_apart_not_too_wide_and_hold_every_level_once(prices):
    levels = sorted((Level(100.0 + p, 1.0, f"at {p}") for p in prices), key=lambda level: level.price)
    groups = merged(levels, MOST_WIDTH, 100.0, 1e-9)
    assert [level for group in groups for level in group] == levels
    assert all(group[-1].price - group[0].price <= MOST_WIDTH + 1e-9 for group in groups)
    assert all(after[-1].price - before[0].price > MOST_WIDTH for before, after in pairwise(groups))


def test_a_zone_knows_its_side_its_strength_and_its_reasons_and_gives_the_breakouts():
    levels = [Level(90.0, 2.0, "value area low"), Level(90.5, 1.0, "swing"), Level(99.9, 1.0, "a"),
              Level(100.2, 3.0, "b"), Level(104.0, 1.5, "node"), Level(170.0, 9.0, "too far")]  # fmt: skip
    found = zones(levels, 100.0, 1.0 / 0.75)
    assert [(zone.kind, zone.low, zone.high, zone.strength) for zone in found] == [
        ("support", 90.0, 90.5, 3.0), ("inside", 99.9, 100.2, 4.0), ("resistance", 104.0, 104.0, 1.5),
    ]  # fmt: skip
    assert found[1].reasons == ("b", "a")
    assert [(one.side, one.level) for one in breakouts(found, 100.0, 1.0)] == [("up", 104.0), ("down", 90.0)]
    assert zones(levels, 100.0, 0.0) == ()


def test_the_last_swing_is_named_by_its_day():
    hours = walk(9, N, sigma=16.0)
    analysis = analyse(hourly(hours), Now("BTC/USD", end_ns(hours)), RULES).of("swing")
    assert not {r for z in analysis.zones for r in z.reasons if "swing" in r and r.split("of ")[1] < "2020-11-07"}
    days = rolled(hours, "1d")
    named = {reason for zone in analysis.zones for reason in zone.reasons if reason.startswith("1d swing")}
    assert named
    for reason in named:
        kind, day = reason.split()[2], reason.split()[-1]
        at = int(np.searchsorted(days.open_ns, int(np.datetime64(day, "ns").astype(np.int64))))
        price = float((days.high if kind == "high" else days.low)[at])
        assert any(zone.low <= price <= zone.high for zone in analysis.zones if reason in zone.reasons)
