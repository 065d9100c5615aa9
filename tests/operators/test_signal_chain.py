"""The chain of signals: its hash, and that neither cuts, the mirror nor a neighbour change it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records, signals
from leadline.moment import STOPPED
from tests.leadline.armed_bars import UPSIDE_DOWN
from tests.operators.moments import BTC, ETH, rows, start
from tests.operators.script import CHEAP, Script, busy, hash_of

# -- the chain and the run


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
