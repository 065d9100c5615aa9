"""What the analyzer says of markets whose direction is known, because they were made with it."""

import numpy as np
import pytest

from leadline.analysis import Now, analyse
from leadline.analysis.base_rates import OF_WALKS
from leadline.analysis.profiles import PROFILES
from leadline.settings import Settings
from tests.leadline.analysis.histories import DRIFT, WEEKS, driftless, end_ns, series, trend, walk

RULES = Settings()
N = 200


def analysed(seed, drift):
    bars = trend(seed, drift)
    return analyse(series(bars, "4h", "1d", "1w"), Now("BTC/USD", end_ns(bars, 240)), RULES)


@pytest.mark.parametrize(("drift", "bearish"), [(-DRIFT, True), (DRIFT, False)], ids=["downtrends", "uptrends"])
def test_of_200_synthetic_trends_at_least_95_percent_are_called_by_their_name(drift, bearish):
    biases = [analysed(seed, drift).bias for seed in range(N)]
    assert sum(("BEARISH" in bias) == bearish and bias != "NEUTRAL" for bias in biases) >= 0.95 * N


def test_walks_without_drift_centre_on_50():
    scores = np.array([analysed(1000 + seed, 0.0).score for seed in range(N // 2)])
    assert abs(scores.mean() - 50.0) < 3.0 * scores.std() / np.sqrt(len(scores))
    assert 0.3 < (scores > 50.0).mean() < 0.7


def test_a_straight_line_is_a_strong_trend_and_says_what_it_cannot_see():
    closes = 20_000.0 + 8.0 * np.arange(24 * 7 * WEEKS)
    hours = walk(0, len(closes))
    for side, name in ((1.0, "STRONG_BULLISH"), (-1.0, "STRONG_BEARISH")):
        line = 200_000.0 + side * closes
        bars = type(hours).of(hours.open_ns, line, line + 4.0, line - 4.0, line, np.ones(len(line)))
        analysis = analyse(series(bars, "4h", "1d", "1w"), Now("BTC/USD", end_ns(bars)), RULES)
        assert analysis.bias == name
        assert "multi_timeframe 1d structure: fewer than two confirmed swing highs and two lows" in analysis.missing


@pytest.mark.parametrize("profile", PROFILES)
def test_walks_without_direction_get_the_confidences_that_are_told_beside_one(profile):
    n = 60
    walks = [driftless(profile, 9000 + seed) for seed in range(n)]
    found = [analyse(bars, Now("X/USD", as_of_ns), RULES).of(profile).confidence for bars, as_of_ns in walks]
    assert sum(OF_WALKS[profile].values()) == pytest.approx(1.0)
    for name, rate in OF_WALKS[profile].items():
        assert abs(found.count(name) / n - rate) < 3.0 * np.sqrt(rate * (1.0 - rate) * (1 / n + 1 / 200))
