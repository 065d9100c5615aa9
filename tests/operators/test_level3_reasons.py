"""Why there is no Level 3: what the line makes of each reason on the tape."""

import json

import pytest

from flows.stages import book_stage
from leadline import records
from leadline.records import FRAME
from leadline.trust import LEVEL3_REASONS
from tests.operators.moments import BTC, Tape, health, play, rows
from tests.operators.orders import LEVEL3, PUBLIC, OrderTape

VERIFIED = ("verified", "")
BIDS, ASKS = [("b1", 99, 1)], [("a1", 101, 1)]


def opened() -> OrderTape:
    return OrderTape(BTC).open().at(1).order_snapshot(BTC, BIDS, ASKS).at(2)


def left() -> OrderTape:
    return opened().on(LEVEL3).ack(BTC, "unsubscribe", channel="level3")


def refusal(tape, text, conn=LEVEL3):
    answer = {"method": "subscribe", "success": False, "error": text, "symbol": BTC}
    return tape.on(conn).add(FRAME, json.dumps(answer).encode()).on(PUBLIC)


def lost(tape, **says):
    return tape.on(LEVEL3).json(records.DISCONNECTED, says).on(PUBLIC)


def played(tape):
    return play([book_stage()], tape.records)


@pytest.mark.parametrize("reason", LEVEL3_REASONS)
def test_a_book_whose_connection_ended_for_a_known_reason_is_stale_for_that_reason(reason):
    assert health(played(lost(opened(), reason=reason, feed="level3"))) == [VERIFIED, ("stale", reason)]


def test_any_other_end_is_a_lost_connection():
    assert health(played(lost(opened(), reason="closed: 1006", feed="level3")))[-1] == ("stale", "disconnected")
    assert health(played(lost(opened(), reason="token_revoked")))[-1] == ("stale", "disconnected")


def test_a_later_reason_takes_the_place_of_an_earlier_one():
    tape = lost(lost(opened(), reason="token_revoked", feed="level3"), reason="unreachable", feed="level3")
    assert health(played(tape)) == [VERIFIED, ("stale", "token_revoked"), ("stale", "unreachable")]


def test_a_refused_subscription_names_its_reason_while_there_is_no_book():
    exceeded = "EAPI:Rate limit exceeded"
    assert health(played(refusal(left(), exceeded)))[-1] == ("unverified", "counter_exceeded")
    assert health(played(refusal(opened(), exceeded))) == [VERIFIED]
    assert health(played(refusal(left(), exceeded, PUBLIC)))[-1] == ("unverified", "awaiting_snapshot")


def test_a_run_of_level2_says_once_why_it_is_and_passes_level3_over():
    tape = Tape(BTC)
    tape.json(records.DISCONNECTED, {"reason": "no_key", "feed": "level3", "text": "no API key is set"})
    tape.open().at(1).snapshot(BTC, [(99, 1)], [(101, 1)]).at(2)
    tape.conn = 9
    tape.json(records.CONNECTED, {"venue": "kraken", "url": "", "feed": "level3"})
    refused = {"method": "subscribe", "success": False, "error": "Currency pair not supported", "symbol": BTC}
    tape.add(FRAME, json.dumps(refused).encode())
    tape.json(records.DISCONNECTED, {"reason": "stopped", "feed": "level3"})
    moments = played(tape)
    assert health(moments) == [VERIFIED]
    (notice,) = rows(moments, "notice")
    assert "decides on Level 2" in notice["text"] and "no API key is set" in notice["text"]
    (row,) = [r for r in rows(moments, "feed_health") if r["channel"] == "level3"]
    assert (row["symbol"], row["state"], row["reason"]) == ("*", "unverified", "no_key")
