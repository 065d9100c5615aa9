"""Precision: of each symbol, from the venue's list or the snapshot's text, and beyond any float."""

import pytest

from flows.stages import book_stage
from leadline import records
from leadline.checksum import book_checksum
from leadline.instrument import Instrument
from tests.operators.books import VERIFIED, busy, opened, played, scored
from tests.operators.moments import BTC, ETH, Tape, health, play, rows


def test_without_an_instrument_answer_the_precision_is_the_snapshots_text_and_it_is_said():
    moments = played(Tape(BTC).open(precisions=False).at(1).snapshot(BTC, [(99, 1)], [(101, 1)]))
    assert health(moments) == [VERIFIED]
    (notice,) = rows(moments, "notice")
    assert "1/3 read from the snapshot's text" in notice["text"]


def test_a_snapshot_written_finer_than_its_instrument_is_refused():
    tape = Tape(BTC).open(precisions=False)
    tape.json(records.PRECISIONS, {BTC: {"symbol": BTC, "price_precision": 0, "qty_precision": 3}})
    moments = played(tape.at(1).snapshot(BTC, [(99.5, 1)], [(101, 1)]))
    assert health(moments) == [("desync", "rejected_frame")]
    assert "finer than the instrument" in rows(moments, "rejects")[0]["detail"]


def test_a_snapshot_of_two_symbols_is_read_by_the_precision_of_each():
    tape = Tape(BTC, ETH).open().at(1)
    one, two = (
        f'{{"symbol":"{symbol}","bids":[{{"price":{price},"qty":{qty}}}],"asks":[],'
        f'"checksum":{book_checksum([], [(int(price.replace(".", "")), int(qty.replace(".", "")))])}}}'
        for symbol, price, qty in ((BTC, "99.0", "1.000"), (ETH, "9.125", "1.00000"))
    )
    pairs = {BTC: Instrument(BTC, 1, 3), ETH: Instrument(ETH, 3, 5)}
    tape.json(records.PRECISIONS, pairs).frame(f'{{"channel":"book","type":"snapshot","data":[{one},{two}]}}')
    assert health(played(tape)) == health(played(tape), ETH) == [VERIFIED]


PAIR = (f'{{"symbol":"{BTC}","price_precision":1,"qty_precision":3,"price_increment":0.1,"qty_increment":0.001,'
        f'"status":"online","cost_min":0.5,"qty_min":0.00005}}')  # fmt: skip


def test_the_venues_instrument_frame_gives_the_precision():
    tape = Tape(BTC).open(precisions=False)
    tape.frame(f'{{"channel":"instrument","type":"snapshot","data":{{"assets":[],"pairs":[{PAIR}]}}}}')
    stage = book_stage()
    moments = play([stage], tape.at(1).snapshot(BTC, [(99, 1)], [(101, 1)]).records)
    assert health(moments) == [VERIFIED]
    assert rows(moments, "notice") == []
    assert stage.books[BTC].instrument.qty_min == 0.00005


@pytest.mark.parametrize("pairs", ["", PAIR.replace(BTC, ETH)], ids=["assets alone", "another pair"])
def test_an_instrument_update_that_does_not_speak_of_a_symbol_changes_nothing_for_it(pairs):
    tape = opened().at(2).frame(f'{{"channel":"instrument","type":"update","data":{{"assets":[],"pairs":[{pairs}]}}}}')
    moments = played(tape.book(BTC, [(99, 2)]))
    assert scored(moments) == [True, True]
    assert rows(moments, "notice") == []


def test_a_symbol_that_the_venue_does_not_list_is_skipped_and_nobody_waits_for_it():
    tape = Tape(BTC, ETH).open(precisions=False)
    tape.frame(f'{{"channel":"instrument","type":"snapshot","data":{{"assets":[],"pairs":[{PAIR}]}}}}')
    moments = played(busy(tape.snapshot(BTC, [(99, 1)], [(101, 1)]), range(1, 30), BTC))
    assert (health(moments), health(moments, ETH)) == ([VERIFIED], [])
    assert [notice["symbol"] for notice in rows(moments, "notice")] == [ETH]


def test_a_symbol_that_the_venue_refuses_is_skipped_as_well():
    tape = Tape(BTC, ETH).open().snapshot(BTC, [(99, 1)], [(101, 1)])
    error = f'{{"error":"Currency pair not supported {ETH}","method":"subscribe","success":false,"symbol":"{ETH}"}}'
    moments = played(busy(tape.frame(error).frame(error), range(1, 30), BTC))
    assert (health(moments), health(moments, ETH)) == ([VERIFIED], [])
    assert [notice["symbol"] for notice in rows(moments, "notice")] == [ETH]


HUGE = 9_007_199_254_740_993_001  # size units: more than 2^53 times a thousand, odd


def huge_tape(again: int = 0) -> Tape:
    """Return a tape with a size that no float carries, in the snapshot and in an update."""
    tape, qty = Tape(BTC).open().at(1), f"{HUGE // 1000}.{HUGE % 1000:03d}"
    for second, size, kind in ((1, HUGE, "snapshot"), (2, HUGE + 2000, "update")):
        qty = f"{size // 1000}.{size % 1000:03d}"
        asks = '{"price":101.0,"qty":1.000}' if kind == "snapshot" else ""
        tape.at(second).frame(
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{BTC}","bids":[{{"price":99.0,"qty":{qty}}}],'
            f'"asks":[{asks}],"checksum":{book_checksum([(1010, 1000)], [(990, size)])},'
            f'"timestamp":"2026-08-01T12:00:0{second}.000000Z"}}]}}'
        )
    for n in range(again):
        tape.at(3 + n).add(records.FRAME, next(r.payload for r in reversed(tape.records) if r.payload))
    return tape


def test_sizes_beyond_any_float_are_exact():
    moments = played(huge_tape())
    assert scored(moments) == [True, True]
    assert [m.view.bid_sizes for m in moments if m.view] == [[HUGE], [HUGE + 2000]]


def test_a_huge_book_that_repeats_itself_is_frozen_like_any_other():
    assert health(played(huge_tape(again=20))) == [VERIFIED, ("stale", "frozen")]
