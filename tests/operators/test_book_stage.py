"""The book stage: the rules of trust, fault by fault, on tapes of true frames."""

import gzip

import msgspec
import pytest

from flows.stages import book_stage
from leadline import records
from leadline.moment import BOOK
from tests.operators.books import AWAITING, VERIFIED, busy, opened, played, scored
from tests.operators.moments import BTC, ETH, NOON, Tape, at, health, play, rows, start

# -- the beginning


def test_a_snapshot_with_the_right_checksum_is_verified_and_gives_a_view():
    moments = played(opened())
    assert health(moments) == [VERIFIED]
    assert scored(moments) == [True]
    view = moments[-1].view
    assert (view.bid_keys, view.bid_sizes, view.ask_keys, view.ask_sizes) == ([990], [1000], [-1010], [1000])


def test_a_snapshot_with_a_wrong_checksum_is_not():
    moments = played(Tape(BTC).open().at(1).snapshot(BTC, [(99, 1)], [(101, 1)], checksum=1))
    assert health(moments) == [("desync", "checksum_mismatch")]
    assert scored(moments) == [False]


def test_updates_before_the_snapshot_are_ignored_even_when_their_checksum_matches_by_luck():
    tape = Tape(BTC).open().at(1).book(BTC, [(99, 1)], [(101, 1)])  # all of the venue's book, as it happens
    moments = played(tape)
    assert health(moments) == []
    assert scored(moments) == [False]


def test_after_a_mismatch_only_a_snapshot_ends_the_desync_and_it_is_asked_for_once():
    tape = opened().at(2).lost(BTC, [(98, 5)]).book(BTC, [(99, 2)])  # the missing level is seen at once
    tape.at(3).book(BTC, [(98, 0)])  # now the venue's book is what we held, and the checksum would match
    tape.at(4).book(BTC, [(99, 3)]).at(5).snapshot(BTC, [(99, 3)], [(101, 1)]).at(6).book(BTC, [(99, 4)])
    moments = played(tape)
    assert health(moments) == [VERIFIED, ("desync", "checksum_mismatch"), VERIFIED]
    assert scored(moments) == [True, False, False, False, True, True]
    assert [(r["symbol"], r["reason"]) for r in rows(moments, "resync")] == [(BTC, "checksum_mismatch")]


def test_every_new_mismatch_asks_again():
    tape = opened()
    for second in (2, 3):
        tape.at(second).book(BTC, [(99, 2)], checksum=1).snapshot(BTC, [(99, 1)], [(101, 1)])
    moments = played(tape)
    assert len(rows(moments, "resync")) == 2
    assert health(moments) == [VERIFIED, *[("desync", "checksum_mismatch"), VERIFIED] * 2]


def test_the_moment_of_the_fault_tells_the_stages_behind_what_is_lost():
    moments = played(opened().at(2).book(BTC, [(99, 2)], checksum=1).at(3).book(BTC, [(99, 3)]))
    assert [m.book_lost for m in moments if m.kind == BOOK] == [(), (BTC,), ()]


# -- what is wrong with a book


def test_a_crossed_book_is_a_desync_though_its_checksum_matches():
    moments = played(opened().at(2).book(BTC, [(102, 1)]))
    assert health(moments) == [VERIFIED, ("desync", "crossed")]
    assert scored(moments) == [True, False]


def test_a_locked_book_is_crossed_too():
    assert health(played(opened().at(2).book(BTC, [(101, 1)])))[-1] == ("desync", "crossed")


def test_a_reordered_message_is_a_desync_at_once():
    tape = busy(opened(), [2, 3]).at(4).book(BTC, [(98, 1)], event_ns=at(2.5))
    assert health(played(tape))[-1] == ("desync", "reordered")


def test_a_duplicate_is_harmless_and_counted():
    stage = book_stage()
    moments = play([stage], busy(opened(), [2]).again().again().at(3).book(BTC, [(99, 5)]).records)
    assert health(moments) == [VERIFIED]
    assert scored(moments) == [True] * 5
    assert stage.counts.duplicates == {BTC: 2}


def test_an_equal_time_with_other_levels_is_applied_and_verified_by_its_checksum():
    moments = played(busy(opened(), [2]).book(BTC, [(98, 4)], event_ns=at(2)))
    assert scored(moments) == [True] * 3
    assert moments[-1].view.bid_keys == [980, 990]


@pytest.mark.parametrize(
    "level",
    ['{"price":99.0,"qty":-1.000}', '{"price":0.0,"qty":1.000}', '{"price":1e308,"qty":1e308}',
     '{"price":1e300,"qty":-1.000}'],
)  # fmt: skip
def test_an_impossible_level_is_refused_and_desyncs_its_book_alone(level):
    bad = f'{{"channel":"book","type":"update","data":[{{"symbol":"{BTC}","bids":[{level}],"asks":[],"checksum":1}}]}}'
    moments = played(busy(opened(BTC, ETH).at(2).frame(bad), [3], ETH))
    assert health(moments)[-1][0] == "desync"
    assert health(moments, ETH) == [VERIFIED]
    assert scored(moments, ETH) == [True, True]


def test_impossible_levels_among_numbers_too_large_for_a_float_are_refused_as_well():
    levels = '{"price":99.0,"qty":9007199254740.993},{"price":98.0,"qty":-1.000}'
    bad = f'{{"channel":"book","type":"update","data":[{{"symbol":"{BTC}","bids":[{levels}],"asks":[],"checksum":1}}]}}'
    moments = played(opened().at(2).frame(bad))
    assert health(moments)[-1] == ("desync", "rejected_frame")
    assert [r["reason"] for r in rows(moments, "rejects")] == ["bad_value"]


def test_a_rejected_frame_of_a_book_desyncs_that_book_alone():
    bad = f'{{"channel":"book","type":"update","data":[{{"symbol":"{BTC}","bids":"none","asks":[]}}]}}'
    moments = played(opened(BTC, ETH).at(2).frame(bad))
    assert health(moments)[-1] == ("desync", "rejected_frame")
    assert health(moments, ETH) == [VERIFIED]
    assert [(r["reason"], r["symbol"]) for r in rows(moments, "rejects")] == [("wrong_type", BTC)]


@pytest.mark.parametrize("text", ["not json", "[]", '{"channel":"nonsense"}', "", "\x00", '{"channel":"book"}'])
def test_garbage_that_names_no_symbol_is_counted_and_touches_no_book(text):
    moments = played(opened().at(2).frame(text).at(3).book(BTC, [(99, 2)]))
    assert len(rows(moments, "rejects")) == 1
    assert health(moments) == [VERIFIED]
    assert scored(moments) == [True, True]


def test_a_symbol_that_is_not_of_this_line_is_refused():
    tape = opened(BTC).at(2).book("XXX/USD", [(99, 1)]).trade(BTC, 101)
    tape.frame(tape.records.pop().payload.decode().replace(BTC, "XXX/USD"))
    assert [r["reason"] for r in rows(played(tape), "rejects")] == ["unknown_symbol", "unknown_symbol"]


def test_a_frame_over_the_limit_is_counted():
    moments = played(opened().json(records.OVERSIZE, {"bytes": 9_000_000, "head": "{"}))
    assert [r["reason"] for r in rows(moments, "rejects")] == ["too_large"]


def test_a_gap_in_the_tape_empties_every_book_until_a_snapshot():
    tape = opened().at(2).json(records.GAP, {"reason": "damaged", "where": ""}).book(BTC, [(99, 2)])
    assert health(played(tape)) == [VERIFIED, AWAITING]
    assert scored(played(tape)) == [True, False]


def test_a_disconnect_makes_every_book_stale_and_a_connection_awaits_a_snapshot():
    tape = opened(BTC, ETH).at(2).json(records.DISCONNECTED, {"reason": "reset"}).book(BTC, [(99, 2)])
    tape.at(3).open().at(4).snapshot(BTC, [(99, 1)], [(101, 1)])
    moments = played(tape)
    assert health(moments) == [VERIFIED, ("stale", "disconnected"), AWAITING, VERIFIED]
    assert health(moments, ETH) == [VERIFIED, ("stale", "disconnected"), AWAITING]
    assert scored(moments) == [True, False, True]
    assert [m.book_lost for m in moments if m.kind == records.DISCONNECTED] == [(BTC, ETH)]


def test_a_start_record_begins_with_empty_books():
    tape = opened()
    tape.at(2).json(records.START, start(BTC)).book(BTC, [(99, 2)])
    assert scored(played(tape)) == [True, False]


# -- real recordings


@pytest.mark.parametrize(("name", "depth", "verified"), [("btcusd_l2", 10, 301), ("btcusd_sample", 25, 2052)])
def test_every_checksum_of_a_real_recording_is_verified(recordings, name, depth, verified):
    path = recordings / "kraken_v2_book" / f"crossbook_kraken_{name}.ndjson.gz"
    tape = Tape(BTC, depth=depth)
    tape.json(records.CONNECTED, {"venue": "kraken", "url": ""})
    for line in gzip.decompress(path.read_bytes()).splitlines():
        frame = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        tape.now_ns = NOON + int(bytes(frame["rx_ns"]))
        tape.add(records.FRAME, bytes(frame["frame"]))
    stage = book_stage()
    moments = play([stage], tape.records)
    stage.books[BTC].book.check()
    assert sum(m.view is not None for m in moments) == verified
    assert rows(moments, "resync") == rows(moments, "rejects") == []
