"""The volume profile's window: the finest bars that reach back over it, and what is said where none do."""

import numpy as np
import pytest

from leadline.analysis import analyse
from leadline.analysis.bars import Bars
from leadline.analysis.place import short_of, volume_place, window
from leadline.analysis.ultimate_analysis import Now
from leadline.settings import Settings
from leadline.times import DAY_NS
from tests.leadline.analysis.histories import end_ns, series, walk

HOURS = walk(4, 24 * 130)
END = end_ns(HOURS)
ALL = series(HOURS, "1h", "4h", "1d")
FROM = ("1h", "4h", "1d")


def newest(bars: Bars, n: int) -> Bars:
    """Return the newest bars."""
    return bars.part(len(bars) - n, len(bars))


def without(bars: Bars, *gone: int) -> Bars:
    """Return the bars without those with these indices."""
    return chosen(bars, np.setdiff1d(np.arange(len(bars)), gone))


def chosen(bars: Bars, at: np.ndarray) -> Bars:
    """Return the bars with these indices."""
    return Bars.of(*(getattr(bars, name)[at] for name in ("open_ns", "open", "high", "low", "close", "volume")))


def of_60_days(bars: dict[str, Bars]):
    """Return the swing profile's window."""
    return window(bars, FROM, 60.0, END, None)


@pytest.mark.parametrize("hours", [700, 719, 720, 721, 1000])
def test_fine_bars_of_half_the_window_do_not_stand_for_all_of_it(hours):
    found = of_60_days(ALL | {"1h": newest(HOURS, hours)})
    assert (found.timeframe, found.days) == ("4h", 60.0)
    assert found.middle_ns == END - 30 * DAY_NS and int(found.ts_ns[0]) == END - 60 * DAY_NS


def test_the_finest_that_reach_back_are_taken():
    assert of_60_days(ALL).timeframe == "1h"
    assert of_60_days(ALL | {"1h": newest(HOURS, 24 * 58)}).timeframe == "1h"
    assert of_60_days({"1d": ALL["1d"]}).timeframe == "1d"  # its oldest bar may open a day late


def test_a_window_that_no_bars_fill_is_as_long_as_they_reach_and_halved_there():
    found = of_60_days({"1h": newest(HOURS, 24 * 40), "4h": newest(ALL["4h"], 6 * 40)})
    assert (found.timeframe, found.days, found.middle_ns) == ("1h", 40.0, END - 20 * DAY_NS)
    scored, _ = volume_place(found, 0.35, 100, 0.7)
    assert scored.reason.startswith("40 days of 1h bars: ")
    assert all(part.score is not None for part in scored.parts)
    assert short_of(found, 60.0) == "volume_profile: its 1h bars reach back over 40 of 60 days"
    assert short_of(of_60_days(ALL), 60.0) == ""


def test_one_old_bar_before_a_hole_does_not_lengthen_it():
    old = len(HOURS) - 24 * 60
    found = of_60_days({"1h": without(HOURS, *range(old + 1, len(HOURS) - 24 * 35))})
    assert (found.days, len(found.ts_ns)) == (35.0, 24 * 35)


def test_bars_of_less_than_half_the_window_are_none():
    assert "cover half of the last 60 days" in of_60_days({"1h": newest(HOURS, 24 * 29)})
    assert "cover half of the last 60 days" in of_60_days({})


def test_hours_in_which_nothing_traded_are_no_hole():
    quiet = np.flatnonzero(np.random.default_rng(1).random(len(HOURS)) < 0.4)
    assert of_60_days({"1h": without(HOURS, *quiet), "1d": ALL["1d"]}).timeframe == "1h"


def test_an_analysis_heads_the_profile_with_the_days_that_it_has_and_says_what_is_missing():
    bars = {"1h": newest(HOURS, 24 * 40), "4h": newest(ALL["4h"], 6 * 40), "1d": newest(ALL["1d"], 40)}
    swing = analyse(bars, Now("BTC/USD", END), Settings()).of("swing")
    assert swing.volume_days == 40.0
    assert "volume_profile: its 1h bars reach back over 40 of 60 days" in swing.missing
    whole = analyse(ALL, Now("BTC/USD", END), Settings()).of("swing")
    assert whole.volume_days == 60.0 and not [line for line in whole.missing if line.startswith("volume_profile")]
