"""The trends benchmark: what it counts is what the analyzer said."""

from benchmarks.trends import NAMES, row, said
from tests.leadline.analysis.histories import DRIFT


def test_a_row_counts_what_was_said_of_its_walks():
    up, down = (dict(zip(NAMES, row(share, 5), strict=True)) for share in (1.0, -1.0))
    assert (up["drift, sigma a day"], down["drift, sigma a day"]) == ("+0.49", "-0.49")
    assert (up["bullish, %"], up["neutral, %"], up["bearish, %"]) == ("100", "0", "0")
    assert (down["bullish, %"], down["neutral, %"], down["bearish, %"]) == ("0", "0", "100")
    one = said(5000, DRIFT)
    assert (one.side, one.score > 55.0) == (1, True)
    assert said(5000, DRIFT) == one
