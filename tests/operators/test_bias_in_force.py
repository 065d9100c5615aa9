"""The bias in force on the line: what it filters and aligns with, and when (docs/signals.md section 9)."""

import pytest

from flows.stages import book_stage
from leadline import records
from leadline.moment import Moment
from leadline.settings import HybridMode
from operators.biases import BiasDesk
from tests.operators import biases
from tests.operators.biases import plain, record
from tests.operators.moments import BTC, ETH, XRP, Tape, at, play, rows, start
from tests.operators.script import CHEAP, Script, fired

OFF = {"hybrid_mode": {"bias": False}}
FREE = {"hybrid_mode": {"trend_filter": False, "scalp_signal_filtering": False}}


class Biased(Script):
    """A script that can be told a bias; in a mirrored one it is the mirrored bias."""

    def bias(self, *given, **more):
        one = record(*given, **more)
        return self.add(records.BIAS, event=biases.mirrored(one) if self.mirrored else one)


def long(**given):
    """Return a script in which a long fires at a mid of 102.495 under the bias that a test tells it."""
    return Biased(**given).at(0.5)


def armed(script):
    return script.at(1).close().agree()


def short(script):
    return script.at(1).close(side=-1).agree(score=-50, bid=97.50, ask=97.51)


# -- the filters


@pytest.mark.parametrize("arm", [armed, short])
def test_without_a_bias_nothing_is_filtered(arm):
    assert [outcome for _, _, outcome, _ in arm(long()).ended()] == ["fired"]


@pytest.mark.parametrize("bias", ["STRONG_BULLISH", "WEAK_BULLISH"])
def test_a_bullish_bias_keeps_longs_above_its_key_level_alone(bias):
    assert armed(long().bias(bias, 102.0)).ended() == [fired()]
    below = armed(long().bias(bias, 103.0))
    assert below.ended() == [("squeeze_breakout", "buy", "filtered", "wrong_side_of_key_level")]
    against = short(long().bias(bias, 90.0))
    assert against.ended() == [("squeeze_breakout", "sell", "filtered", "against_bias")]
    assert below.signals() == against.signals() == []


def test_a_mid_on_the_key_level_is_above_it_for_nobody():
    assert armed(long().bias(key_level=102.495)).ended()[0][2:] == ("filtered", "wrong_side_of_key_level")


@pytest.mark.parametrize("key_level", [None, 103.0])
def test_a_neutral_bias_filters_nothing(key_level):
    assert armed(long().bias("NEUTRAL", key_level)).ended() == [fired()]
    assert short(long().bias("NEUTRAL", key_level)).ended() == [fired(side="sell")]


def test_a_bias_without_a_key_level_filters_by_its_side():
    assert armed(long().bias(key_level=None)).ended() == [fired()]
    assert short(long().bias(key_level=None)).ended()[0][3] == "against_bias"


def test_each_filter_can_be_switched_off():
    sides = {"hybrid_mode": {"scalp_signal_filtering": False}}
    assert armed(long(**sides).bias(key_level=103.0)).ended() == [fired()]
    level = {"hybrid_mode": {"trend_filter": False}}
    assert short(long(**level).bias("WEAK_BULLISH", key_level=98.0)).ended() == [fired(side="sell")]
    assert short(long(**level).bias("WEAK_BULLISH", key_level=97.0)).ended()[0][3] == "wrong_side_of_key_level"
    assert short(long(**FREE).bias("WEAK_BULLISH", key_level=97.0)).ended() == [fired(side="sell")]


def test_where_the_book_is_not_asked_the_bias_filters_at_the_close():
    asked = {"scalping_engine": {"hft_integration": False}}
    assert long(**asked).bias(key_level=103.0).book().at(1).close().ended()[0][2:] == (
        "filtered", "wrong_side_of_key_level")  # fmt: skip


def test_a_bias_of_another_symbol_filters_nothing():
    assert armed(Biased(BTC, ETH).at(0.5).bias("STRONG_BEARISH", 90.0, symbol=ETH)).ended() == [fired()]


# -- what a filter is worth


def saved(script):
    (row,) = [r for r in rows(script.play(), "advice") if r["saved_bps"] is not None]
    assert (row["kind"], row["action"], row["signal_id"]) == ("bias_filter", "skip", None)
    return row


def test_what_is_filtered_is_played_as_if_it_had_been_entered():
    script = armed(long(advice={"size_modifier": False}).bias(key_level=103.0)).at(2).book()
    row = saved(script.at(3).book(bid=100.9, ask=100.91))
    assert row["saved_bps"] == pytest.approx(1e4 * ((102.50 - 100.90) + 5e-4 * (102.50 + 100.90)) / 102.50)
    assert row["detail"] == "a long under STRONG_BULLISH, mid 102.495, key level 103"
    assert rows(script.play(), "paper_trades") == []


def test_a_filter_that_cost_a_win_saved_less_than_nothing():
    script = short(long().bias(key_level=90.0)).at(2).book(bid=97.5, ask=97.51).at(3).book(bid=94.4, ask=94.45)
    row = saved(script)
    assert row["saved_bps"] < -250
    assert row["detail"] == "a short under STRONG_BULLISH, mid 97.505, key level 90"


def test_a_second_one_counts_only_when_the_first_would_have_been_over():
    script = armed(long().bias(key_level=103.0)).at(2).book().at(61).close().agree()
    assert [outcome for _, _, outcome, _ in script.ended()] == ["filtered", "filtered"]
    advised = [r["advice_id"] for r in rows(script.play(), "advice")]
    assert len(advised) == 1
    script.at(70).book(bid=100.9, ask=100.91).at(200).close().agree()
    assert len({r["advice_id"] for r in rows(script.play(), "advice")}) == 2


# -- alignment


@pytest.mark.parametrize(
    ("bias", "score", "kind", "modifier"),
    [("STRONG_BULLISH", 60, "STRONG_ALIGNMENT", 1.5), ("WEAK_BULLISH", 50, "MODERATE_ALIGNMENT", 1.0),
     ("NEUTRAL", 60, "NEUTRAL", 0.8), ("WEAK_BEARISH", 50, "MODERATE_CONFLICT", 0.7),
     ("STRONG_BEARISH", 50, "STRONG_CONFLICT", 0.5)],
)  # fmt: skip
def test_alignment_is_with_the_bias_in_force_and_not_with_the_tapes_own(bias, score, kind, modifier):
    script = long(**FREE, advice={"entry_timing": False}).bias(bias, 90.0)
    (row,) = script.at(1).close(technical=-5).agree(score=score).signals()
    assert (row["bias"], row["technical"], row["alignment"], row["size_modifier"]) == (bias, -5, kind, modifier)
    assert (row["bias_id"], row["key_level"]) == (record(bias, 90.0).id, 90.0)


def test_a_reversion_goes_by_the_analysis_where_there_is_one():
    (row,) = long().bias("WEAK_BULLISH", 90.0).at(1).close(setup="vwap_reversion").agree(score=50).signals()
    assert (row["bias"], row["alignment"]) == ("WEAK_BULLISH", "MODERATE_ALIGNMENT")


def test_a_row_without_a_bias_in_force_says_nothing_of_one():
    (row,) = armed(long()).signals()
    assert "bias_id" not in row and "key_level" not in row


# -- when it begins and ends


def notices(script, symbol=BTC):
    return [r["text"] for r in rows(script.play(), "notice") if r["symbol"] == symbol]


def test_it_holds_until_its_time_is_over_and_then_says_so():
    script = long().bias(key_level=103.0, valid_until=30.0)
    assert script.at(29.5).close().agree(seconds=(0.0, 0.4)).ended()[0][2] == "filtered"
    script = long().bias(key_level=103.0, valid_until=30.0).at(29.9).close().agree(seconds=(0.0, 0.3))
    assert script.ended() == [fired()]  # at 30.2 s
    assert notices(script.at(31).tick()) == [
        "bias STRONG_BULLISH until 12:00 UTC, key level 103, of the analysis of 11:59 UTC",
        "the bias of 11:59 UTC is over: nothing is filtered until the next",
    ]


def test_a_newer_one_takes_its_place_an_older_or_the_same_does_not():
    script = long().bias("STRONG_BEARISH", 90.0, as_of=-60).bias("STRONG_BULLISH", 90.0, as_of=-30)
    script.bias("STRONG_BEARISH", 90.0, as_of=-60).bias("STRONG_BULLISH", 90.0, as_of=-30)
    assert armed(script).ended() == [fired()]
    assert len(notices(script)) == 2


def test_where_it_is_not_to_be_renewed_a_new_one_waits_until_the_old_one_is_over():
    keeps = {"hybrid_mode": {"morning_bias_update": False}}
    script = long(**keeps).bias("STRONG_BULLISH", 90.0, valid_until=30.0).at(2).bias("STRONG_BEARISH", 90.0, as_of=2.0)
    assert armed(script).ended() == [fired()]
    later = script.at(29.8).close().book(bid=106, ask=106.01).at(100).close().agree()
    assert later.ended()[-1] == ("squeeze_breakout", "buy", "filtered", "against_bias")
    assert [text.split()[:3] for text in notices(later.tick())] == [
        ["bias", "STRONG_BULLISH", "until"], ["STRONG_BEARISH", "waits", "until"], ["bias", "STRONG_BEARISH", "until"],
    ]  # fmt: skip


def test_a_start_record_begins_without_one():
    script = long().bias(key_level=103.0)
    script.add(records.START, event=start(BTC, **CHEAP))
    assert armed(script).ended() == [fired()]


def test_the_status_of_a_symbol_shows_it():
    script = long().bias("WEAK_BULLISH", 90.0).book().at(3).tick()
    assert [r["detail"] for r in rows(script.play(), "status")] == ["warming up 0/140 candles; bias WEAK_BULLISH"]


def test_a_desk_that_has_obeyed_one_does_not_obey_it_again_once_it_is_over():
    desk, m = BiasDesk(), Moment(0, records.BIAS, 1, at(0), at(0), b"", None, None)
    m.clock_ns = at(0)
    desk.take(m, record(valid_until=1.0), HybridMode())
    m.clock_ns = at(2)
    desk.tick(m)
    desk.take(m, record(valid_until=1.0), HybridMode())
    assert (desk.of, desk.now(BTC, at(0))) == ({}, None)


# -- switched off


@pytest.mark.parametrize("mirrored", [False, True])
def test_switched_off_the_line_does_what_it_would_do_without_biases(mirrored):
    def told(script):
        return [[(r.table, r.values) for r in m.rows or [] if r.table != "notice"] for m in script.play()]

    off = busy(mirrored=mirrored, **OFF)
    without = busy(mirrored=mirrored, **OFF)
    for m in without.moments:  # the numbers of the others are part of ids
        m.event = None if m.kind == records.BIAS else m.event
    assert told(off) == told(without)
    assert {row["bias"] for row in off.signals()} == {"NEUTRAL"} and not any("bias_id" in row for row in off.signals())
    assert {r["kind"] for r in rows(off.play(), "advice")}.isdisjoint({"bias_filter", "swing_zone", "swing_break"})


def test_switched_off_it_says_of_each_bias_that_it_is_left_out():
    script = long(**OFF).bias("WEAK_BEARISH", 103.0).bias("WEAK_BEARISH", 103.0).at(4000).tick()
    assert notices(script) == [
        "bias WEAK_BEARISH until 13:00 UTC, key level 103, of the analysis of 11:59 UTC: left out, since "
        "hybrid_mode.bias is false"
    ]


# -- what cannot be obeyed


@pytest.mark.parametrize(
    ("payload", "reason", "said"),
    [
        (plain(symbol=XRP), "unknown_symbol", "a bias of XRP/USD: no such symbol on this line"),
        (plain(valid_until=-1.0), "bad_bias", "BTC/USD: a bias whose time is over"),
        (plain(as_of=100.0), "bad_bias", "BTC/USD: a bias of a time that is still to come"),
        (plain("BULLISH"), "bad_bias", "Invalid enum value 'BULLISH' - at `$.bias`"),
        (plain(venue="simulator"), "bad_bias", "a bias of the market of simulator, and this one is of kraken"),
        ({}, "bad_bias", "missing required field"),
        ({"symbol": "BTC/USD"}, "bad_bias", "missing required field"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_obeyed_is_a_stored_reject(payload, reason, said):
    tape = Tape(BTC).open().json(records.BIAS, payload).json(records.BIAS, plain())
    moments = play([book_stage()], tape.records)
    (row,) = rows(moments, "rejects")
    assert row["reason"] == reason and said in row["detail"]
    assert [m.event for m in moments if m.kind == records.BIAS] == [None, record()]


# -- the mirror, and how the tape was cut


def busy(mirrored=False, **rules):
    """Return a script in which biases come and go, and filter on both sides."""
    script = Biased(BTC, mirrored=mirrored, advice={"size_modifier": False}, **rules)
    told = [("STRONG_BULLISH", 101.0), ("WEAK_BEARISH", 99.0), ("NEUTRAL", 101.0), ("WEAK_BULLISH", 104.0),
            ("STRONG_BEARISH", None), ("STRONG_BULLISH", 100.0)]  # fmt: skip
    for n, (bias, level) in enumerate(told):
        begin = 400 * n
        script.at(begin).bias(bias, level, as_of=begin, valid_until=begin + 350)
        for k, side in enumerate((1, -1, 1)):
            now = begin + 10 + 120 * k
            bid = 102.49 if k < 2 else 100.49
            script.at(now).close(side=side).agree(score=side * 50, bid=bid, ask=bid + 0.01)
            bid = 95.0 if side > 0 else 108.0
            script.at(now + 20).book(bid=bid, ask=bid + 0.01).tick()
            script.at(now + 40).book().tick()
    return script.at(3000).tick()


OTHER = {"buy": "sell", "sell": "buy"}


@pytest.mark.parametrize("rules", [{}, OFF])
def test_a_mirrored_market_under_the_mirrored_bias_gives_the_mirrored_scalps(rules):
    one, two = busy(**rules), busy(mirrored=True, **rules)
    assert [(setup, OTHER[side], *end) for setup, side, *end in one.ended()] == two.ended()
    assert len(one.ended()) > 4


def test_a_mirrored_market_under_the_mirrored_bias_filters_the_mirrored_scalps():
    one, two = busy(), busy(mirrored=True)
    assert {reason for *_, reason in one.ended()} > {"against_bias", "wrong_side_of_key_level"}
    told = [[(r["ts"], r["kind"], r["action"]) for r in rows(script.play(), "advice")] for script in (one, two)]
    assert told[0] == told[1] and len(told[0]) > 4


@pytest.mark.parametrize("pickled", [False, True])
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(pickled):
    script = busy()
    whole = [[(r.table, r.values) for r in m.rows or []] for m in script.play()]
    assert [[(r.table, r.values) for r in m.rows or []] for m in script.play([3, 8, 20, 21, 40], pickled)] == whole


def test_a_key_level_is_told_on_the_markets_decimals_and_kept_with_all_of_them():
    script = armed(long(advice={"size_modifier": False}).bias(key_level=103.0012345)).at(2).book()
    row = saved(script.at(3).book(bid=100.9, ask=100.91))
    assert row["detail"].endswith("key level 103")
    short_of = rows(short(long(**FREE).bias("WEAK_BULLISH", key_level=97.1234567)).play(), "signals")
    assert [one["key_level"] for one in short_of] == [97.1234567]
