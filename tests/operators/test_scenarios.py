"""Swing scenarios on the line: ENTER or WAIT in a zone of the analysis. docs/signals.md 10."""

import pytest

from leadline.bias_record import BreakLevel, EntryPlan, Target
from leadline.scenarios import BreakWatch, ZoneWatch
from tests.operators.moments import BTC, at, rows
from tests.operators.swings import LONG, SIZED, advised, known, quotes, said, swing, through
from tests.operators.test_bias_in_force import Biased

# -- zones


@pytest.mark.parametrize("score", [60.0, 0.0, -19.0])
def test_price_in_a_zone_that_the_book_is_not_against_is_to_be_entered(score):
    script = quotes(swing(), 10, 98.5, score)
    assert said(script) == [("swing_zone", "ENTER", at(13))]
    (row,) = advised(script)
    told = f"swing long in 98 to 99, score {score:+.0f}; stop 97, target 103; its cost is not known"
    assert (row["detail"], row["verdict"]) == (told, None)
    assert row["price"] == 98.0


def test_a_book_against_it_waits_for_the_zones_better_price_and_says_until_when():
    (row,) = advised(quotes(swing(), 10, 98.5, -73.0))
    assert (row["action"], row["price"], row["until"]) == ("WAIT", 98.0, at(3600))  # when the bias is over
    said = "swing long in 98 to 99, score -73 against it: 98 may come until 13:00 UTC; stop 97, target 103; "
    assert row["detail"] == said + "its cost is not known"


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("verdict", "net_rr", "told"),
    [("tradable", 1.084, "tradable, unproven: costs 80.0 bps, net R:R 1.08, needs 48% to win, prior 33%"),
     ("not_tradable", -0.23, "not tradable: costs 80.0 bps, net R:R -0.23"),
     ("not_tradable", None, "not tradable: costs 80.0 bps")],
)  # fmt: skip
def test_a_setup_says_what_it_costs_and_its_verdict(mirrored, verdict, net_rr, told):
    plan = LONG | {"verdict": verdict, "cost_bps": 80.0, "net_rr": net_rr}
    script = Biased(BTC, mirrored=mirrored).at(0.5).bias(setups=[plan]).at(1).book()
    (row,) = advised(quotes(script, 10, 98.5, 60.0))
    assert (row["action"], row["verdict"], row["detail"].split("; ", 2)[2]) == ("ENTER", verdict, told)


@pytest.mark.parametrize("confidence", ["LOW", "MEDIUM", "HIGH", None])
@pytest.mark.parametrize(("score", "action"), [(60.0, "ENTER"), (-60.0, "WAIT")])
def test_a_setup_says_the_confidence_that_the_analysis_had_in_it_if_it_told(confidence, score, action):
    plan = LONG if confidence is None else LONG | {"confidence": confidence}
    (row,) = advised(quotes(Biased(BTC).at(0.5).bias(setups=[plan]).at(1).book(), 10, 98.5, score))
    sure = "" if confidence is None else f" of {confidence} confidence"
    assert row["detail"].startswith(f"swing long{sure} in 98 to 99, score ")
    assert (row["action"], row["confidence"]) == (action, confidence)


@pytest.mark.parametrize(("score", "action"), [(60.0, "ENTER"), (-60.0, "WAIT")])
def test_a_setup_says_what_its_analysis_warned_of(score, action):
    plan = LONG | {"warnings": ["resistance at 0.2 R stands in the way: 4h swing high", "target 1 is beyond anything"]}
    (row,) = advised(quotes(Biased(BTC).at(0.5).bias(setups=[plan]).at(1).book(), 10, 98.5, score))
    warned = "; its analysis warns: resistance at 0.2 R stands in the way: 4h swing high; target 1 is beyond anything"
    assert row["action"] == action and row["detail"].endswith(warned)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("verdict", ["tradable", "not_tradable", None])
def test_a_setup_against_another_of_the_same_analysis_says_so(mirrored, verdict):
    short = LONG | {
        "horizon": "position", "side": "sell", "entry_low": 105.0, "entry_high": 106.0, "stop": 108.0,
        "targets": [{"price": 90.0}], "verdict": verdict,
    }  # fmt: skip
    script = Biased(BTC, mirrored=mirrored).at(0.5).bias(setups=[LONG, short]).at(1).book()
    (row,) = advised(quotes(script, 10, 98.5, 60.0))
    named = f"; against the position {'buy' if mirrored else 'sell'} of the same analysis"
    assert row["detail"].endswith(named) == (verdict != "not_tradable")


FREE = {"fees": {"maker_bps": 0, "taker_bps": 0}}


def entered(plan=SIZED, mirrored=False, **rules):
    """Return the advice to enter a zone at 98.5."""
    script = Biased(BTC, mirrored=mirrored, **rules).at(0.5).bias(key_level=90.0, setups=[plan]).at(1).book()
    (row,) = advised(quotes(script, 10, 98.5, 60.0))
    assert row["action"] == "ENTER"
    return row


def test_an_entry_says_the_size_that_the_limits_on_risk_allow_at_its_stop():
    row = entered(**FREE)
    assert row["risk_quote"] == pytest.approx(100.0, abs=1.5)  # 1 % of 10,000, floored to the lot
    assert row["size_quote"] == pytest.approx(98.5 * row["size_base"]) and row["equity_quote"] == 10_000.0
    assert row["size_base"] == pytest.approx(100.0 / 1.5, rel=0.02)
    size = f"; size {row['size_base']:g} BTC = {row['size_quote']:,.2f} USD, "
    assert f"{size}{row['risk_quote']:.2f} USD at risk with fees, 1.00 % of equity" in row["detail"]


def test_fees_make_the_size_smaller_and_the_risk_stays():
    free, dear = entered(**FREE), entered(fees={"taker_bps": 40})
    assert dear["size_base"] < 0.8 * free["size_base"]
    assert dear["risk_quote"] == pytest.approx(free["risk_quote"], rel=0.02)


@pytest.mark.parametrize(("horizon", "most"), [("swing", 0.02), ("scalp", 0.005)])
def test_no_plan_is_given_more_than_the_hard_cap(horizon, most):
    row = entered(SIZED | {"horizon": horizon, "risk_fraction": 0.9}, **FREE)
    assert row["risk_quote"] <= most * 10_000.0


def test_a_plan_that_cannot_pay_for_itself_has_no_size():
    row = entered(SIZED | {"verdict": "not_tradable"})
    assert (row["action"], row.get("size_base"), "size" in row["detail"]) == ("ENTER", None, False)


@pytest.mark.parametrize("verdict", ["tradable", None])
def test_a_plan_whose_risk_nobody_planned_has_no_size(verdict):
    row = entered(LONG | {"verdict": verdict})
    assert "size" not in row["detail"] and row.get("size_base") is None


def test_a_mirrored_entry_risks_as_much():
    one, two = entered(**FREE), entered(mirrored=True, **FREE)
    assert two["risk_quote"] == pytest.approx(one["risk_quote"], rel=0.02)


def test_prices_are_told_on_the_tick():
    plan = LONG | {"entry_low": 97.98765, "entry_high": 99.01234, "stop": 97.000001, "targets": [{"price": 103.09}]}
    (row,) = advised(quotes(Biased(BTC).at(0.5).bias(setups=[plan]).at(1).book(), 10, 98.5, 60.0))
    assert row["detail"].startswith("swing long in 97.99 to 99.01, score +60; stop 97, target 103.09;")


@pytest.mark.parametrize("price", [97.99, 99.01])
def test_outside_of_the_zone_nothing_is_said(price):
    assert said(quotes(swing(), 10, price, 60.0)) == []


def test_what_did_not_last_is_not_said_nor_is_the_same_said_twice():
    script = quotes(swing(), 10, 98.5, 60.0, n=3)
    assert said(script) == []
    quotes(quotes(quotes(script, 13, 98.5, -60.0, n=3), 16, 98.5, 60.0), 30, 98.4, 60.0)
    assert [action for _, action, _ in said(script)] == ["ENTER"]


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_entry_is_not_taken_back(mirrored):
    script = quotes(quotes(swing(mirrored), 10, 98.5, 60.0), 20, 98.5, -60.0)
    assert [action for _, action, _ in said(script)] == ["ENTER"]


def test_an_outage_and_an_old_book_begin_the_wait_anew():
    script = quotes(swing(), 10, 98.5, 60.0, n=2).lost(BTC)
    assert said(quotes(script, 12, 98.5, 60.0, n=3)) == []
    script = quotes(swing(), 10, 98.5, 60.0, n=2).at(12).book(bid=98.49, ask=98.5, age_s=11.0)
    assert said(quotes(script, 13, 98.5, 60.0, n=3)) == []


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("end", "left"), [(97.01, False), (97.02, True), (103.0, True), (103.01, False)])
def test_a_plan_that_came_to_its_stop_or_its_target_is_over(mirrored, end, left):
    """The touch to leave at is 0.01 behind the one to enter at."""
    script = quotes(quotes(swing(mirrored), 10, end, 0.0, n=1), 20, 98.5, 60.0)
    assert [action for _, action, _ in said(script)] == ["ENTER"] * left


def test_no_better_price_is_waited_for_at_the_zones_edge():
    assert said(quotes(swing(), 10, 98.0, -60.0)) == []


def test_the_road_not_taken_of_entering_is_to_wait_and_the_other_way_round():
    """Entering now pays 98.5, waiting 98.0; both end at the target. Fees are 5 bps of a taker, 0 of a maker."""

    def ended(score):
        script = quotes(swing(), 10, 98.5, score)
        script.at(14).book(bid=98.49, ask=98.5, score=0).at(20).book(bid=97.8, ask=97.9, score=0)
        return known(script.at(30).book(bid=103.2, ask=103.3, score=0))

    now = 1e4 * (103.0 - 98.5 - 5e-4 * (98.5 + 103.0)) / 98.5
    later = 1e4 * (103.0 - 98.0) / 98.0
    assert ended(60.0) == {"ENTER": pytest.approx(now - later)}
    assert ended(-60.0) == {"WAIT": pytest.approx(later - now)}


def test_a_better_price_that_never_comes_is_no_trade():
    script = quotes(swing(), 10, 98.5, -60.0).at(14).book(bid=98.49, ask=98.5, score=0)
    script.at(30).book(bid=103.2, ask=103.3, score=0).at(3601).book(bid=103.2, ask=103.3, score=0)
    now = 1e4 * (103.0 - 98.5 - 5e-4 * (98.5 + 103.0)) / 98.5
    assert known(script) == {"WAIT": pytest.approx(-now)}


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("price", "score", "enters"), [(98.5, -16.0, False), (98.5, 0.0, True), (98.0, -16.0, True)])
def test_after_a_wait_the_book_has_to_be_against_it_no_more_or_the_better_price_there(mirrored, price, score, enters):
    script = quotes(quotes(swing(mirrored), 10, 98.5, -60.0), 20, price, score)
    assert [action for _, action, _ in said(script)] == ["WAIT"] + ["ENTER"] * enters


# -- all of it


def test_nothing_is_said_without_a_bias_after_it_or_where_the_book_is_not_asked():
    quiet = {"scalping_engine": {"hft_integration": False}}
    assert said(quotes(through(Biased(BTC), 60.0), 30, 98.5, 60.0)) == []
    assert said(quotes(swing(**quiet), 10, 98.5, 60.0)) == []
    assert said(quotes(swing(), 3600, 98.5, 60.0)) == []


def test_a_new_bias_says_its_own():
    script = quotes(swing(), 10, 98.5, 60.0).at(20).bias(key_level=90.0, as_of=0.0, setups=[LONG])
    assert [action for _, action, _ in said(quotes(script, 21, 98.5, 60.0))] == ["ENTER", "ENTER"]


def test_scenarios_open_no_trade_of_the_account():
    found = rows(quotes(swing(), 10, 98.5, 60.0).at(30).book(bid=103.2, ask=103.3).play(), "paper_trades")
    assert found == []


def busy(mirrored=False):
    script = quotes(swing(mirrored), 10, 98.5, -60.0)
    quotes(quotes(quotes(script, 20, 98.25, 30.0), 30, 104.5, 60.0), 40, 103.0, 0.0)
    quotes(quotes(script, 50, 95.5, -40.0), 60, 96.5, 0.0)
    return quotes(quotes(script, 1070, 95.5, 40.0), 1080, 104.25, -60.0).at(4000).book().tick()


def test_a_mirrored_market_says_the_same():
    def told(script):
        return [(r["kind"], r["action"], r["ts"], r["saved_bps"] is None) for r in rows(script.play(), "advice")]

    assert told(busy()) == told(busy(mirrored=True))
    assert {action for _, action, *_ in told(busy())} == {"ENTER", "WAIT", "CONFIRMED", "FAKE"}


@pytest.mark.parametrize("pickled", [False, True])
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(pickled):
    def seen(moments):
        return [[(r.table, r.values) for r in m.rows or []] for m in moments]

    assert seen(busy().play([3, 8, 20, 21, 33], pickled)) == seen(busy().play())


def test_watches_flip_with_the_book():
    plan = EntryPlan("swing", "buy", 98.0, 99.0, 97.0, (Target(103.0),), 60.0)
    turned = EntryPlan("swing", "sell", 101.0, 102.0, 103.0, (Target(97.0),), 60.0)
    for push in (-90.0, -20.0, 0.0, 20.0):
        for touch in (97.5, 98.0, 98.5, 99.0, 99.5):
            one, two = ZoneWatch(plan), ZoneWatch(turned)
            assert one.observe(touch, push, 20.0, 0, 0) == two.observe(200.0 - touch, push, 20.0, 0, 0)
    for push in (-90.0, 0.0, 20.0):
        up, down = (BreakWatch(BreakLevel(side, level)) for side, level in (("up", 104.0), ("down", 96.0)))
        for mid in (103.0, 105.0):
            assert up.observe(mid, push, 20.0, 0, 0, 0) == down.observe(200.0 - mid, push, 20.0, 0, 0, 0)
