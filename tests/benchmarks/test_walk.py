"""The walk: it looks at nothing after a date, returns are of the prices, and the page says what was found."""

import numpy as np
import pytest

from benchmarks.walk_findings import Horizon
from benchmarks.walk_page import BEGIN, END, sentence, write
from benchmarks.walk_weeks import Walk, analysed, forward_returns, mondays, walk
from leadline.analysis import Bars
from leadline.analysis.as_of import written
from leadline.times import DAY_NS, HOUR_NS
from sinks import catalog
from tests.leadline.analysis import histories
from tests.sinks.analysis_stores import imported

BARS = histories.walk(7, 24 * 7 * 66)
TIMES = [int(BARS.open_ns[0]) + (24 * 7 * week) * HOUR_NS for week in (62, 63, 64)]


def store(folder, bars):
    imported(folder, bars)
    catalog.refresh(folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return store(tmp_path_factory.mktemp("whole"), BARS)


def after(bars, time_ns, change):
    """Return bars whose prices change from a time on."""
    late = bars.open_ns >= time_ns
    prices = (np.where(late, change(p), p) for p in (bars.open, bars.high, bars.low, bars.close))
    return Bars.of(bars.open_ns, *prices, bars.volume)


def test_dates_are_mondays_a_week_apart():
    times = mondays()
    assert (written(times[0]), written(times[-1])) == ("2015-01-05 00:00 UTC", "2022-12-26 00:00 UTC")
    assert set(np.diff(times)) == {7 * DAY_NS}


def test_nothing_after_a_date_is_looked_at(whole, tmp_path):
    known = analysed(whole, TIMES)
    assert all(np.isfinite(week.scores[0]) for week in known)
    ends = store(tmp_path / "ends", BARS.part(0, int(np.searchsorted(BARS.open_ns, TIMES[1]))))
    goes_wild = store(tmp_path / "wild", after(BARS, TIMES[1], lambda price: 3.0 * price))
    for other in (ends, goes_wild):
        np.testing.assert_equal(analysed(other, TIMES[:2]), known[:2])
    assert analysed(goes_wild, TIMES[2:]) != known[2:]


def test_returns_are_of_the_prices_then_and_later(whole):
    (row,) = forward_returns(whole, TIMES[:1], horizons=(1, 7, 60))
    at = int(np.searchsorted(BARS.open_ns, TIMES[0])) - 1  # the bar that closes at that time
    assert row[:2].tolist() == pytest.approx([np.log(BARS.close[at + 24 * d] / BARS.close[at]) for d in (1, 7)])
    assert np.isnan(row[2])  # the history is over by then


def test_a_hole_in_the_history_gives_no_price(tmp_path):
    at = int(np.searchsorted(BARS.open_ns, TIMES[0]))
    holed = Bars.of(*(np.delete(getattr(BARS, name), slice(at - 4, at)) for name in
                      ("open_ns", "open", "high", "low", "close", "volume")))  # fmt: skip
    assert np.isnan(forward_returns(store(tmp_path, holed), TIMES[:1])).all()


def test_several_processes_find_what_one_finds(whole):
    one = walk(whole, TIMES, processes=1)
    np.testing.assert_equal(one, walk(whole, TIMES, processes=2))
    assert one.scores.shape == (3, 3) and one.returns.shape == (3, 3)


def made_up(relation, n=160):
    """Return a walk whose returns follow its scores by so much."""
    rng = np.random.default_rng(5)
    scores = rng.uniform(0.0, 100.0, (n, 3))
    returns = relation * (scores[:, :1] - 50.0) / 50.0 + rng.standard_normal((n, 3))
    bias = np.where(scores > 50.0, "WEAK_BULLISH", "WEAK_BEARISH")
    return Walk(tuple(mondays()[:n]), scores, tuple(map(tuple, bias.tolist())), returns / 100.0)


@pytest.mark.parametrize(
    ("relation", "said"),
    [(2.0, "higher scores went with higher returns, and explain"),
     (-2.0, "with *lower* returns: the score pointed the wrong way. The highest decile did worse than the lowest"),
     (0.0, "no relation of score and return is shown. The highest decile cannot be told from the lowest")],
)  # fmt: skip
def test_the_page_says_what_the_intervals_say(relation, said):
    assert said in sentence(Horizon(made_up(relation), 0, 0))


def test_only_the_generated_part_of_the_page_is_written_and_the_same_again(tmp_path):
    page = tmp_path / "evidence.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write(page, made_up(2.0), 70_253)
    first, picture = page.read_text(), (tmp_path / "evidence-deciles.svg").read_text()
    assert first.startswith(f"above\n{BEGIN}") and first.endswith(f"{END}\nbelow\n") and "old" not in first
    assert "160 analyses of BTC/USD, one each Monday 00:00 UTC from 2015-01-05" in first
    assert first.count("\n| WEAK_BULLISH |") == 1 and first.count("\n| swing |") == 3
    assert picture.count("<circle") == 30
    write(page, made_up(2.0), 70_253)
    assert (page.read_text(), (tmp_path / "evidence-deciles.svg").read_text()) == (first, picture)
