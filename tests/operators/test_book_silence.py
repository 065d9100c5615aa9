"""Books and trades that stop: silence, frost, and trades that were missed."""

from leadline import records
from tests.operators.books import AWAITING, VERIFIED, busy, opened, played, scored
from tests.operators.moments import BTC, ETH, Tape, at, health, rows

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
