"""What the bias in force keeps out of zones and breaks of the same analysis. docs/signals.md 10."""

import pytest

from tests.operators.moments import BTC, at
from tests.operators.swings import LONG, SIZED, advised, known, quotes, swing
from tests.operators.test_bias_in_force import FREE as UNFILTERED
from tests.operators.test_bias_in_force import Biased


def inside(bias="STRONG_BEARISH", plan=LONG, mirrored=False, key_level=100.0, **rules):
    """Return the first advice where price stays in a long's zone and the book pushes its way."""
    script = Biased(BTC, mirrored=mirrored, **rules).at(0.5).bias(bias, key_level, setups=[plan]).at(1).book()
    return advised(quotes(script, 10, 98.5, 60.0))[0]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("horizon", ["scalp", "swing"])
@pytest.mark.parametrize("bias", ["STRONG_BEARISH", "WEAK_BEARISH"])
def test_a_setup_against_the_bias_in_force_waits_and_its_first_words_say_why(mirrored, horizon, bias):
    row = inside(bias, SIZED | {"horizon": horizon}, mirrored)
    assert (row["action"], row["until"], row.get("size_base")) == ("WAIT", at(3600), None)
    assert (row["reason"], row["verdict"]) == ("against_bias", "filtered")
    named = bias.replace("BEAR", "BULL") if mirrored else bias
    told = f"against the {named} bias, until 13:00 UTC at most: {horizon} {'short' if mirrored else 'long'} in "
    assert row["detail"].startswith(told)


@pytest.mark.parametrize("bias", ["NEUTRAL", "WEAK_BULLISH"])
def test_a_setup_that_the_bias_is_not_against_is_entered(bias):
    row = inside(bias)
    assert (row["action"], "bias" in row["detail"]) == ("ENTER", False)
    assert row["reason"] is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_without_the_trend_filter_an_entry_against_the_bias_says_so_first(mirrored):
    row = inside(mirrored=mirrored, **UNFILTERED)
    assert row["action"] == "ENTER"
    assert row["detail"].startswith(f"against the STRONG_{'BULL' if mirrored else 'BEAR'}ISH bias: swing ")


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("horizon", "rules", "enters"),
    [("scalp", {}, False), ("swing", {}, True), ("scalp", {"hybrid_mode": {"scalp_signal_filtering": False}}, True)],
)
def test_a_scalp_on_the_wrong_side_of_the_key_level_waits_for_the_right_one(mirrored, horizon, rules, enters):
    plan = LONG | {"horizon": horizon}
    script = Biased(BTC, mirrored=mirrored, **rules).at(0.5).bias("STRONG_BULLISH", 98.45, setups=[plan]).at(1).book()
    quotes(quotes(script, 10, 98.4, 60.0), 20, 98.6, 60.0)
    first, *then = advised(script)
    assert (first["action"], [row["action"] for row in then]) == (("ENTER", []) if enters else ("WAIT", ["ENTER"]))
    if not enters:
        level = "below the key level 101.55 of the STRONG_BEARISH" if mirrored else (
            "above the key level 98.45 of the STRONG_BULLISH")  # fmt: skip
        assert first["detail"].startswith(f"not {level} bias, until 13:00 UTC at most: scalp ")
        assert "; takes back WAIT of 12:00 UTC; " in then[0]["detail"]


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_the_bias_keeps_out_of_a_zone_is_stored_with_what_entering_would_have_come_to(mirrored):
    script = Biased(BTC, mirrored=mirrored).at(0.5).bias("STRONG_BEARISH", setups=[LONG]).at(1).book()
    quotes(script, 10, 98.5, 60.0).at(14).book(bid=98.49, ask=98.5, score=0)
    script.at(20).book(bid=97.8, ask=97.9, score=0)  # the better price is no road
    saved = known(script.at(30).book(bid=103.2, ask=103.3, score=0))
    entered = 1e4 * (103.0 - 98.5 - 5e-4 * (98.5 + 103.0)) / 98.5
    assert list(saved) == ["WAIT"] and saved["WAIT"] == pytest.approx(-entered, rel=0.05)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("way", "verdict"), [({}, "filtered"), (UNFILTERED, "tradable")])
def test_a_confirmed_break_against_the_bias_calls_for_no_scalp(mirrored, way, verdict):
    script = quotes(swing(mirrored, fees={"taker_bps": 0.0}, **way), 10, 95.5, -60.0)
    (row,) = advised(script)
    assert (row["action"], row["verdict"]) == ("CONFIRMED", verdict)
    side, label = ("long", "BEARISH") if mirrored else ("short", "BULLISH")
    kept = f"; no {side} scalp: against the STRONG_{label} bias; the {side} not taken: stop "
    assert (kept in row["detail"]) == (verdict == "filtered")
    assert (f"; a {side} scalp from here: " in row["detail"]) == (verdict == "tradable")
