"""Histories turned upside down, p -> c - p: every direction changes its sign."""

import pytest

from leadline.analysis import HftReading, Now, Trades, analyse
from leadline.analysis.bars import close_ns
from leadline.settings import Settings
from leadline.times import HOUR_NS
from tests.leadline.analysis.histories import MIRROR, bitcoin, end_ns, hourly, rolled, series, upside_down, walk

RULES = Settings()
OPPOSITE = {
    "STRONG_BULLISH": "STRONG_BEARISH", "WEAK_BULLISH": "WEAK_BEARISH", "NEUTRAL": "NEUTRAL",
    "WEAK_BEARISH": "WEAK_BULLISH", "STRONG_BEARISH": "STRONG_BULLISH",
}  # fmt: skip
OTHER_KIND = {"support": "resistance", "resistance": "support", "inside": "inside"}


def scores(nodes):
    return [(node.name, node.score, node.share, scores(node.parts)) for node in nodes]


def assert_opposite(ours, theirs):
    """Compare two breakdowns, node by node."""
    assert len(ours) == len(theirs)
    for (name, score, share, parts), (name_2, score_2, share_2, parts_2) in zip(ours, theirs, strict=True):
        assert (name, score is None) == (name_2, score_2 is None)
        assert share_2 == pytest.approx(share, abs=1e-9)
        assert score is None or score_2 == pytest.approx(-score, abs=1e-9)
        assert_opposite(parts, parts_2)


def assert_turned(analysis, turned, about, tolerance):
    def price(number):
        return pytest.approx(None if number is None else about - number, abs=tolerance)

    for one, other in zip(analysis.profiles, turned.profiles, strict=True):
        assert (other.score is None) == (one.score is None)
        assert one.score is None or other.score == pytest.approx(100.0 - one.score, abs=1e-9)
        assert (other.bias, other.confidence, other.confluence) == (OPPOSITE[one.bias], one.confidence, one.confluence)
        assert_opposite(scores(one.components), scores(other.components))
        assert other.key_level.price == price(one.key_level.price) if one.key_level.price else not other.key_level.price
        assert [(OTHER_KIND[z.kind], z.low, z.high) for z in reversed(other.zones)] == [
            (z.kind, price(z.high), price(z.low)) for z in one.zones
        ]
        assert sorted((b.side, b.level) for b in other.breakouts) == sorted(
            (("down" if b.side == "up" else "up"), price(b.level)) for b in one.breakouts
        )
        assert (one.setup is None) == (other.setup is None)
        if one.setup is not None:
            assert {one.setup.side, other.setup.side} == {"buy", "sell"}
            assert (other.setup.entry_high, other.setup.stop) == (price(one.setup.entry_low), price(one.setup.stop))
            beyond = [
                [note[:8] for note in plan.notes if note.startswith("target")] for plan in (one.setup, other.setup)
            ]
            assert beyond[0] == beyond[1]  # beyond anything traded
            assert [target.price for target in other.setup.targets] == [price(t.price) for t in one.setup.targets]


@pytest.mark.parametrize("seed", range(12))
def test_a_mirrored_history_gives_the_mirrored_analysis(seed):
    hours = walk(seed, 24 * 7 * 62, drift=(seed % 5 - 2) * 0.03, sigma=16.0)
    bars = hourly(hours)
    now = Now("BTC/USD", end_ns(hours), hft=HftReading(25.0, 3.0))
    turned = now._replace(hft=HftReading(-25.0, 3.0))
    assert_turned(
        analyse(bars, now, RULES), analyse({t: upside_down(b) for t, b in bars.items()}, turned, RULES), MIRROR, 1e-6
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_mirrored_day_gives_the_mirrored_scalping_profile(seed):
    minutes = walk(seed, 60 * 24 * 4, drift=(seed % 5 - 2) * 0.02, minutes=1, sigma=4.0)
    bars = series(minutes, "1m", "5m", "15m", "1h")
    last_day = minutes.part(len(minutes) - 1440, len(minutes))  # each minute's close as one trade
    trades = Trades(int(last_day.open_ns[0]), last_day.open_ns + 10**9, last_day.close, last_day.volume)
    now = Now("BTC/USD", end_ns(minutes, 1), trades=trades)
    turned = now._replace(trades=Trades(trades.from_ns, trades.ts_ns, MIRROR - trades.price, trades.volume))
    analysis = analyse(bars, now, RULES)
    assert analysis.of("scalping").score is not None
    assert_turned(analysis, analyse({t: upside_down(b) for t, b in bars.items()}, turned, RULES), MIRROR, 1e-6)


def test_real_history_mirrored_gives_the_mirrored_score(recordings):
    hours = bitcoin(recordings)
    days = rolled(hours, "1d")
    bars = hourly(hours)
    turned = {timeframe: upside_down(these, 200_000.0) for timeframe, these in bars.items()}
    biases = set()
    for day in range(500, len(days), 190):
        now = Now("BTC/USD", int(close_ns(days.open_ns[day : day + 1], "1d")[0]) + 5 * HOUR_NS)
        ours, theirs = analyse(bars, now, RULES), analyse(turned, now, RULES)
        biases.add(ours.bias)
        assert theirs.score == pytest.approx(100.0 - ours.score, abs=1e-9)
        assert theirs.bias == OPPOSITE[ours.bias]
    assert len(biases) >= 4
