"""The score: every component moves it by its weight, what is missing is said, and caps hold."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leadline.alignment import align
from leadline.analysis import Bars, HftReading, Now, analyse, bars_needed
from leadline.analysis.scored import Scored
from leadline.analysis.ultimate import bias, confidence, score, total
from leadline.settings import AnalyzerThresholds, AnalyzerWeights, Settings
from tests.leadline.analysis.histories import end_ns, hourly, series, walk

RULES = Settings()
NAMES = ("multi_timeframe", "volume_profile", "technical", "hft_microstructure")
WEIGHTS = {"multi_timeframe": 0.40, "volume_profile": 0.35, "technical": 0.20, "hft_microstructure": 0.05}
signed = st.floats(-100.0, 100.0)
HOURS = walk(11, 24 * 7 * 62, 0.01, sigma=16.0)
BARS = hourly(HOURS)
NOW = Now("BTC/USD", end_ns(HOURS))


def components(scores):
    return [Scored(name, WEIGHTS[name], value, "given") for name, value in zip(NAMES, scores, strict=True)]


def named(analysis, name, profile="swing"):
    return next(part for part in analysis.of(profile).components if part.name == name)


@given(st.tuples(signed, signed, signed, signed), st.sampled_from(range(4)), st.floats(-20.0, 20.0))
def test_a_component_moves_the_score_by_its_weight(scores, which, step):
    moved = list(scores)
    moved[which] = min(max(moved[which] + step, -100.0), 100.0)
    before, after = score(total(components(scores))[1]), score(total(components(moved))[1])
    assert after - before == pytest.approx(WEIGHTS[NAMES[which]] * (moved[which] - scores[which]) / 2.0, abs=1e-8)


@given(st.tuples(signed, signed, signed), st.sampled_from(range(3)))
def test_a_missing_component_leaves_its_weight_to_the_others(scores, which):
    given_scores = [*scores, None]
    given_scores[which] = None
    parts, whole = total(components(given_scores))
    present = [part for part in parts if part.score is not None]
    weight = sum(part.weight for part in present)
    assert whole == pytest.approx(sum(part.weight * part.score for part in present) / weight, abs=1e-8)
    assert sum(part.share for part in parts) == pytest.approx(1.0)


def test_the_order_book_never_counts_for_more_than_its_weight():
    parts, whole = total(components([None, None, 50.0, -100.0]))
    assert (parts[3].share, whole) == (0.05, pytest.approx(0.95 * 50.0 - 5.0))
    assert total(components([None, None, None, 100.0]))[1] is None
    with pytest.raises(ValidationError, match=r"less than or equal to 0\.05"):
        AnalyzerWeights(multi_timeframe=0.40, volume_profile=0.34, technical=0.20, hft_microstructure=0.06)
    with pytest.raises(ValidationError, match="must sum to 1"):
        AnalyzerWeights(technical=0.1)


@given(signed)
def test_the_bias_turns_with_the_sign(value):
    names = {"STRONG_BULLISH": "STRONG_BEARISH", "WEAK_BULLISH": "WEAK_BEARISH", "NEUTRAL": "NEUTRAL"}
    label, turned = bias(value, AnalyzerThresholds()), bias(-value, AnalyzerThresholds())
    assert names.get(label, turned) == turned or names[turned] == label


def test_the_bias_follows_the_scores_edges():
    edges = [(70.0, "STRONG_BULLISH"), (69.9, "WEAK_BULLISH"), (55.0, "WEAK_BULLISH"), (54.9, "NEUTRAL"),
             (45.1, "NEUTRAL"), (45.0, "WEAK_BEARISH"), (30.1, "WEAK_BEARISH"), (30.0, "STRONG_BEARISH")]  # fmt: skip
    for value, label in edges:
        assert bias(round(2.0 * (value - 50.0), 9), AnalyzerThresholds()) == label


def test_an_hft_score_moves_the_whole_analysis_by_its_weight_and_only_while_it_is_fresh():
    def of(reading):
        return analyse(BARS, NOW._replace(hft=reading), RULES)

    assert of(HftReading(60.0, 1.0)).score - of(HftReading(20.0, 1.0)).score == pytest.approx(0.05 * 40.0 / 2.0)
    for reading in (None, HftReading(60.0, 30.0), HftReading(60.0, -1.0), HftReading(float("nan"), 1.0)):
        analysis = of(reading)
        assert named(analysis, "hft_microstructure").score is None
        assert analysis.missing[-1].startswith("hft_microstructure: ")
        assert analysis.score == of(None).score
    config = RULES.ultimate_analyzer.model_copy(update={"hft_integration": False})
    off = analyse(BARS, NOW._replace(hft=HftReading(60.0, 1.0)), RULES.model_copy(update={"ultimate_analyzer": config}))
    assert "switched off" in named(off, "hft_microstructure").reason


def changed(timeframe, change):
    """Return the bars with one timeframe changed."""
    return {**BARS, timeframe: change(BARS[timeframe])}


def more_volume_low(bars: Bars) -> Bars:
    """Return bars whose volume went to the lower half of their prices."""
    low = bars.close < sorted(bars.close[-1440:])[len(bars.close[-1440:]) // 2]
    return dataclasses.replace(bars, volume=bars.volume * (1.0 + 9.0 * low))


def a_rising_end(bars: Bars) -> Bars:
    """Return bars whose last ten rise."""
    lift = [0.0] * (len(bars) - 10) + [40.0 * step for step in range(1, 11)]
    columns = (bars.open, bars.high, bars.low, bars.close)
    return Bars.of(bars.open_ns, *(column + lift for column in columns), bars.volume)


def a_falling_volume(bars: Bars) -> Bars:
    """Return bars whose falling ones carry the volume."""
    return dataclasses.replace(bars, volume=bars.volume * (1.0 + 9.0 * (bars.close < bars.open)))


@pytest.mark.parametrize(
    ("timeframe", "change", "component"),
    [
        ("4h", a_rising_end, "multi_timeframe"),
        ("1w", a_rising_end, "multi_timeframe"),
        ("1h", more_volume_low, "volume_profile"),
        ("1h", a_rising_end, "volume_profile"),
        ("1d", a_falling_volume, "technical"),
    ],
)  # fmt: skip
def test_no_weight_is_dead_an_input_moves_its_component_and_that_alone_the_score(timeframe, change, component):
    before, after = analyse(BARS, NOW, RULES), analyse(changed(timeframe, change), NOW, RULES)
    moved = {name: named(after, name).score - named(before, name).score for name in NAMES[:3]}
    assert abs(moved[component]) > 1.0
    assert [step for name, step in moved.items() if name != component] == [0.0, 0.0]
    share = WEIGHTS[component] / 0.95
    assert after.score - before.score == pytest.approx(share * moved[component] / 2.0, abs=1e-8)


def leaves(parts, path=()):
    for part in parts:
        yield from leaves(part.parts, (*path, part.name)) if part.parts else [((*path, part.name), part.score)]


def test_every_part_of_every_component_takes_many_values():
    seen = {}
    for seed in range(25):
        hours = walk(seed, 24 * 7 * 62, (seed % 3 - 1) * 0.02, sigma=16.0)
        analysis = analyse(series(hours, "4h", "1d", "1w"), Now("BTC/USD", end_ns(hours)), RULES)
        for path, value in leaves(analysis.of("swing").components[:3]):
            seen.setdefault(path, set()).add(value)
    assert len(seen) == 3 * 4 + 3 + 8
    assert {path for path, values in seen.items() if len(values - {None}) < 3} == set()


@pytest.mark.parametrize("profile", ["swing", "position"])
def test_every_score_is_its_parts_by_their_shares_and_every_part_has_its_reason(profile):
    def check(score, parts):
        present = [part for part in parts if part.score is not None]
        assert sum(part.share for part in present) == pytest.approx(1.0 if present else 0.0)
        assert (score is None) == (not present)
        assert score is None or score == pytest.approx(sum(part.share * part.score for part in present), abs=1e-8)
        for part in parts:
            assert part.reason
            if part.parts:
                check(part.score, part.parts)

    analysis = analyse(BARS, NOW._replace(hft=HftReading(10.0, 2.0)), RULES).of(profile)
    check(analysis.signed, analysis.components)
    assert analysis.score == pytest.approx(50.0 + analysis.signed / 2.0)


def test_a_strong_conflict_or_a_missing_component_holds_confidence_at_medium():
    full = components([90.0, 90.0, 90.0, 90.0])
    assert confidence(90.0, 1.0, full, align(70.0, 80.0))[0] == "HIGH"
    level, why = confidence(90.0, 1.0, full, align(-73.0, 80.0))
    assert (level, "strong conflict" in why) == ("MEDIUM", True)
    level, why = confidence(90.0, 1.0, components([90.0, None, 90.0, None]), None)
    assert (level, "volume_profile missing" in why) == ("MEDIUM", True)
    assert confidence(90.0, 0.4, full, None)[0] == "LOW"
    assert confidence(None, None, full, None)[0] == "LOW"


def test_a_timeframe_without_enough_bars_is_missing_and_says_how_many_it_needs():
    short = {**BARS, "1w": BARS["1w"].part(3, len(BARS["1w"])), "4h": BARS["4h"].part(0, 0)}
    analysis = analyse(short, NOW, RULES)
    frames = named(analysis, "multi_timeframe").parts
    assert [(part.name, part.share) for part in frames] == [("4h", 0.0), ("1d", 1.0), ("1w", 0.0)]
    assert "multi_timeframe 1w: 59 1w bars, 60 are needed" in analysis.missing
    assert "multi_timeframe 4h: no 4h bar is closed by then; 60 are needed" in analysis.missing


def test_the_analysis_is_that_of_the_chosen_profile():
    config = RULES.ultimate_analyzer.model_copy(update={"profile": "position"})
    analysis = analyse(BARS, NOW, RULES.model_copy(update={"ultimate_analyzer": config}))
    position = analysis.of("position")
    assert (analysis.score, analysis.bias, analysis.key_level) == (position.score, position.bias, position.key_level)


def test_more_bars_than_it_needs_change_nothing():
    needed = bars_needed()
    cut = {timeframe: bars.part(max(0, len(bars) - needed[timeframe]), len(bars)) for timeframe, bars in BARS.items()}
    assert analyse(cut, NOW, RULES) == analyse(BARS, NOW, RULES)


@pytest.mark.parametrize(
    ("known", "level"), [(1.0, "HIGH"), (0.75, "HIGH"), (0.7, "MEDIUM"), (0.5, "MEDIUM"), (0.49, "LOW"), (0.2, "LOW")]
)
def test_what_few_timeframes_say_is_not_held_for_sure(known, level):
    """Where most are missing, the one that is left agrees with itself."""
    full = [Scored(name, 0.3, 90.0, "") for name in ("multi_timeframe", "volume_profile", "technical")]
    for signed in (90.0, -90.0):
        found, why = confidence(signed, 1.0, full, None, known=known)
        assert found == level and ("of the weight are missing" in why) is (known < 0.75)
