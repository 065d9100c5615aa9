"""Bars that lack parts: counted, told in words, and held against the confidence only where parts are missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.analysis import Bars, Now, analyse
from leadline.analysis.parts import gaps_of, quietly
from leadline.settings import Settings
from tests.leadline.analysis.histories import end_ns, series, upside_down, walk

RULES = Settings()
HOURS = walk(11, 24 * 7 * 62, drift=0.05, sigma=16.0)
NOW = Now("BTC/USD", end_ns(HOURS))


def made_of(n_parts, of_parts, told=True):
    """Return bars of which nothing counts but their parts."""
    n = len(n_parts)
    parts = (np.array(n_parts, np.int64), np.array(of_parts, np.int64), np.broadcast_to(told, n).copy())
    return Bars.of(np.arange(n), *np.ones((5, n)), n_parts=parts[0], of_parts=parts[1], quiet_told=parts[2])


def days_of(lacking, told=True, flip=False):
    """Return the history with some days made of so few of their 24 hours, the newest ones."""
    bars = series(upside_down(HOURS) if flip else HOURS, "4h", "1d", "1w")
    n_parts = np.full(len(bars["1d"]), 24)
    n_parts[len(n_parts) - len(lacking) :] = lacking
    columns = (getattr(bars["1d"], name) for name in ("open_ns", "open", "high", "low", "close", "volume"))
    marks = {"n_parts": n_parts, "of_parts": np.full(len(n_parts), 24), "quiet_told": np.full(len(n_parts), told)}
    return bars | {"1d": Bars.of(*columns, **marks)}


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 59), st.booleans()), max_size=40))
def test_each_bar_is_counted_by_the_share_that_it_lacks(given):
    of_parts = [n for n, _, _ in given]
    n_parts = [max(1, n - lacks) for n, lacks, _ in given]
    found = gaps_of(made_of(n_parts, of_parts, [told for *_, told in given] or True), "1d")
    shares = [(1 - n / of, told) for n, of, (*_, told) in zip(n_parts, of_parts, given, strict=True)]
    assert found.n_bars == len(given)
    assert found.n_gaps == sum(share > 0.05 for share, _ in shares)
    assert found.n_untold == sum(share > 0.05 and not told for share, told in shares)
    assert found.n_holes == sum(share > 0.25 and told for share, told in shares)
    assert (found.words == "") == (found.n_gaps == 0)
    if found.n_gaps:
        assert 1 - found.worst[0] / found.worst[1] == max(share for share, _ in shares)


def test_the_words_tell_missing_parts_from_those_that_may_have_been_quiet():
    days = gaps_of(made_of([24, 24, 21, 3], 4 * [24]), "1d")
    assert days.words == "2 of 4 bars lack more than 5 % of their parts (the worst is made of 3 of 24)"
    assert (days.missing, days.many) == (True, True)
    archived = gaps_of(made_of([24, 24, 21, 3], 4 * [24], told=False), "1d")
    assert archived.words == days.words + quietly(2, 2)
    assert (archived.missing, archived.many) == (False, False)
    both = gaps_of(made_of([24, 24, 21, 3], 4 * [24], told=[True, True, False, True]), "1d")
    assert both.words == days.words + quietly(2, 1)
    assert both.missing


@pytest.mark.parametrize("flip", [False, True])
def test_many_bars_full_of_holes_hold_the_confidence_at_medium_and_nothing_else(flip):
    whole = analyse(days_of([], flip=flip), NOW, RULES).of("swing")
    holed = analyse(days_of([17] * 60, flip=flip), NOW, RULES).of("swing")
    assert (whole.confidence, holed.confidence) == ("HIGH", "MEDIUM")
    assert "held to MEDIUM: 60 of 400 1d bars lack more than 25 % of their parts" in holed.confidence_reason
    assert (holed.score, holed.bias, holed.key_level) == (whole.score, whole.bias, whole.key_level)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [([17] * 40, True), ([18] * 200, True), ([1] * 60, False)],
    ids=["a tenth of the bars", "a quarter of their parts", "an archive's"],
)
def test_few_holes_small_gaps_and_those_of_an_archive_do_not_hold_it(lacking, told):
    found = analyse(days_of(lacking, told), NOW, RULES).of("swing")
    (days,) = (one for one in found.timeframes if one.timeframe == "1d")
    assert found.confidence == "HIGH"
    assert days.bars_with_gaps == len(lacking)
    line = f"multi_timeframe 1d: {days.gaps}"
    assert days.gaps.startswith(f"{len(lacking)} of 400 bars") and (line in found.missing) == told


def test_whole_bars_say_nothing():
    found = analyse(series(HOURS, "4h", "1d", "1w"), NOW, RULES).of("swing")
    assert [(one.bars_with_gaps, one.gaps) for one in found.timeframes] == 3 * [(0, "")]
    assert not any("parts" in line for line in found.missing)
