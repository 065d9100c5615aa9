"""Positions that a person declares: hold, honour or exit, and what following it was worth. docs/signals.md 10."""

import msgspec
import pytest

from leadline import records
from leadline.positions import Declared, understood
from leadline.settings import Advice
from leadline.times import SECOND_NS
from tests.operators.moments import BTC, ETH, XRP, Tape, at, finished, line, rows, start
from tests.operators.script import CHEAP, Script

LONG = {"symbol": BTC, "side": "buy", "entry": 100.0, "stop": 96.0}
MIRRORED = {"symbol": BTC, "side": "sell", "entry": 100.0, "stop": 104.0}


def declared(*, position_id="p1", mirrored=False, script=None, **changes):
    """Return a script in which a long from 100 with its stop at 96 is declared at 1 s; mirrored, a short."""
    said = {**(MIRRORED if mirrored else LONG), **changes}
    script = script or Script(BTC, ETH, mirrored=mirrored)
    return script.at(1).add(records.COMMAND, event={"id": position_id, "command": "position_add", **said})


def quotes(script, seconds, bid, score, n=4):
    for k in range(n):
        script.at(seconds + k).book(bid=bid, ask=bid + 0.01, score=score)
    return script


def result(script):
    return rows(script.play(), "commands")[-1]["result"]


def advised(script):
    return [r for r in rows(script.play(), "advice") if r["kind"] == "position" and r["resolved_at"] is None]


def said(script):
    return [(r["action"], r["ts"]) for r in advised(script)]


def saved(script):
    return {r["action"]: r["saved_bps"] for r in rows(script.play(), "advice") if r["saved_bps"] is not None}


# -- what is said


def test_a_book_that_pushes_its_way_while_price_is_against_it_says_hold():
    (row,) = advised(quotes(declared(), 20, 98.5, 60.0, n=1))
    assert (row["action"], row["position_id"], row["signal_id"], row["price"]) == ("hold", "p1", None, 96.0)
    assert row["detail"] == "buy from 100, stop 96, now 98.5 (-0.38 R before fees), score +60"


def test_a_book_that_pushes_against_it_for_three_seconds_says_exit():
    assert said(quotes(declared(), 20, 98.5, -60.0)) == [("exit", at(23))]


@pytest.mark.parametrize("score", [-50.0, 0.0, 50.0])
def test_otherwise_the_stop_is_to_be_honoured(score):
    assert said(quotes(declared(), 20, 98.5, score)) == [("honour", at(23))]


def test_nothing_is_said_in_its_first_seconds_nor_before_price_is_against_it():
    assert said(quotes(declared(), 3, 98.5, -60.0)) == []
    assert said(quotes(declared(), 20, 99.5, -60.0)) == []


def test_each_thing_is_said_once():
    script = quotes(quotes(declared(), 20, 98.5, 0.0), 30, 98.5, 60.0)
    quotes(quotes(quotes(script, 40, 98.5, 0.0), 50, 98.5, 60.0), 60, 98.5, -60.0)
    assert [action for action, _ in said(quotes(script, 70, 98.5, -60.0))] == ["honour", "hold", "exit"]


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_takes_back_something_said_names_it(mirrored):
    script = quotes(quotes(declared(mirrored=mirrored), 20, 98.5, 0.0), 30, 98.5, 60.0, n=1)
    details = [(r["action"], r["detail"].partition("; ")[2]) for r in advised(quotes(script, 90, 98.5, -60.0))]
    assert details == [("honour", ""), ("hold", "in place of honour of 12:00 UTC"),
                       ("exit", "takes back hold of 12:00 UTC")]  # fmt: skip
    script = quotes(quotes(declared(mirrored=mirrored), 20, 98.5, -60.0), 130, 98.5, 0.0)
    details = [(r["action"], r["detail"].partition("; ")[2]) for r in advised(script)]
    assert details == [("exit", ""), ("honour", "takes back exit of 12:00 UTC")]


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_exit_tells_the_price_and_what_it_would_come_to(mirrored):
    (row,) = advised(quotes(declared(mirrored=mirrored), 20, 98.5, -60.0))
    said = "sell from 100, stop 104, now 101.5" if mirrored else "buy from 100, stop 96, now 98.5"
    assert row["detail"].startswith(f"{said} (-0.38 R before fees), score ")


@pytest.mark.parametrize(
    ("scores", "order", "told"),
    [((0.0, 60.0), ["honour", "hold"], "honour, now hold"), ((60.0, 0.0), ["hold", "honour"], "hold, now honour"),
     ((60.0,), ["hold"], "hold"), ((), [], "")],
)  # fmt: skip
def test_what_was_said_is_told_in_its_order_and_what_holds_now_is_marked(scores, order, told):
    script = declared()
    for n, score in enumerate(scores):
        quotes(script, 20 + 10 * n, 98.5, score)
    (kept,) = rows(script.at(90).tick().play(), "risk_state")[-1]["positions"]
    one = msgspec.convert(kept, Declared)
    assert (one.said, one.told) == (order, told)


def test_what_lasted_before_an_outage_does_not_count():
    script = quotes(declared(), 20, 98.5, -60.0, n=2).lost(BTC)
    assert said(quotes(script, 22, 98.5, -60.0, n=3)) == []


def test_stop_protection_switched_off_says_nothing():
    script = Script(BTC, advice={"stop_protection": False})
    assert said(quotes(declared(script=script), 20, 98.5, -60.0)) == []


# -- what it is worth, in bps of the entry: fees are 5 bps a fill


def test_an_exit_is_worth_what_the_stop_would_have_lost_more():
    script = quotes(declared(), 20, 98.5, -60.0).at(24).book(bid=98.4, ask=98.41, score=0)
    script.at(30).book(bid=95.0, ask=95.01, score=0)
    assert saved(script) == {"exit": pytest.approx(1e4 * (98.4 - 95.0) / 100.0 * (1 - 5e-4))}


def test_holding_and_honouring_are_worth_what_leaving_would_have_lost_less():
    script = quotes(declared(target=103.0), 20, 98.5, 60.0, n=1).at(24).book(bid=98.4, ask=98.41, score=60)
    script.at(30).book(bid=103.5, ask=103.51, score=60)
    assert saved(script) == {"hold": pytest.approx(1e4 * (103.0 - 98.4) / 100.0 * (1 - 5e-4))}
    script = quotes(declared(), 20, 98.5, 0.0).at(24).book(bid=98.4, ask=98.41, score=0)
    script.at(30).book(bid=95.0, ask=95.01, score=0)
    assert saved(script) == {"honour": pytest.approx(-1e4 * (98.4 - 95.0) / 100.0 * (1 - 5e-4))}


def test_without_a_target_it_is_kept_to_twice_the_stops_distance():
    script = quotes(declared(), 20, 98.5, 60.0, n=1).at(24).book(bid=98.4, ask=98.41).at(30).book(bid=108.2, ask=108.3)
    assert saved(script) == {"hold": pytest.approx(1e4 * (108.0 - 98.4) / 100.0 * (1 - 5e-4))}


def test_a_position_that_is_closed_ends_its_kept_road_at_that_price():
    script = quotes(declared(), 20, 98.5, 60.0, n=1).at(24).book(bid=98.4, ask=98.41)
    script.at(30).add(records.COMMAND, event={"id": "c", "command": "position_close", "position": "p1"})
    assert result(script) == "closed: 1 of BTC/USD (buy from 100)"
    script.at(31).book(bid=99.4, ask=99.41)
    assert saved(script) == {"hold": pytest.approx(1e4 * (99.4 - 98.4) / 100.0 * (1 - 5e-4))}
    assert said(quotes(script, 40, 98.5, -60.0)) == [("hold", at(20))]


def test_advice_about_a_position_is_no_trade_of_the_account():
    script = quotes(declared(), 20, 98.5, -60.0).at(30).book(bid=95.0, ask=95.01)
    assert rows(script.play(), "paper_trades") == []


# -- declaring and closing


def test_it_is_declared_with_a_command_that_is_stored():
    assert result(declared()) == "declared: BTC/USD buy from 100, stop 96"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"symbol": XRP}, "refused: unknown symbol 'XRP/USD'; this line has BTC/USD, ETH/USD"),
        ({"stop": 101.0}, "refused: the stop of a long lies below its entry of 100, not at 101"),
        ({"side": "sell"}, "refused: the stop of a short lies above its entry of 100, not at 96"),
        ({"stop": 100.0}, "refused: the stop of a long"),
        ({"target": 99.0}, "refused: the target of a long lies above its entry of 100, not at 99"),
        ({"entry": -1.0}, "refused: the entry is -1.0, not a price above 0 and below 1e+12"),
        ({"stop": 1e300, "side": "sell"}, "refused: the stop is 1e+300, not a price"),
        ({"entry": "much"}, "refused: the entry is 'much', not a price"),
        ({"side": "up"}, "refused: the side is 'up', not buy or sell"),
        ({"symbol": None}, "refused: Expected `str`"),
    ],
)  # fmt: skip
def test_what_is_no_position_is_refused_and_the_refusal_stored(changes, words):
    script = declared(**changes)
    assert words in result(script)
    assert said(quotes(script, 20, 98.5, -60.0)) == []


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_position_of_the_other_side_is_declared_with_a_warning(mirrored):
    script = declared(mirrored=mirrored)
    other = LONG if mirrored else MIRRORED
    assert result(declared(script=script, mirrored=mirrored, position_id="p2", entry=99.0)).count("WARNING") == 0
    script.add(records.COMMAND, event={"id": "p3", "command": "position_add", **other})
    side = "sell" if mirrored else "buy"
    assert result(script).endswith(f"; WARNING: a {side} of BTC/USD from 100 is declared too, and works against it")
    assert len(rows(script.play(), "risk_state")[-1]["positions"]) == 3


def test_one_that_is_declared_again_is_taken_with_a_warning():
    script = declared(script=declared(), position_id="p2")
    assert result(script).endswith(
        "; WARNING: a buy of BTC/USD from 100 is declared already: this is followed as one more"
    )


def test_closing_goes_by_id_or_symbol_and_says_when_there_is_none():
    script = declared(script=declared(), position_id="p2")
    script.add(records.COMMAND, event={"id": "c1", "command": "position_close", "position": "p3"})
    assert result(script) == "refused: there is no position 'p3'"
    script.add(records.COMMAND, event={"id": "c2", "command": "position_close", "position": BTC})
    assert result(script) == "closed: 2 of BTC/USD (buy from 100, buy from 100)"


def test_the_same_command_twice_declares_one():
    script = declared(script=declared())
    assert len(rows(script.play(), "commands")) == 1
    assert len(rows(script.play(), "risk_state")[-1]["positions"]) == 1


def test_there_is_a_limit_to_how_many_are_followed():
    script = Script(BTC)
    for n in range(51):
        declared(script=script, position_id=f"p{n}")
    assert result(script) == "refused: 50 positions are declared already"


def test_a_touched_stop_ends_it_and_is_told():
    script = quotes(declared(), 20, 96.0, -60.0)
    (notice,) = rows(script.play(), "notice")
    assert notice["text"] == "the stop 96 of the buy from 100 was touched: it is declared no more"
    assert rows(script.play(), "risk_state")[-1]["positions"] == []


@pytest.mark.parametrize("tiny", [1e-300, 0.001])
def test_prices_below_a_tick_are_followed_like_others(tiny):
    script = quotes(declared(side="sell", entry=tiny, stop=200.0, target=tiny / 2), 20, 98.5, 60.0)
    assert said(script) == [("exit", at(23))]


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_position_that_hardly_fits_its_market_is_taken_and_told_at_its_first_book(mirrored):
    said = {"entry": 120.0, "stop": 190.0} if mirrored else {"entry": 85.0, "stop": 15.0}
    script = declared(mirrored=mirrored, **said).at(2).book().at(3).book()
    (notice,) = rows(script.play(), "notice")
    off = "120 is 23 % above the market's 97.51" if mirrored else "85 is 17 % below the market's 102.49"
    assert f"that was declared: WARNING: its entry of {off}" in notice["text"]
    assert notice["ts"] == at(2) and len(rows(script.play(), "risk_state")[-1]["positions"]) == 1


def test_a_target_that_is_behind_the_market_is_told():
    (notice,) = rows(declared(target=101.0).at(2).book().play(), "notice")
    assert notice["text"].endswith("WARNING: its target at 101 is reached already at the market's 102.49")


def test_a_position_that_fits_its_market_is_taken_without_a_word():
    assert rows(declared().at(2).book().at(3).book(bid=120.0, ask=120.01).play(), "notice") == []


def test_the_store_is_told_when_a_position_was_declared_and_how_it_ended():
    script = declared(script=declared(), position_id="p2", target=103.0)
    script.at(9).add(records.COMMAND, event={"id": "c", "command": "position_close", "position": "p2"})
    found = rows(quotes(script, 20, 96.0, 0.0, n=1).play(), "positions")
    assert [(r["position_id"], r["ts"], r["ended_at"], r["end_reason"]) for r in found] == [
        ("p1", at(1), None, None), ("p2", at(1), None, None), ("p2", at(1), at(9), "closed"),
        ("p1", at(1), at(20), "stopped"),
    ]  # fmt: skip
    assert [found[1][name] for name in ("symbol", "side", "entry", "stop", "target")] == [BTC, "buy", 100, 96, 103]


# -- restarts


def test_a_run_that_starts_afresh_goes_on_with_it_and_with_its_advice():
    script = quotes(declared(), 20, 98.5, 60.0, n=1)
    told = rows(script.play(), "risk_state")[-1]
    again = start(BTC, ETH, **CHEAP)
    again.positions, again.advice, again.account = told["positions"], told["advice"], told["account"]
    plain = msgspec.json.decode(msgspec.json.encode(again), type=type(again))  # as the start record travels
    script = Script(BTC, ETH)
    script.moments[0].event = plain
    quotes(script.at(24), 24, 98.4, 60.0, n=1).at(30).book(bid=108.2, ask=108.3)
    assert said(script) == []  # hold was said
    assert saved(script) == {"hold": pytest.approx(1e4 * (108.0 - 98.4) / 100.0 * (1 - 5e-4))}


def busy(mirrored=False):
    script = quotes(declared(mirrored=mirrored), 20, 98.5, 0.0)
    quotes(quotes(script, 30, 98.5, 60.0), 40, 98.5, -60.0)
    return script.at(50).book(bid=98.0, ask=98.01).at(60).book(bid=95.0, ask=95.01).tick()


def test_a_mirrored_market_says_the_same():
    def told(script):
        return [(r["action"], r["ts"], r["resolved_at"]) for r in rows(script.play(), "advice")]

    assert told(busy()) == told(busy(mirrored=True))
    assert {action for action, *_ in told(busy())} == {"honour", "hold", "exit"}
    assert saved(busy(mirrored=True)).keys() == saved(busy()).keys()


@pytest.mark.parametrize("pickled", [False, True])
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(pickled):
    def seen(moments):
        return [[(r.table, r.values) for r in m.rows or []] for m in moments]

    assert seen(busy().play([1, 3, 5, 6, 9, 12], pickled)) == seen(busy().play())


def test_what_is_said_flips_with_the_position():
    one, two = (Declared("p", understood(plain), 0) for plain in (LONG, MIRRORED))
    for second, touch, score in (
        (20, 98.0, 60.0),
        (21, 98.0, 0.0),
        (25, 98.0, 10.0),
        (26, 98.0, -60.0),
        (30, 97.0, -70.0),
    ):
        now = second * SECOND_NS
        assert one.observe(touch, score, now, Advice()) == two.observe(200.0 - touch, -score, now, Advice())


def test_a_command_on_the_tape_reaches_the_line():
    tape = Tape(BTC).open().at(1).json(records.COMMAND, {"id": "p1", "command": "position_add", **LONG})
    (row,) = [r.values for r in finished(line(), tape.records) if r.table == "commands"]
    assert row["result"].startswith("declared: BTC/USD")
