"""Swing scenarios on the line: CONFIRMED or FAKE through a break level of the analysis. docs/signals.md 10."""

import pytest

from tests.operators.moments import BTC, at
from tests.operators.swings import UP, advised, known, quotes, said, swing, through
from tests.operators.test_bias_in_force import Biased


def test_a_break_that_the_book_pushes_is_confirmed_and_one_it_pushes_back_is_fake():
    assert said(through(swing(), 60.0)) == [("swing_break", "CONFIRMED", at(13))]
    (row,) = advised(through(swing(), -78.0))
    assert (row["action"], row["price"], row["until"]) == ("FAKE", 104.0, None)
    skip = "skip it, or wait for a retest of 104; the long not taken: stop 104.39, target 104.7, "
    cost = "costs 10.0 bps against a target of 19.1 bps, needs 69% to win, prior 35%"
    assert row["detail"] == f"up through 104, score -78; {skip}{cost}"
    assert row["verdict"] == "not_tradable"


@pytest.mark.parametrize(
    ("taker_bps", "verdict", "told"),
    [(40.0, "not_tradable", "not tradable: costs 80.0 bps against a target of 19.1 bps: it cannot win"),
     (0.0, "tradable", "tradable, unproven: costs 0.0 bps against a target of 19.1 bps, needs 35% to win, prior 35%")],
)  # fmt: skip
def test_a_break_says_what_a_scalp_from_it_costs_and_its_verdict(taker_bps, verdict, told):
    (row,) = advised(through(swing(fees={"taker_bps": taker_bps}), 60.0))
    assert row["verdict"] == verdict
    assert row["detail"].split("; ")[-1] == told
    (turned,) = advised(through(swing(True, fees={"taker_bps": taker_bps}), 60.0))
    assert turned["verdict"] == verdict


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_fake_break_never_offers_the_scalp_that_it_says_to_skip(mirrored):
    (row,) = advised(through(swing(mirrored, fees={"taker_bps": 0.0}), -60.0))
    assert (row["action"], row["verdict"]) == ("FAKE", "tradable")
    assert "from here" not in row["detail"] and "tradable" not in row["detail"]
    assert f"the {'short' if mirrored else 'long'} not taken: " in row["detail"]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("first", [60.0, -60.0])
def test_the_verdict_on_a_break_is_held_as_long_as_a_scalp_from_it_may_live(mirrored, first):
    script = through(swing(mirrored), first)  # said at 13 s
    for seconds in range(20, 909, 20):
        quotes(script, seconds, 104.5, -first)
    assert [row["ts"] for row in advised(script)] == [at(13)]
    quotes(script, 909, 104.5, -first, n=5)
    assert [row["ts"] for row in advised(script)] == [at(13), at(913)]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("between", "said"), [(104.2, "takes back"), (103.0, "another try after")])
def test_what_takes_back_a_verdict_names_it_and_another_break_is_told_from_that(mirrored, between, said):
    script = quotes(through(swing(mirrored), -60.0), 100, between, 0.0)
    quotes(script, 920, 104.5, 60.0)
    details = [row["detail"].split("; ")[1] for row in advised(script)]
    assert details[1] == f"{said} FAKE of 12:00 UTC"
    assert said not in details[0]


def test_the_newest_closed_minute_tells_the_volume_of_a_break():
    script = Biased(BTC).at(0.5).bias(key_level=90.0, breakouts=[UP]).at(1).close(ready=False).book()
    told = advised(through(script, 60.0))[0]["detail"]
    assert told.startswith("up through 104, score +60, volume 2.0 times the usual; a long scalp from here: ")


def test_a_book_without_a_push_says_nothing_of_a_break():
    assert said(through(swing(), 19.0)) == said(through(swing(), -19.0)) == []


def test_a_level_that_price_was_beyond_all_the_time_does_not_break():
    script = Biased(BTC).at(0.5).bias(key_level=90.0, breakouts=[UP])
    assert said(through(script, 60.0)) == []


def test_a_break_is_worth_what_a_scalp_from_it_comes_to():
    """Entry 104.5 with the least stop, 10 bps: 104.39, and target 104.7; fees are 5 bps a fill."""
    script = through(swing(), -60.0).at(14).book(bid=104.49, ask=104.5, score=0)
    stopped = script.at(20).book(bid=104.2, ask=104.21, score=0)
    lost = 1e4 * (104.2 - 104.5 - 5e-4 * (104.5 + 104.2)) / 104.5
    assert known(stopped) == {"FAKE": pytest.approx(-lost)}
    script = through(swing(), 60.0).at(14).book(bid=104.49, ask=104.5, score=0)
    assert known(script.at(20).book(bid=104.2, ask=104.21, score=0)) == {"CONFIRMED": pytest.approx(lost)}
