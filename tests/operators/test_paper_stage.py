"""The paper stage: the account's limits, the kill switch, advice and its roads, restarts. docs/signals.md 6, 7, 8."""

import msgspec
import pytest

from leadline import records
from leadline.events import Trade, Trades
from leadline.instrument import Instrument
from leadline.moment import STOPPED, TRADES
from tests.operators.moments import BTC, ETH, XRP, at, rows, start
from tests.operators.script import CHEAP, Script, fired

ASKED = {"scalping_engine": {"hft_integration": False}}
OPEN = {"entry": 102.50, "stop": 101.00, "target": 105.50}  # of a long that fires on Script's book


def signalled(symbol=BTC, seconds=1.0, **given):
    """Return a script whose first signal fired at 1.3 s and was entered at 2 s."""
    script = Script(*given.pop("symbols", (BTC,)), **given)
    return script.at(seconds).close(symbol=symbol).agree(symbol).at(seconds + 1).book(symbol)


def trades(script, model="taker"):
    return [r for r in rows(script.play(), "paper_trades") if r["fill_model"] == model]


def account(script):
    return rows(script.play(), "account")


# -- verdicts under the account


def test_every_signal_gets_a_trade_in_each_model_whatever_its_verdict():
    script = signalled(fees={"taker_bps": 300}).at(3).book(bid=100.9, ask=100.91)
    assert [r["verdict"] for r in script.signals()] == ["not_tradable"]
    found = rows(script.play(), "paper_trades")
    assert [r["fill_model"] for r in found] == ["taker", "maker_pessimistic", "maker_optimistic"]
    assert {(r["verdict"], r["on_account"], r["exit_reason"]) for r in found} == {("not_tradable", False, "stop")}
    assert account(script)[-1]["equity_quote"] == 10_000.0


def test_a_tradable_one_changes_the_account_by_its_result():
    script = signalled().at(3).book(bid=105.5, ask=105.51)
    (row,) = trades(script)
    assert (row["exit_reason"], row["on_account"], row["verdict"]) == ("target", True, "tradable")
    assert row["pnl_quote"] > 0
    assert row["equity_after"] == 10_000.0 + row["pnl_quote"] == account(script)[-1]["equity_quote"]


def test_the_next_signal_is_sized_by_what_the_last_one_left():
    script = signalled().at(3).book(bid=100.9, ask=100.91).at(70).close().agree()
    one, two = script.signals()
    assert two["equity_quote"] == trades(script)[0]["equity_after"] < one["equity_quote"]


def test_open_trades_share_the_notional_that_the_account_has():
    tight = {"setups": {"stop_atr": 0.15}}  # the least stop, 10 bps: L is 20 bps, so a trade wants 1.3 times the equity
    script = signalled(symbols=(BTC, ETH), **tight, fees={"taker_bps": 1}).at(2.5).close(symbol=ETH).agree(ETH)
    one, two = script.signals()
    assert (one["verdict"], one["reasons"]) == ("tradable", ["notional_cap"])
    assert one["size_quote"] == pytest.approx(10_000, rel=1e-3)
    assert (two["verdict"], two["reasons"]) == ("filtered", ["notional_cap"])


def test_a_signal_cut_below_the_venues_minimum_is_followed_at_the_minimum():
    script = signalled(risk={"max_notional": 0.0001}).at(3).book(bid=105.5, ask=105.51)
    least = Instrument(BTC, 2, 3, qty_min=0.05)
    for m in script.moments:
        if m.view is not None:
            m.view = msgspec.structs.replace(m.view, instrument=least)
    (signal,), (row,) = script.signals(), trades(script)
    assert (signal["verdict"], signal["reasons"], signal["size_base"]) == ("filtered", ["notional_cap"], 0.009)
    assert (row["on_account"], row["size_base"]) == (False, 0.05)


def test_total_open_risk_is_a_limit():
    script = signalled(symbols=(BTC, ETH), risk={"max_open_risk": 0.004}).at(2.5).close(symbol=ETH).agree(ETH)
    assert [(r["verdict"], r["reasons"]) for r in script.signals()] == [
        ("tradable", []), ("filtered", ["max_open_risk"])]  # fmt: skip


# -- the kill switch

TIGHT = {"risk": {"max_daily_loss": 0.001}}


def latched(**given):
    """Return a script in which an open loss of 0.1 % has latched the kill switch at 3 s."""
    return signalled(**TIGHT, **given).at(3).book(bid=101.95, ask=101.96)


def test_a_days_loss_latches_and_what_is_open_leaves_after_its_latency():
    script = latched().at(3.1).book(bid=101.9, ask=101.91).at(3.15).book(bid=101.8, ask=101.81)
    (row,) = trades(script)
    assert (row["exit_reason"], row["exit_ts"], row["exit_price"]) == ("kill", at(3.15), pytest.approx(101.80))
    events = [(r["event"], r["latched"]) for r in account(script)]
    assert events == [("start", False), ("latch", True), ("trade", True)]


def after_midnight(script):
    return script.at(13 * 3600).tick().at(13 * 3600 + 61).close().agree()


def test_a_latched_account_takes_no_signal_not_even_the_next_day():
    script = after_midnight(latched().at(4).book(bid=101.8, ask=101.81))
    assert [(r["verdict"], r["reasons"]) for r in script.signals()][1:] == [("filtered", ["kill_switch"])]
    assert (account(script)[-1]["event"], account(script)[-1]["latched"]) == ("day", True)
    assert (
        trades(script.at(13 * 3600 + 63).book().at(13 * 3600 + 64).book(bid=90, ask=90.01))[-1]["on_account"] is False
    )


def reset(script, command_id="c1"):
    event = {"id": command_id, "command": "risk_reset", "reason": "looked at it"}
    return script.add(records.COMMAND, event=event)


SPENT = "kill switch cleared; the day's loss is spent, nothing is tradable before 00:00 UTC"


def test_only_a_command_frees_it_and_is_stored_with_its_reason():
    script = after_midnight(reset(latched().at(4).book(bid=101.8, ask=101.81).at(5)))
    (row,) = rows(script.play(), "commands")
    assert (row["command"], row["reason"], row["result"]) == ("risk_reset", "looked at it", SPENT)
    assert [r["verdict"] for r in script.signals()] == ["tradable", "tradable"]


def test_however_often_it_is_freed_a_day_loses_its_limit_once():
    script = reset(reset(latched().at(4).book(bid=101.8, ask=101.81).at(5)).at(6), "c2")
    events = [(r["event"], r["latched"]) for r in account(script.at(1000).tick().at(1061).close().agree())]
    assert [(r["verdict"], r["reasons"]) for r in script.signals()][1:] == [("filtered", ["daily_loss"])]
    assert events == [("start", False), ("latch", True), ("trade", True), ("reset", False)]
    assert [r["result"] for r in rows(script.play(), "commands")] == [SPENT, "the kill switch was not latched"]


def test_a_day_whose_exits_left_it_below_its_limit_goes_on_and_latches_again_there():
    script = reset(latched().at(3.2).book(bid=102.2, ask=102.21).at(5)).at(1000).tick().at(1061).close().agree()
    script.at(1063).book().at(1064).book(bid=102.0, ask=102.01)
    assert [r["verdict"] for r in script.signals()] == ["tradable", "tradable"]
    assert [r["event"] for r in account(script)] == ["start", "latch", "trade", "reset", "latch"]
    assert all(r["day_start_quote"] == 10_000.0 for r in account(script))


def test_a_command_acts_once_and_an_unknown_one_does_nothing():
    script = reset(reset(latched().at(5)).at(6))
    script.add(records.COMMAND, event={"id": "c2", "command": "dance"})
    assert [r["result"] for r in rows(script.play(), "commands")] == [SPENT, "unknown command: nothing was done"]
    assert [r["result"] for r in rows(reset(Script().at(1)).play(), "commands")] == ["the kill switch was not latched"]


# -- advice


def advice(script):
    return rows(script.play(), "advice")


def saved(script, kind):
    """Return (action, what it saved) of the advice of a kind that is known."""
    return [(r["action"], r["saved_bps"]) for r in advice(script) if r["kind"] == kind and r["saved_bps"] is not None]


PLAIN = {"advice": {"size_modifier": False}}


def adverse(**given):
    """Return a script with an open long at 102.50 whose price is 0.33 of the stop distance against it, at 12 s."""
    return signalled(**PLAIN, **given).at(12).book(bid=102.0, ask=102.01, score=-60)


def test_a_book_against_the_trade_leaves_before_the_stop_and_the_stop_is_the_other_road():
    script = adverse().at(15).book(bid=101.95, ask=101.96, score=-60).at(15.2).book(bid=101.9, ask=101.91)
    script.at(20).book(bid=100.5, ask=100.51)
    (row,) = trades(script)
    assert (row["exit_reason"], row["exit_ts"], row["exit_price"]) == ("flow_exit", at(15.2), pytest.approx(101.90))
    ((action, bps),) = saved(script, "stop_protection")
    assert action == "exit"
    assert bps == pytest.approx(1e4 * (101.90 - 100.50) / 102.50 * (1 - 5e-4), rel=1e-6)


def test_every_model_leaves_and_a_resting_entry_is_taken_back():
    script = adverse().at(15).book(bid=101.95, ask=101.96, score=-60).at(15.2).book(bid=101.9, ask=101.91)
    assert {r["fill_model"]: r["exit_reason"] for r in rows(script.play(), "paper_trades")} == {
        "taker": "flow_exit", "maker_optimistic": "flow_exit", "maker_pessimistic": "flow_exit"}  # fmt: skip


def test_hold_leaves_the_stop_where_it_is_and_leaving_at_once_is_the_other_road():
    script = signalled(**PLAIN).at(12).book(bid=102.0, ask=102.01, score=60).at(12.2).book(bid=101.9, ask=101.91)
    script.at(20).book(bid=101.0, ask=101.01)
    (row,) = trades(script)
    assert (row["exit_reason"], row["exit_price"]) == ("stop", pytest.approx(101.0))
    ((action, bps),) = saved(script, "stop_protection")
    (detail,) = {r["detail"] for r in rows(script.play(), "advice") if r["kind"] == "stop_protection"}
    assert detail == "paper long of squeeze breakout, tradable: the book pushes +60 its way"
    assert action == "hold"
    assert bps == pytest.approx(-1e4 * (101.9 - 101.0) / 102.50 * (1 - 5e-4), rel=1e-6)


def test_a_false_breakout_is_dropped_and_entering_is_the_other_road():
    script = Script(**PLAIN).at(1).close().book(score=-60).at(2).book().at(3).book(bid=100.9, ask=100.91)
    assert script.ended() == [("squeeze_breakout", "buy", "filtered", "false_breakout")]
    assert script.signals() == []
    ((action, bps),) = saved(script, "false_breakout")
    assert action == "skip"
    assert bps == pytest.approx(1e4 * ((102.50 - 100.90) + 5e-4 * (102.50 + 100.90)) / 102.50)
    assert rows(script.play(), "paper_trades") == []  # a road not taken is no trade of a signal


def conflict(**given):
    """Return a script with a long in STRONG_CONFLICT with its bias: score 50 against -80."""
    return Script(**PLAIN, **given).at(1).close(technical=-5).agree(score=50)


def test_a_strong_conflict_waits_and_is_dropped_if_it_stays():
    script = conflict().at(2).book(score=50).at(3).book(score=50, bid=105.6, ask=105.61).at(95).tick()
    assert script.ended() == [("squeeze_breakout", "buy", "expired", "strong_conflict")]
    ((action, bps),) = saved(script, "entry_timing")
    assert action == "wait"
    assert bps == pytest.approx(-1e4 * ((105.50 - 102.50) - 5e-4 * (102.50 + 105.50)) / 102.50)


def test_a_conflict_that_is_over_fires_and_the_earlier_entry_is_the_other_road():
    """The bias turns with the next close; by then the price is better by 0.50."""
    script = conflict().at(2).book(score=50).at(61).book(bid=101.99, ask=102.0)
    script.close(technical=0).at(61.1).book(score=50, bid=101.99, ask=102.0).at(62).book(bid=101.99, ask=102.0)
    script.at(70).book(bid=105.6, ask=105.61)
    (row,) = script.signals()
    assert (row["entry"], script.ended()) == (102.0, [fired()])
    assert [r["exit_reason"] for r in trades(script)] == ["target"]
    ((_, bps),) = saved(script, "entry_timing")
    taken = 1e4 * ((105.0 - 102.0) - 5e-4 * (102.0 + 105.0)) / 102.0
    other = 1e4 * ((105.5 - 102.5) - 5e-4 * (102.5 + 105.5)) / 102.5
    assert bps == pytest.approx(taken - other, abs=1e-6)
    assert next(r for r in advice(script) if r["saved_bps"] is not None)["signal_id"] == row["signal_id"]


def test_a_modified_size_is_compared_with_the_unmodified_one():
    script = signalled().at(3).book(bid=100.9, ask=100.91)
    ((action, bps),) = saved(script, "size_modifier")
    assert action == "x0.8"
    loss_bps = 1e4 * ((102.50 - 100.90) + 5e-4 * (102.50 + 100.90)) / 102.50
    assert bps == pytest.approx(0.2 * loss_bps, rel=1e-3)


def test_advice_can_be_switched_off():
    off = {"advice": {"stop_protection": False, "false_breakout": False, "entry_timing": False, "size_modifier": False}}
    assert advice(signalled(**off).at(12).book(bid=102.0, ask=102.01, score=-60).at(16).book(score=-60)) == []
    assert [r["size_modifier"] for r in Script(**off).at(1).close(technical=-5).agree().signals()] == [1.0]
    assert Script(**off).at(1).close().book(score=-60).ended() == []


def test_where_the_book_is_not_asked_it_advises_nothing_before_a_signal():
    assert advice(Script(**ASKED).at(0.5).book(score=-90).at(1).close(technical=-5)) == []


# -- outages


def test_an_outage_marks_a_trade_and_it_leaves_at_the_first_verified_book():
    script = signalled().at(3).lost(BTC).at(4)
    script.add(TRADES, BTC, Trades(BTC, [Trade("sell", 90.0, 1.0, 1, at(4))])).at(30).book(bid=99.0, ask=99.01)
    (row,) = trades(script)
    assert {r["entry_ts"] for r in rows(script.play(), "paper_trades")} == {at(2), at(30)}  # no maker fills meanwhile
    assert (row["outage"], row["exit_reason"], row["exit_price"]) == (True, "stop", pytest.approx(99.0))


# -- calibration


def test_enough_outcomes_make_confidence_a_win_rate():
    script = Script(paper={"calibration_outcomes": 50}, risk={"cooldown_seconds": 1.0, "max_daily_loss": 0.03})
    for n in range(52):
        begin = 100 * n
        script.at(begin).close().agree().at(begin + 2).book().at(begin + 3)
        script.book(bid=105.5, ask=105.51) if n % 3 == 0 else script.book(bid=100.9, ask=100.91)
    found = script.signals()
    assert [r["calibrated"] for r in found] == [False] * 50 + [True] * 2
    known = found[50]
    assert known["confidence"] == pytest.approx(17 / 50)
    assert known["confidence_lower"] < known["confidence"] < known["confidence_upper"]
    rated = rows(script.play(), "calibrations")
    assert [(r["n_outcomes"], r["n_wins"]) for r in rated] == [(50, 17), (51, 17), (52, 18)]


# -- beginnings and ends


def ended(script, reason="end_of_tape"):
    return script.add(records.END, event={"reason": reason}).add(STOPPED, event={})


def test_what_is_open_at_the_end_of_a_tape_is_valued_there_and_is_no_outcome():
    script = ended(signalled().at(5).book(bid=103.0, ask=103.01))
    (row,) = trades(script)
    assert (row["exit_reason"], row["exit_price"]) == ("end_of_tape", pytest.approx(103.0))
    script.play()
    assert script.stages[-1].counts.tallies == {}
    assert [(r["saved_bps"], r["unknown"], r["resolved_at"]) for r in advice(script)] == [
        (None, None, None), (None, "end_of_tape", at(5))]  # fmt: skip


CARRIED = ("account", "open_trades", "advice", "calibration", "cooldown")


def after(first, *symbols, **given):
    """Return the script of a run that starts with what the first one's mirror said last."""
    plain = msgspec.json.decode(msgspec.json.encode(rows(first.play(), "risk_state")[-1]))  # as risk.json has it
    second = Script(*symbols, run_id="second", tape_id="other", **given)
    for name in CARRIED:
        setattr(second.moments[0].event, name, plain[name])
    return second


def test_a_run_that_was_stopped_leaves_its_trades_to_the_next():
    first = ended(signalled().at(5).book(bid=103.0, ask=103.01), reason="stopped")
    assert trades(first) == []
    left = rows(first.play(), "risk_state")[-1]
    assert [t["model"] for t in left["open_trades"]] == ["taker", "maker_pessimistic", "maker_optimistic"]
    second = after(first)
    second.at(100).tick().close().agree(bid=103.99, ask=104.0)
    assert second.ended()[-1][2:] == ("filtered", "symbol_open")
    second.at(120).book(bid=105.5, ask=105.51)
    (row,) = trades(second)
    assert (row["exit_reason"], row["outage"], row["on_account"]) == ("target", True, True)
    assert row["entry_ts"] == at(2)
    assert row["equity_after"] == 10_000.0 + row["pnl_quote"]


@pytest.mark.parametrize(("seconds", "reasons"), [(79.5, ["cooldown"]), (80.0, [])], ids=["in it", "after it"])
def test_a_cooldown_outlives_a_restart(seconds, reasons):
    first = ended(signalled().at(20).book(bid=100.99, ask=101.0), reason="stopped")  # the stop: until 80
    second = after(first).at(seconds - 1).close().at(seconds - 0.5).book().at(seconds).book()
    assert [end[3] for end in second.ended() if end[2] == "filtered"] == reasons


def test_a_cooldown_is_still_told_by_the_run_that_was_told_of_it():
    second = after(after(ended(signalled().at(20).book(bid=100.99, ask=101.0), reason="stopped")))
    assert rows(second.play(), "risk_state")[-1]["cooldown"] == {BTC: at(80)}


def test_a_latch_survives_a_restart_through_the_start_record():
    second = after(latched().at(4).book(bid=101.8, ask=101.81))
    assert [r["reasons"] for r in second.at(70).close().agree().signals()] == [["kill_switch"]]


def test_trades_of_a_symbol_that_the_next_run_does_not_have_are_abandoned():
    second = after(signalled(), ETH)
    found = rows(second.play(), "paper_trades")
    assert {r["exit_reason"] for r in found} == {"abandoned"}
    assert rows(second.play(), "account")[-1]["n_open"] == 0
    assert [(r["kind"], r["unknown"]) for r in advice(second)] == [("size_modifier", "abandoned")]


def test_both_roads_of_advice_outlive_a_restart():
    begun = advice(signalled())[0]
    second = after(ended(signalled().at(3).book(bid=103.0, ask=103.01), reason="stopped"))
    second.at(100).book(bid=100.9, ask=100.91)
    (known,) = advice(second)
    whole = signalled().at(3).book(bid=103.0, ask=103.01).at(100).book(bid=100.9, ask=100.91)
    assert known == begun | {"saved_bps": advice(whole)[-1]["saved_bps"], "resolved_at": at(100)}


def test_a_shadow_that_is_left_alone_outlives_a_restart():
    """The trade has left on advice; whether its stop would have been better is seen by the next run."""
    left = adverse().at(15).book(bid=101.95, ask=101.96, score=-60).at(15.2).book(bid=101.9, ask=101.91)
    assert len(trades(left)) == 1
    second = after(ended(left, reason="stopped"), **PLAIN).at(20).book(bid=100.5, ask=100.51)
    assert rows(second.play(), "paper_trades") == []
    ((action, bps),) = saved(second, "stop_protection")
    assert (action, bps) == ("exit", pytest.approx(1e4 * (101.90 - 100.50) / 102.50 * (1 - 5e-4), rel=1e-6))


def test_hold_is_said_once_a_trade_however_many_runs_it_lives_through():
    first = signalled(**PLAIN).at(12).book(bid=102.0, ask=102.01, score=60)
    second = after(first, **PLAIN).at(20).book(bid=102.0, ask=102.01, score=60)
    assert [r["action"] for r in advice(first)] == ["hold"]
    assert [r["resolved_at"] for r in advice(second)] == []


def test_advice_about_a_candidate_that_a_restart_forgets_is_closed_with_its_reason():
    second = after(conflict().at(2).book(score=50)).at(3).book(bid=105.6, ask=105.61)
    assert [(r["kind"], r["saved_bps"], r["unknown"]) for r in advice(second)] == [("entry_timing", None, "abandoned")]
    assert second.stages[-1].live.of == {}


def test_another_fill_model_settles_a_trade_as_it_was_entered_and_once():
    second = after(signalled(), paper={"fill_model": "maker_optimistic"}).at(20).book(bid=105.5, ask=105.51)
    on_account = [r["fill_model"] for r in rows(second.play(), "paper_trades") if r["on_account"]]
    assert on_account == ["taker"]
    assert second.stages[-1].desk.account.positions == {}


def test_a_second_start_on_the_tape_abandons_what_it_does_not_know():
    script = signalled().add(records.START, event=start(BTC, **CHEAP))
    assert {r["exit_reason"] for r in rows(script.play(), "paper_trades")} == {"abandoned"}
    assert rows(script.play(), "account")[-1]["equity_quote"] == 10_000.0
    assert [r["unknown"] for r in advice(script)] == [None, "abandoned"]


def test_a_second_start_on_the_tape_takes_up_what_it_knows_once():
    again = after(signalled()).moments[0].event
    script = signalled().add(records.START, event=again).at(20).book(bid=105.5, ask=105.51)
    assert [r["exit_reason"] for r in trades(script)] == ["target"]
    assert len([r for r in advice(script) if r["resolved_at"] is not None]) == 1


def test_the_mirror_knows_the_excursions_of_the_last_five_seconds_and_of_an_orderly_stop():
    script = signalled().at(3).book(bid=103.0, ask=103.01).at(6).tick().at(7).book(bid=104.0, ask=104.01)
    assert rows(script.play(), "risk_state")[-1]["open_trades"][0]["best"] == 10300
    assert rows(ended(script, reason="stopped").play(), "risk_state")[-1]["open_trades"][0]["best"] == 10400


def test_open_trades_are_marked_every_five_seconds():
    script = signalled()
    for second in range(2, 13):
        script.at(second).tick().book(bid=103.0, ask=103.01)
    marks = [r for r in rows(script.play(), "trade_marks") if r["fill_model"] == "taker"]
    assert [r["ts"] for r in marks] == [at(5), at(10)]
    assert (marks[-1]["state"], marks[-1]["mark_price"], marks[-1]["r_multiple"] > 0) == ("open", 103.0, True)


def test_equity_is_the_start_plus_the_results_on_the_account():
    script = Script(BTC, ETH, XRP, risk={"cooldown_seconds": 1.0})
    for n in range(12):
        symbol = (BTC, ETH, XRP)[n % 3]
        script.at(10 * n + 1).close(symbol=symbol).agree(symbol).at(10 * n + 2).book(symbol)
        script.at(10 * n + 5)
        script.book(symbol, bid=105.5, ask=105.51) if n % 2 else script.book(symbol, bid=100.9, ask=100.91)
    on_account = [r for r in rows(script.play(), "paper_trades") if r["on_account"]]
    total = 10_000.0
    for row in on_account:
        total += row["pnl_quote"]
    assert len(on_account) == 12
    assert account(script)[-1]["equity_quote"] == total
