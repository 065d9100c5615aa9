"""Signals from firing to verdict: what fires, what blocks it, what its row says. docs/signals.md section 4.

The signals stage proposes and the paper stage judges, so both are driven here.
"""

import pytest

from leadline import signals
from tests.operators.moments import BTC, ETH, XRP, at
from tests.operators.script import DOGE, Script, fired

# -- a signal


def test_an_armed_setup_fires_when_the_score_has_held_and_says_what_to_do():
    script = Script().at(1).close().agree()
    (row,) = script.signals()
    assert (row["symbol"], row["setup"], row["side"], row["ts"]) == (BTC, "squeeze_breakout", "buy", at(1.3))
    assert (row["entry"], row["stop"], row["target"]) == (102.50, 101.00, 105.50)  # 1.5 ATR of 1.0, and 2R
    assert row["expires_at"] == at(1.3 + 900)
    assert script.ended() == [fired()]


def test_a_planned_stop_out_costs_the_budget_of_the_row():
    (row,) = Script(equity=20_000.0).at(1).close().agree().signals()
    loss_bps = 1e4 * 1.5 / 102.50 + 10  # the stop and two fees
    assert row["loss_bps"] == pytest.approx(loss_bps)
    budget = 20_000 * 0.005 * 2 / 3 * 0.8  # no bias: NEUTRAL
    assert row["risk_quote"] == pytest.approx(budget, rel=1e-3)
    assert row["risk_quote"] <= budget
    assert row["risk_quote"] == pytest.approx(row["size_quote"] * loss_bps / 1e4)
    assert row["size_quote"] == pytest.approx(row["size_base"] * 102.50)
    assert row["cost_bps"] == pytest.approx(10.0)
    assert row["win_bps"] == pytest.approx(1e4 * 3.0 / 102.50 - 10)
    assert row["net_rr"] == pytest.approx(row["win_bps"] / row["loss_bps"])
    assert row["breakeven_win_rate"] == pytest.approx(row["loss_bps"] / (row["loss_bps"] + row["win_bps"]))


def test_a_row_shows_strength_and_confidence_apart():
    (row,) = Script().at(1).close().agree(score=60).signals()
    strength = 100 * (0.4 * 0.5 + 0.3 * 0.5 + 0.2 * 0.5 + 0.1 * 0.5)
    assert row["strength"] == pytest.approx(strength)
    assert row["confidence"] == pytest.approx(signals.prior_confidence(strength, row["stop_bps"], row["target_bps"]))
    assert (row["calibrated"], row["proven"]) == (False, False)


def test_a_row_shows_the_book_it_fired_on():
    (row,) = Script().at(1).close().agree(score=65).signals()
    shown = {
        "hft_score": 65.0, "hft_class": "STRONG_BUY", "hft_confidence": "MEDIUM", "expected_duration": "2-8 min",
        "score_ratio": None, "missing": ["score_ratio"], "bid_orders": None, "data_level": "L2", "trust": "verified",
        "spread_quality": 1.0, "mid": 102.495, "deep_fill": False,
    }  # fmt: skip
    assert {k: row[k] for k in shown} == shown


@pytest.mark.parametrize(
    ("technical", "score", "bias", "kind", "modifier"),
    [(5, 60, "STRONG_BULLISH", "STRONG_ALIGNMENT", 1.5), (3, 50, "WEAK_BULLISH", "MODERATE_ALIGNMENT", 1.0),
     (0, 50, "NEUTRAL", "NEUTRAL", 0.8), (-3, 50, "WEAK_BEARISH", "MODERATE_CONFLICT", 0.7),
     (-5, 50, "STRONG_BEARISH", "STRONG_CONFLICT", 0.5)],
)  # fmt: skip
def test_alignment_with_the_tapes_own_bias_scales_the_risk(technical, score, bias, kind, modifier):
    at_once = {"advice": {"entry_timing": False}}
    (row,) = Script(**at_once).at(1).close(technical=technical).agree(score=score).signals()
    assert (row["bias"], row["technical"], row["alignment"], row["size_modifier"]) == (bias, technical, kind, modifier)
    assert row["risk_quote"] == pytest.approx(10_000 * 0.005 * 2 / 3 * modifier, rel=1e-3)


def test_a_reversion_is_a_fade_and_asks_no_bias():
    (row,) = Script().at(1).close(setup="vwap_reversion", technical=-5).agree(score=50).signals()
    assert (row["alignment"], row["size_modifier"]) == ("NEUTRAL", 0.8)


def test_a_short_enters_at_the_bid():
    (row,) = Script().at(1).close(side=-1).agree(score=-50, bid=97.50, ask=97.51).signals()
    assert (row["side"], row["entry"], row["stop"], row["target"]) == ("sell", 97.50, 99.00, 94.50)


def test_at_entry_tier_fees_a_tight_stop_is_not_tradable_and_says_why():
    expensive = {"fees": {"profile": "kraken_spot_10k-"}, "setups": {"stop_atr": 0.25}}
    (row,) = Script(**expensive).at(1).close().agree().signals()
    assert (row["verdict"], row["reasons"], row["breakeven_win_rate"]) == ("not_tradable", ["impossible"], None)
    assert row["size_base"] > 0


def test_a_thin_book_makes_the_size_smaller_and_says_so():
    (row,) = Script().at(1).close().agree(size=0.1).signals()
    assert (row["size_base"], row["verdict"], row["reasons"]) == (0.1, "tradable", ["thin_book"])


def test_the_money_at_risk_follows_the_account_of_the_start_record():
    one, two = (Script(equity=equity).at(1).close().agree().signals()[0] for equity in (10_000.0, 20_000.0))
    assert two["risk_quote"] == pytest.approx(2 * one["risk_quote"], rel=1e-3)


# -- freshness


def test_data_older_than_ten_seconds_fires_nothing_and_the_hold_begins_anew():
    assert Script().at(1).close().agree(age_s=10.1).signals() == []
    assert len(Script().at(1).close().agree(age_s=10.0).signals()) == 1
    script = Script().at(1).close().at(2).book().at(2.2).book(age_s=11).at(2.4).book()
    assert script.signals() == []


# -- several at once


def test_several_that_fire_at_one_message_come_in_the_order_of_the_setups():
    script = Script().at(1)
    script.close(script.bars(setup="vwap_reversion"), script.bars(setup="ema_pullback"), script.bars()).agree()
    blocked = ("buy", "filtered", "symbol_open")
    assert script.ended() == [fired(), ("ema_pullback", *blocked), ("vwap_reversion", *blocked)]
    assert [r["setup"] for r in script.signals()] == ["squeeze_breakout"]


def test_a_symbol_has_one_signal_and_cools_down_for_sixty_seconds_after_it():
    script = Script().at(1).close().agree()
    script.at(10).close().agree()  # open
    script.at(20).book(bid=100.99, ask=101.0)  # the stop
    script.at(70).close().agree()  # cooling down until 80
    script.at(79.9).close().at(80.0).book().at(80.5).book()
    assert script.ended() == [fired(), ("squeeze_breakout", "buy", "filtered", "symbol_open"),
                              ("squeeze_breakout", "buy", "filtered", "cooldown"), fired()]  # fmt: skip


@pytest.mark.parametrize(
    ("bid", "closes"), [(101.01, False), (101.00, True), (105.49, False), (105.50, True)],
    ids=["above the stop", "stop", "below the target", "target"],
)  # fmt: skip
def test_a_signal_is_open_until_its_stop_or_target_is_touched(bid, closes):
    script = Script().at(1).close().agree().at(2).book(bid=bid, ask=bid + 0.01).at(62.1).close().agree()
    assert (script.ended()[-1] == fired()) is closes


def test_a_signal_expires_after_fifteen_minutes_at_a_tick_too():
    script = Script().at(1).close().agree().at(901.3).tick().at(961.3).close().agree()
    assert script.ended() == [fired(), fired()]
    early = Script().at(1).close().agree().at(901.3).tick().at(960.9).close().agree(seconds=(0.0, 0.3))
    assert early.ended()[-1][2] == "filtered"


def test_a_signal_that_is_not_tradable_blocks_its_symbol_as_well():
    script = Script(fees={"taker_bps": 300}).at(1).close().agree().at(10).close().agree()
    assert [r["verdict"] for r in script.signals()] == ["not_tradable"]
    assert script.ended()[-1] == ("squeeze_breakout", "buy", "filtered", "symbol_open")


def four(**given):
    script = Script(BTC, ETH, XRP, DOGE, **given)
    for n, symbol in enumerate((BTC, ETH, XRP, DOGE)):
        script.at(1 + n).close(symbol=symbol).agree(symbol)
    return script


def test_a_fourth_tradable_signal_is_filtered():
    assert [(r["symbol"], r["verdict"], r["reasons"]) for r in four().signals()] == [
        (BTC, "tradable", []), (ETH, "tradable", []), (XRP, "tradable", []),
        (DOGE, "filtered", ["max_concurrent_signals"])]  # fmt: skip


def test_fewer_may_be_open_if_the_user_says_so():
    few = four(scalping_engine={"max_concurrent_signals": 1})
    assert [r["verdict"] for r in few.signals()] == ["tradable", "filtered", "filtered", "filtered"]


def test_signals_that_are_not_tradable_take_no_place():
    assert {r["verdict"] for r in four(fees={"taker_bps": 300}).signals()} == {"not_tradable"}


def test_a_closed_signal_gives_its_place_back():
    script = four().at(10).book(BTC, bid=100.0, ask=100.01)
    script.at(70.1).book(DOGE, bid=100.0, ask=100.01).at(130.2).close(symbol=DOGE).agree(DOGE)
    assert [r["verdict"] for r in script.signals() if r["symbol"] == DOGE] == ["filtered", "tradable"]
