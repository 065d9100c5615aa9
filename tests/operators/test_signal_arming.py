"""Arming: which candidates there are, what fires them, and how they end without a signal."""

import pytest

from leadline import records
from tests.leadline.armed_bars import ARMING
from tests.operators.moments import BTC, ETH, at, rows
from tests.operators.script import ASKED, Script, fired

# -- arming


@pytest.mark.parametrize("setup", ARMING)
@pytest.mark.parametrize("side", [1, -1])
def test_every_setup_fires_on_both_sides(setup, side):
    script = Script().at(1).close(setup=setup, side=side).agree(score=side * 50)
    assert script.ended() == [fired(setup, "buy" if side > 0 else "sell")]


def test_a_close_that_is_not_ready_arms_nothing():
    assert Script().at(1).close(ready=False).agree().signals() == []


def test_a_setup_that_is_switched_off_arms_nothing():
    assert Script(setups={"squeeze_breakout": {"enabled": False}}).at(1).close().agree().signals() == []


def test_a_symbol_that_is_not_of_this_line_arms_nothing():
    assert Script(ETH).at(1).close(symbol=BTC).agree(ETH).signals() == []


def test_theta_is_the_setups_own():
    assert Script().at(1).close().agree(score=39).signals() == []
    assert len(Script().at(1).close(setup="ema_pullback").agree(score=20).signals()) == 1
    assert (
        Script(setups={"ema_pullback": {"theta": 30.0}}).at(1).close(setup="ema_pullback").agree(score=29).signals()
        == []
    )


def test_the_score_must_be_on_the_candidates_side():
    assert Script().at(1).close().agree(score=-90).signals() == []


def test_one_message_is_not_enough_however_long_it_stood_alone():
    assert Script().at(1).close().at(30).book().signals() == []
    assert len(Script().at(1).close().at(30).book().at(40).book().signals()) == 1


def test_the_hold_is_interrupted_by_a_weaker_score():
    script = Script().at(1).close().at(2).book().at(2.2).book(score=10).at(2.3).book().at(2.5).book()
    assert script.signals() == []
    assert [r["ts"] for r in script.at(2.55).book().signals()] == [at(2.55)]


def test_a_candidate_expires_after_ninety_seconds_at_a_tick():
    script = Script().at(1).close().at(90.9).tick().at(91).tick().agree()
    assert script.ended() == [("squeeze_breakout", "buy", "expired", "")]
    (row,) = rows(script.play(), "candidates")
    assert (row["ts"], row["ended_at"], row["theta"]) == (at(1), at(91), 40.0)


def test_a_candidate_expires_at_a_message_if_that_comes_first():
    script = Script().at(1).close().at(90.8).book().at(91.1).book()
    assert script.ended() == [("squeeze_breakout", "buy", "expired", "")]
    assert script.signals() == []


def test_the_last_moment_before_the_expiry_still_fires():
    assert Script().at(1).close().at(90.6).book().at(90.99).book().ended() == [fired()]


def test_arming_again_restarts_the_ninety_seconds_of_the_same_candidate():
    script = Script().at(1).close().at(61).close().at(150).agree()
    (row,) = rows(script.play(), "candidates")
    assert (row["ts"], row["outcome"]) == (at(1), "fired")
    once = Script().at(1).close()
    once.play()
    assert row["candidate_id"] == once.stages[0].candidates.of[BTC]["squeeze_breakout"].candidate_id
    assert Script().at(1).close().at(61).close().at(151).tick().ended() == [("squeeze_breakout", "buy", "expired", "")]


def test_arming_again_takes_the_newest_bar_and_bias():
    (row,) = Script().at(1).close(technical=0).at(61).close(technical=5).agree(score=60).signals()
    assert row["bias"] == "STRONG_BULLISH"


def test_the_opposite_side_of_a_setup_disarms_it():
    script = Script().at(1).close().at(61).close(side=-1).agree(score=50).agree(score=-50)
    assert script.ended() == [("squeeze_breakout", "buy", "disarmed", "opposite_setup"), fired(side="sell")]


def test_a_loss_of_trust_disarms_every_candidate_of_that_symbol_alone():
    script = Script(BTC, ETH).at(1)
    script.close(script.bars(BTC), script.bars(BTC, "ema_pullback"), script.bars(ETH))
    script.at(2).lost(BTC).agree(BTC).agree(ETH)
    assert [(r["symbol"], r["setup"], r["outcome"], r["reason"]) for r in rows(script.play(), "candidates")] == [
        (BTC, "squeeze_breakout", "disarmed", "trust_lost"), (BTC, "ema_pullback", "disarmed", "trust_lost"),
        (ETH, "squeeze_breakout", "fired", "")]  # fmt: skip


def test_a_book_with_an_empty_side_interrupts_the_hold():
    script = Script().at(1).close().at(2).book().at(2.2).book(hft=None).at(2.4).book()
    assert script.signals() == []


def test_the_room_for_a_reversion_is_measured_by_the_newest_bar():
    def script(atr):
        made = Script().at(1)
        bars = made.bars(setup="vwap_reversion")
        last = bars.bars[-1]._replace(atr=atr)  # 2R is 3 ATR, and VWAP 4 away
        return made.close(bars._replace(bars=(*bars.bars[:-1], last))).agree()

    assert [len(script(atr).signals()) for atr in (1.3, 1.4)] == [1, 0]


def test_a_wide_spread_takes_the_room_for_a_reversion():
    assert Script().at(0.5).book(bid=102.0, ask=102.6).at(1).close(setup="vwap_reversion").agree().signals() == []


# -- without the order book


def test_without_hft_integration_a_setup_fires_at_its_close():
    script = Script(**ASKED).at(0.5).book(score=-90).at(1).close(technical=-5)
    (row,) = script.signals()
    assert (row["ts"], row["entry"]) == (at(1), 102.50)
    assert (row["size_modifier"], row["alignment"]) == (1.0, "NEUTRAL")
    assert row["strength"] == pytest.approx(100 * (0.3 * 0.5 + 0.2 * 0.5 + 0.1 * 0.5))  # the score adds nothing


def test_without_hft_integration_a_close_that_comes_with_a_message_fires_on_that_message():
    script = Script(**ASKED).at(0.5).book(bid=101.99, ask=102.00).at(1)
    script.book(bid=102.99, ask=103.00, closed=[script.bars()])
    (row,) = script.signals()
    assert row["entry"] == 103.00


def test_without_hft_integration_it_waits_for_a_verified_book():
    script = Script(**ASKED).at(1).close().at(5).book(score=-90)
    assert [r["ts"] for r in script.signals()] == [at(5)]


def test_without_hft_integration_a_book_lost_at_the_close_fires_nothing():
    script = Script(**ASKED).at(0.5).book().at(1)
    script.add(records.TICK, closed=[script.bars()], book_lost=(BTC,))
    assert script.signals() == []


@pytest.mark.parametrize(("seen", "age_s", "fires"), [(0.5, 0, 1), (-8.9, 0, 1), (-9.1, 0, 0), (0.5, 10, 0)])
def test_without_hft_integration_old_data_fires_nothing_either(seen, age_s, fires):
    assert len(Script(**ASKED).at(seen).book(age_s=age_s).at(1).close().signals()) == fires


def test_without_hft_integration_a_late_message_does_not_fire_what_waits():
    script = Script(**ASKED).at(1).close().at(5).book(age_s=11)
    assert script.signals() == []
    assert len(script.at(6).book().signals()) == 1
