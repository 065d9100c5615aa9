"""The book stage: the rules of trust, fault by fault, on tapes of true frames."""

import gzip
import pickle
from collections import Counter

import msgspec
import pytest

from flows.stages import book_stage
from leadline import records
from leadline.checksum import book_checksum
from leadline.instrument import Instrument
from leadline.moment import BOOK, Moment
from leadline.records import Record
from leadline.times import SECOND_NS
from tests.operators.moments import BTC, ETH, NOON, Tape, at, finished, health, play, rows, start

VERIFIED = ("verified", "")
AWAITING = ("unverified", "awaiting_snapshot")


def opened(*symbols, **given) -> Tape:
    """Return a tape whose books are verified at 1 s: bid 99.0 x 1, ask 101.0 x 1."""
    tape = Tape(*(symbols or (BTC,)), **given).open().at(1)
    for symbol in tape.markets:
        tape.snapshot(symbol, [(99, 1)], [(101, 1)])
    return tape


def busy(tape: Tape, seconds, *symbols) -> Tape:
    """Let the bid's size change at each of these times."""
    for second in seconds:
        tape.at(second)
        for symbol in symbols or tape.markets:
            tape.book(symbol, [(99, 1 + tape.now_ns % 7)])
    return tape


def played(tape: Tape, **given) -> list[Moment]:
    return play([book_stage()], tape.records, **given)


def scored(moments, symbol=BTC) -> list[bool]:
    """Return for each book message of a symbol whether it came with a verified view."""
    return [m.view is not None for m in moments if m.kind == BOOK and m.symbol == symbol]


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


# -- silence and frost


def test_a_book_that_stops_changing_is_silent_after_ten_seconds_and_asked_for_once():
    moments = played(busy(opened(BTC, ETH), range(2, 40), ETH))
    assert health(moments) == [VERIFIED, ("stale", "silent")]
    assert health(moments, ETH) == [VERIFIED]
    (asked,) = rows(moments, "resync")
    assert (asked["symbol"], asked["reason"], asked["ts"]) == (BTC, "silent", at(12))
    lost = [m.clock_ns for m in moments if BTC in m.book_lost]
    assert lost == [at(12)]


def test_an_ack_followed_by_silence_is_found():
    moments = played(Tape(BTC).open().at(15))
    assert health(moments) == [("stale", "silent")]
    assert len(rows(moments, "resync")) == 1


def test_a_silent_book_that_speaks_again_is_verified_again():
    moments = played(busy(opened().at(20), [21]))
    assert health(moments) == [VERIFIED, ("stale", "silent"), VERIFIED]
    assert scored(moments) == [True, True]


def test_a_book_that_repeats_one_frame_is_frozen_and_its_repetitions_do_not_thaw_it():
    tape = busy(opened(), [2])
    for second in range(3, 30):
        tape.at(second)
        tape.add(records.FRAME, next(r.payload for r in reversed(tape.records) if b'"update"' in r.payload))
    moments = played(tape)
    assert health(moments) == [VERIFIED, ("stale", "frozen")]
    assert scored(moments)[-1] is False
    assert len(rows(moments, "resync")) == 1


def test_a_book_is_frozen_when_it_ignores_trades():
    tape = busy(opened(BTC, ETH), [2, 3])
    for second in range(4, 12):
        tape.at(second).trade(BTC, 101).book(ETH, [(99, second)])
    moments = played(tape)
    assert health(moments) == [VERIFIED, ("stale", "frozen")]
    assert [r["ts"] for r in rows(moments, "resync")] == [at(10)]  # 5 s after the trade at 4 s, at a tick
    assert health(moments, ETH) == [VERIFIED]


def test_a_frozen_book_is_whole_again_after_a_resubscription():
    tape = opened().at(13).ack(BTC, "unsubscribe").ack(BTC).snapshot(BTC, [(99, 1)], [(101, 1)])
    assert health(played(tape)) == [VERIFIED, ("stale", "silent"), AWAITING, VERIFIED]


def test_nobody_expects_a_word_from_a_book_that_was_unsubscribed():
    moments = played(opened().at(2).ack(BTC, "unsubscribe").at(60))
    assert health(moments) == [VERIFIED, AWAITING]
    assert rows(moments, "resync") == []


def test_a_refused_subscription_changes_nothing():
    moments = played(opened().at(2).ack(BTC, success=False).book(BTC, [(99, 2)]))
    assert health(moments) == [VERIFIED]
    assert scored(moments) == [True, True]


# -- one symbol's fault is its own


FAULTS = {
    "mismatch": lambda tape: tape.book(BTC, [(98, 1)], checksum=1),
    "crossed": lambda tape: tape.book(BTC, [(103, 1)]),
    "reordered": lambda tape: tape.book(BTC, [(98, 1)], event_ns=at(0.5)),
    "rejected": lambda tape: tape.frame(f'{{"channel":"book","type":"update","data":[{{"symbol":"{BTC}"}}]}}'),
    "gap in trades": lambda tape: tape.trade(BTC, 101, skip=0).trade(BTC, 101, skip=5),
    "lost": lambda tape: tape.lost(BTC, [(98, 4)]).book(BTC, [(99, 9)]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_one_symbol_leaves_the_others_views_untouched(fault):
    def tape(*symbols, hurt):
        made = busy(opened(BTC, ETH), [2, 3, 4], ETH)
        if hurt:
            fault(made)
        return busy(made, [5, 6], ETH)

    healthy = [m.view for m in played(tape(hurt=False)) if m.symbol == ETH]
    assert [m.view for m in played(tape(hurt=True)) if m.symbol == ETH] == healthy
    assert health(played(tape(hurt=True)), ETH) == [VERIFIED]


# -- trades


def test_the_trade_channel_has_a_trust_of_its_own():
    tape = opened().at(2).trade(BTC, 101).trade(BTC, 101).at(3).trade(BTC, 101, skip=2).at(4).trade(BTC, 101)
    moments = played(tape)
    assert health(moments, channel="trade") == [VERIFIED, ("desync", "trade_gap"), VERIFIED]
    assert health(moments) == [VERIFIED]
    assert rows(moments, "resync") == []


def test_trade_ids_of_another_connection_are_its_own():
    tape = opened().trade(BTC, 101, skip=1000).at(2).json(records.DISCONNECTED, {"reason": "reset"}).open()
    tape.markets[BTC].trade_id = 0
    tape.at(3).trade(BTC, 101).trade(BTC, 101).at(4).trade(BTC, 101, skip=1)
    assert health(played(tape), channel="trade") == [
        VERIFIED, ("stale", "disconnected"), AWAITING, VERIFIED, ("desync", "trade_gap"), VERIFIED]  # fmt: skip


def test_after_an_unsubscribe_no_trade_is_expected():
    assert health(played(opened().ack(BTC, "unsubscribe", "trade")), channel="trade") == [VERIFIED, AWAITING]


def test_a_trade_snapshot_is_not_a_trade():
    tape = opened().trade(BTC, 101)
    old = tape.records.pop()
    tape.frame(old.payload.decode().replace('"update"', '"snapshot"')).trade(BTC, 101, skip=3)
    assert health(played(tape), channel="trade") == [VERIFIED]


# -- precision


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


# -- clocks


def test_the_tapes_clock_never_goes_back():
    tape = opened().at(5).book(BTC, [(99, 2)])
    tape.now_ns = at(3)
    tape.book(BTC, [(99, 3)], event_ns=at(5.1))
    clocks = [m.clock_ns for m in played(tape)]
    assert clocks == sorted(clocks)
    assert clocks[-1] == at(5)


def test_the_age_of_a_message_is_its_lateness_beyond_the_connections_usual():
    tape = opened(lag_s=0.5)
    tape.at(2).book(BTC, [(99, 2)]).at(3).book(BTC, [(99, 3)], event_ns=at(2.2))
    ages = [m.age_ns / SECOND_NS for m in played(tape) if m.kind == BOOK]
    assert ages == [0.0, 0.0, 0.3]


def test_venue_time_is_the_clock_minus_the_connections_offset_and_never_goes_back():
    moments = played(busy(opened(lag_s=0.5), [2, 3]))
    assert [(m.clock_ns - m.venue_ns) / SECOND_NS for m in moments if m.kind == BOOK][1:] == [0.5, 0.5]
    venue = [m.venue_ns for m in moments]
    assert venue == sorted(venue)


def test_a_clock_that_is_behind_the_venues_is_corrected_as_well():
    moments = played(busy(opened(lag_s=-0.45), [2, 3]))
    assert moments[-1].venue_ns - moments[-1].clock_ns == 0.45 * SECOND_NS
    assert {m.age_ns for m in moments} == {0}


def fallen(n: int) -> Tape:
    """Return a tape whose lag is 5 s, and 0.5 s for its last n messages."""
    tape = busy(opened(lag_s=5.0), [2, 3, 4, 5, 6])
    tape.lag_ns = SECOND_NS // 2
    return busy(tape, [6 + 0.1 * k for k in range(1, n + 1)])


@pytest.mark.parametrize(("n", "offset_s"), [(1, 5.0), (2, 5.0), (3, 0.5)])
def test_a_fall_of_the_offset_by_more_than_a_second_needs_three_in_a_row(n, offset_s):
    stage = book_stage()
    moments = play([stage], fallen(n).records)
    assert stage.feeds.public.offset_ns == offset_s * SECOND_NS
    assert all(m.view for m in moments if m.kind == BOOK)  # clocks alone void no book


def test_a_new_connection_learns_its_clock_anew():
    tape = busy(opened(lag_s=0.5), [2])
    tape.lag_ns = 20 * SECOND_NS
    tape.at(30).open().at(31).snapshot(BTC, [(99, 1)], [(101, 1)])
    moments = played(tape)
    assert moments[-1].age_ns == 0


def test_venue_time_does_not_run_ahead_while_a_new_connection_has_not_told_its_clock():
    tape = busy(opened(lag_s=20.0), range(2, 30)).at(31).json(records.DISCONNECTED, {"reason": "reset"}).open().at(35)
    moments = played(tape)
    assert moments[-1].clock_ns - moments[-1].venue_ns == 20 * SECOND_NS


@pytest.mark.parametrize(("lag_s", "said"), [(0.9, 0), (1.5, 1), (-1.5, 1)])
def test_clocks_that_differ_by_more_than_a_second_are_reported_once_and_void_nothing(lag_s, said):
    moments = played(busy(opened(lag_s=lag_s), range(2, 8)))
    skews = [r for r in rows(moments, "feed_health") if r["reason"] == "clock_skew"]
    assert len(skews) == said
    assert scored(moments) == [True] * 7


# -- what the run counted


def test_the_runs_counts_are_handed_on_when_the_source_ends():
    tape = busy(opened(), [2, 3]).again().at(4).book(BTC, [(99, 9)], checksum=1).book(BTC, [(99, 8)])
    tape.frame("garbage").json(records.END, {"reason": "sigterm"})
    last = [r.values for r in finished([book_stage()], tape.records) if r.table == "runs"]
    assert len(last) == 1  # the end's row is the signal stage's
    stage = book_stage()
    play([stage], tape.records)
    (stopped,) = stage.finish()
    counted = {k: stopped.event[k] for k in ("book_verified", "book_mismatched", "resyncs", "rejected", "exit_reason")}
    assert counted == {"book_verified": 4, "book_mismatched": 1, "resyncs": 1, "rejected": 1,
                       "exit_reason": "sigterm"}  # fmt: skip
    assert stopped.event["frames"] == 2 + 6 + 1  # acks, books, garbage
    assert stopped.clock_ns == at(4)


def test_the_run_begins_with_a_row_of_what_it_is():
    (row,) = rows(played(opened()), "runs")
    expected = {"ts": at(0), "started_at": at(0), "ended_at": None, "feed": "kraken", "version": "0", "symbols": [BTC],
                "tape_id": "tape", "config_hash": start(BTC).config_hash, "goes_by_bias": True}  # fmt: skip
    assert row == expected


def test_connections_gaps_and_faults_are_counted():
    tape = opened().at(2).json(records.GAP, {}).at(3).json(records.DISCONNECTED, {}).open().frame("x").frame("y")
    for second in (4, 5):
        tape.at(second).snapshot(BTC, [(99, 1)], [(101, 1)]).book(BTC, [(99, 2)], checksum=1)
    stage = book_stage()
    play([stage], tape.book(BTC, [(99, 3)]).at(6).records)
    counted = stage.finish()[0].event
    assert {k: counted[k] for k in ("connections", "gaps", "rejected", "book_mismatched", "resyncs")} == {
        "connections": 2, "gaps": 1, "rejected": 2, "book_mismatched": 2, "resyncs": 2}  # fmt: skip
    told = stage.telemetry()
    assert told["book_updates"][BTC, "mismatched"] == 2
    assert told["book_updates"][BTC, "ignored"] == 1
    assert told["resyncs"] == {(BTC, "checksum_mismatch"): 2}
    play([stage], tape.snapshot(BTC, [(99, 1)], [(101, 1)]).book(BTC, [(102, 1)]).records[-2:])
    assert stage.telemetry()["book_updates"] == {(BTC, "verified"): 1, (BTC, "crossed"): 1}
    assert told["rejected"] == {"invalid_json": 2}


def test_the_metrics_are_told_what_happened_since_they_were_told_before():
    stage = book_stage()
    play([stage], opened(lag_s=0.25).records)
    first = stage.telemetry()
    assert (first["book_updates"][BTC, "verified"], first["frames"]["kraken", "book"]) == (1, 1)
    assert first["feed_latency"] == [0.25]  # a sample of them
    assert stage.telemetry()["book_updates"][BTC, "verified"] == 0
    whole = book_stage()
    play([whole], busy(opened(lag_s=0.25), [1.5, 2.5]).at(4).records)
    told = whole.telemetry()
    assert told["book_updates"][BTC, "verified"] == 3
    assert told["book_age"] == {BTC: 1.5}
    assert told["trust"] == {(BTC, "book"): "verified", (BTC, "trade"): "verified"}


def test_a_book_grows_older_while_nothing_is_listened_to():
    stage = book_stage()
    tape = opened().at(5).json(records.DISCONNECTED, {"reason": "test"}).at(11)
    play([stage], tape.book(BTC, [(99, 9)]).records)
    before = stage.telemetry()["book_age"]
    play([stage], tape.at(31).json(records.CONNECTED, {"venue": "kraken", "url": ""}).records[-1:])
    assert before == {BTC: 10.0} and stage.telemetry()["book_age"] == pytest.approx({BTC: 30.0})


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


# -- cuts


def everything() -> Tape:
    """Return a tape on which everything that these tests know of happens to BTC, and little to ETH."""
    tape = busy(opened(BTC, ETH, lag_s=0.3), [2, 3])
    for n, fault in enumerate(FAULTS.values()):
        fault(tape.at(4 + 3 * n))
        tape.at(5 + 3 * n).ack(BTC).snapshot(BTC, [(99, 1)], [(101, 1)])
        busy(tape, [6 + 3 * n], ETH)
    tape.at(40).json(records.DISCONNECTED, {"reason": "reset"}).at(41).open()
    for symbol in (BTC, ETH):
        tape.snapshot(symbol, [(99, 1)], [(101, 1)])
    return busy(tape, [42, 43]).frame("garbage").json(records.END, {"reason": "end_of_tape"})


def seen(moments: list[Moment]) -> list:
    return [(m.seq, m.kind, m.clock_ns, m.venue_ns, m.age_ns, m.view, m.book_lost, m.rows) for m in moments]


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("pickled", [False, True])
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(size, pickled):
    tape = everything()
    assert {reason for _, reason in health(played(tape))} >= {"checksum_mismatch", "crossed", "reordered", "silent"}
    cut = played(tape, cuts=range(0, len(tape.records), size), pickled=pickled)
    assert seen(cut) == seen(played(tape))


def test_adding_a_symbol_changes_no_view_and_no_health_of_another():
    tape = everything()
    alone = [r if r.kind != records.START else Record(0, r.kind, 1, r.wall_ns, r.mono_ns,
             msgspec.json.encode(start(BTC))) for r in tape.records]  # fmt: skip
    views = Counter()
    both, one = played(tape), play([book_stage()], alone)
    for m, other in zip(both, one, strict=True):
        if m.symbol == BTC:
            assert m.view == other.view
            views[m.view is not None] += 1
    assert views[True] > 10 < views.total()
    assert health(both) == health(one)


def test_a_pickle_of_the_stage_goes_on_as_the_stage_does():
    records_ = everything().records
    stage = book_stage()
    play([stage], records_[:40])
    again = pickle.loads(pickle.dumps(stage))
    assert seen(play([again], records_[40:])) == seen(play([stage], records_[40:]))
