"""Signals from arming to verdict: what fires, what blocks it, what its row says. docs/signals.md section 4.

The signals stage proposes and the paper stage judges, so both are driven here. Moments are made by
hand: a book around 102.50, and the six bars of `armed_bars`.
"""

import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records, signals
from leadline.hft import Reading
from leadline.instrument import Instrument
from leadline.moment import BOOK, STOPPED, BookView, ClosedBars, Moment
from leadline.times import SECOND_NS
from operators.paper import PaperStage
from operators.signals import SignalStage
from tests.leadline.armed_bars import ARMING, UPSIDE_DOWN, turned
from tests.operators.moments import BTC, ETH, XRP, at, rows, start

DOGE = "DOGE/USD"
CHEAP = {"fees": {"maker_bps": 0, "taker_bps": 5}}
ASKED = {"scalping_engine": {"hft_integration": False}}


class Script:
    """Moments as the stages before this one hand them over, at seconds after noon."""

    def __init__(self, *symbols, mirrored=False, **given):
        self.moments, self.now_ns = [], at(0)
        self.mirrored = mirrored
        begin = start(*(symbols or (BTC,)), **{**CHEAP, **given})
        self.add(records.START, event=begin)

    def at(self, seconds):
        self.now_ns = at(seconds)
        return self

    def add(self, kind, symbol=None, event=None, **filled):
        m = Moment(len(self.moments), kind, 1, self.now_ns, self.now_ns, b"", event, symbol)
        m.clock_ns = m.venue_ns = self.now_ns
        for name, value in filled.items():
            setattr(m, name, value)
        self.moments.append(m)
        return self

    def tick(self):
        return self.add(records.TICK)

    def bars(self, symbol=BTC, setup="squeeze_breakout", side=1, technical=0, ready=True, n=200):
        bars = ARMING[setup]()
        if side * (-1 if self.mirrored else 1) < 0:
            bars = turned(bars)
        technical = -technical if self.mirrored else technical
        return ClosedBars(symbol, bars, technical, ready, n, self.now_ns)

    def close(self, *given, **one):
        """Close minutes at a tick."""
        return self.add(records.TICK, closed=[*given] or [self.bars(**one)])

    def book(self, symbol=BTC, score=50.0, bid=102.49, ask=102.50, size=1000.0, age_s=0.0, **filled):
        """Score a verified book with one level a side."""
        if self.mirrored:
            score, (bid, ask) = -score, (UPSIDE_DOWN - ask, UPSIDE_DOWN - bid)
        bid, ask, size = round(bid * 100), round(ask * 100), round(size * 1000)
        view = BookView(Instrument(symbol, 2, 3), [bid], [size], [-ask], [size], True, True, self.now_ns)
        reading = Reading(score, score / 10, score / 10, 2e4 * (ask - bid) / (ask + bid), None, None, age_s)
        return self.add(BOOK, symbol, **({"view": view, "hft": reading} | filled))

    def agree(self, symbol=BTC, seconds=(0.0, 0.3), **given):
        """Let the score stand for 300 ms over two messages."""
        begin = (self.now_ns - at(0)) / SECOND_NS
        for later in seconds:
            self.at(begin + later).book(symbol, **given)
        return self

    def lost(self, *symbols):
        return self.add(BOOK, symbols[0], book_lost=symbols)

    def play(self, cuts=(), pickled=False):
        stages = [SignalStage(), PaperStage()]
        copies = pickle.loads(pickle.dumps(self.moments))  # a stage writes into them
        edges = [0, *sorted(cut % (len(copies) + 1) for cut in cuts), len(copies)]
        for begin, end in pairwise(edges):
            for n, stage in enumerate(stages):
                stage.process(copies[begin:end])
                if pickled:
                    stages[n] = pickle.loads(pickle.dumps(stage))
        self.stages = stages
        return copies

    def signals(self):
        return rows(self.play(), "signals")

    def ended(self):
        """Return how candidates ended: (setup, side, outcome, reason)."""
        return [(r["setup"], r["side"], r["outcome"], r["reason"]) for r in rows(self.play(), "candidates")]


def fired(setup="squeeze_breakout", side="buy"):
    return (setup, side, "fired", "")


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


# -- the chain and the run


def busy(*symbols, mirrored=False, **given):
    """Return a script in which candidates fire, expire, are disarmed and filtered, on both sides."""
    script = Script(*(symbols or (BTC, ETH)), mirrored=mirrored, **given)
    for n, symbol in enumerate((BTC, ETH) * 6):
        if symbols and symbol not in symbols:
            continue
        setup = list(ARMING)[n % 3]
        side = 1 if n % 4 < 2 else -1
        bid = 102.49 if n % 5 else 101.0
        script.at(70 * n).close(symbol=symbol, setup=setup, side=side, technical=n % 11 - 5)
        script.at(70 * n + 1).agree(symbol, score=side * (30 + 5 * n), bid=bid, ask=bid + 0.01)
        script.at(70 * n + 20).book(symbol, bid=95.0 + 2 * (n % 6), ask=95.01 + 2 * (n % 6)).tick()
        if n == 7:
            script.at(70 * n + 21).close(symbol=symbol).lost(symbol)
    script.at(5000).tick()
    return script.add(STOPPED, event={"exit_reason": "end_of_tape"})


def hash_of(script):
    return rows(script.play(), "runs")[-1]["signals_hash"]


def test_the_hash_is_the_chain_of_the_rows_in_their_order():
    script = busy()
    found, digest = script.signals(), b""
    for row in found:
        digest = signals.chain(digest, row)
    assert len(found) > 5
    assert hash_of(script) == digest.hex()
    assert rows(script.play(), "runs")[-1]["signals"] == len(found)


def test_the_hash_knows_no_run_no_mode_and_no_receipt_clock():
    other = busy(run_id="another", mode="replay")
    for m in other.moments:
        m.mono_ns += 12345
        m.wall_ns -= 7  # the tape's clock is what decides
    assert hash_of(other) == hash_of(busy())


def test_the_hash_knows_what_was_decided():
    assert hash_of(busy(fees={"taker_bps": 6})) != hash_of(busy())
    assert hash_of(busy(tape_id="other")) != hash_of(busy())


def test_a_run_without_signals_has_an_empty_chain():
    assert hash_of(Script().add(STOPPED, event={})) == ""


def test_a_start_record_begins_a_run_with_nothing_armed_open_or_counted():
    script = Script().at(1).close().agree().at(2).close(setup="ema_pullback")
    script.add(records.START, event=start(BTC, **CHEAP)).at(3).close().agree()
    script.add(STOPPED, event={})
    assert [r["verdict"] for r in script.signals()] == ["tradable", "tradable"]
    assert rows(script.play(), "runs")[-1]["signals"] == 1


def test_every_signal_is_told_to_the_metrics():
    script = Script().at(1).close().agree()
    script.play()
    told = script.stages[-1].telemetry
    assert told()["signals"] == {(BTC, "buy", "tradable"): 1}
    assert told()["signals"] == {}


# -- why there is no signal now


def said(script):
    """Return the newest (state, detail) of BTC."""
    script.at(3600).tick()
    row = [r for r in rows(script.play(), "status") if r["symbol"] == BTC][-1]
    return row["state"], row["detail"]


def later(**given):
    """Return a script that is at its last book 2 s before the status is asked for."""
    return Script(BTC, ETH, **given).at(3500)


@pytest.mark.parametrize(
    ("script", "state", "words"),
    [(later, "untrusted", "no verified book"),
     (lambda: later().book().close(n=37, ready=False).at(3598), "warming_up", "warming up 37/140 candles"),
     (lambda: later(indicators={"squeeze_lookback": 600}).book().close(n=141, ready=False).at(3598), "warming_up",
      "warming up 141/620 candles"),
     (lambda: later().close(ready=False).book(), "idle", "no setup armed"),
     (lambda: later().at(3590).close().book(score=12), "armed", "squeeze_breakout long armed: score +12, needs +40"),
     (lambda: later().at(3590).close().agree(), "open", "a signal is open, 890 s left"),
     (lambda: later().at(3590).close().agree().at(3595).book(bid=90, ask=90.01), "cooldown", "cooling down"),
     (lambda: later().close(ready=False).book().lost(BTC), "untrusted", "verified")],
)  # fmt: skip
def test_a_line_says_why_there_is_no_signal_now(script, state, words):
    found, detail = said(script())
    assert found == state
    assert words in detail


def test_an_incomplete_last_candle_is_said():
    script = later().book()
    bars = script.bars()
    hurt = bars.bars[-1]._replace(candle=bars.bars[-1].candle._replace(partial=True))
    script.close(bars._replace(bars=(*bars.bars[:-1], hurt), ready=False))
    assert said(script)[0] == "partial"


def test_the_status_of_every_symbol_is_said_once_a_minute():
    script = Script(BTC, ETH)
    for second in range(150):
        script.at(second).tick()
    told = [(r["ts"], r["symbol"]) for r in rows(script.play(), "status")]
    assert told == [(at(s), symbol) for s in (0, 60, 120) for symbol in (BTC, ETH)]


# -- the mirror, cuts and neighbours


def test_a_mirrored_market_gives_the_mirrored_signals():
    one, two = busy(), busy(mirrored=True)
    assert {r["side"] for r in one.signals()} == {"buy", "sell"}
    other = {"buy": "sell", "sell": "buy"}
    assert [(setup, other[side], *end) for setup, side, *end in one.ended()] == two.ended()
    for a, b in zip(one.signals(), two.signals(), strict=True):
        assert (b["ts"], b["symbol"], b["setup"], b["side"]) == (a["ts"], a["symbol"], a["setup"], other[a["side"]])
        for price in ("entry", "stop", "target", "mid"):
            assert b[price] == pytest.approx(UPSIDE_DOWN - a[price], abs=1e-9)
        for signed in ("hft_score", "score_imbalance", "technical"):
            assert b[signed] == -a[signed]
        for same in ("alignment", "size_modifier", "advice", "spread_quality", "hft_confidence"):
            assert b[same] == a[same]
        assert b["strength"] == pytest.approx(a["strength"], abs=1e-9)


def seen(moments):
    return [[(r.table, r.values) for r in m.rows or []] for m in moments]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 200), max_size=10), st.booleans())
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(cuts, pickled):
    script = busy()
    assert seen(script.play(cuts, pickled)) == seen(script.play())


def test_every_way_of_ending_is_among_what_these_scripts_do():
    outcomes = {outcome for _, _, outcome, _ in busy().ended()}
    assert outcomes == {"fired", "expired", "disarmed", "filtered"}


def test_adding_a_symbol_changes_no_signal_of_another_but_what_their_account_lets_it_have():
    def of_btc(script):
        kept = ("tape_seq", "signal_id", "candidate_id")  # they name the record, which has another number now
        kept += ("equity_quote", "size_base", "size_quote", "risk_quote")  # one account stands behind both
        return [{k: v for k, v in r.items() if k not in kept} for r in script.signals() if r["symbol"] == BTC]

    assert len(of_btc(busy(BTC))) > 2
    assert of_btc(busy(BTC, ETH)) == of_btc(busy(BTC))
