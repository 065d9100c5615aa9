"""The conversation with Kraken, by telling it what came in and what time it is."""

import json

import pytest

from leadline.errors import FeedError
from sources.kraken.conversation import Reconnect
from sources.kraken.session import Known, Session

PAIRS = [
    {"symbol": s, "price_precision": 1, "qty_precision": 8, "price_increment": 0.1, "qty_increment": 1e-08}
    for s in ("BTC/USD", "ETH/USD")
]
INSTRUMENT = json.dumps({"channel": "instrument", "type": "snapshot", "data": {"assets": [], "pairs": PAIRS}}).encode()


def sent(messages):
    asked = [m for m in map(json.loads, messages) if "params" in m]
    return [(m["method"], m["params"]["channel"], tuple(m["params"].get("symbol", ()))) for m in asked]


def trade_ack(symbol):
    result = {"channel": "trade", "symbol": symbol}
    return json.dumps({"method": "subscribe", "result": result, "success": True}).encode()


def session(*symbols, now=0.0, known=None):
    known = known or Known(symbols or ["BTC/USD", "ETH/USD"])
    return Session(known, 25, 5.0, now)


def test_instruments_are_asked_for_first_and_the_market_after_their_answer():
    s = session()
    assert sent(s.open(0.0)) == [("subscribe", "instrument", ())]
    assert sent(s.receive(INSTRUMENT, 0.1)) == [
        ("subscribe", "book", ("BTC/USD", "ETH/USD")),
        ("subscribe", "trade", ("BTC/USD", "ETH/USD")),
    ]
    assert s.tick(4.0) == []


def test_a_venue_that_does_not_answer_on_instruments_is_waited_for_once():
    known = Known(["BTC/USD"])
    s = session(known=known)
    s.open(0.0)
    s.receive(b'{"channel":"heartbeat"}', 4.0)
    assert s.tick(4.9) == []
    assert [m[1] for m in sent(s.tick(5.0))] == ["book", "trade"]
    assert [m[1] for m in sent(session(known=known).open(9.0))] == ["instrument", "book", "trade"]


def test_a_venue_that_refuses_instruments_is_not_waited_for():
    s = session()
    request = json.loads(s.open(0.0)[0])
    answer = {"error": "Unsupported", "method": "subscribe", "success": False, "req_id": request["req_id"]}
    assert [m[1] for m in sent(s.receive(json.dumps(answer).encode(), 0.1))] == ["book", "trade"]


def test_an_unlisted_symbol_is_named_with_what_was_meant_and_the_others_go_on(caplog):
    s = session("XBT/USD", "ETH/USD")
    s.open(0.0)
    assert ("subscribe", "book", ("ETH/USD",)) in sent(s.receive(INSTRUMENT, 0.1))
    assert "XBT/USD" in caplog.text and "BTC/USD" in caplog.text


def test_no_symbol_left_is_a_clear_error():
    s = session("DOGGE/USD")
    s.open(0.0)
    with pytest.raises(FeedError, match="DOGGE/USD"):
        s.receive(INSTRUMENT, 0.1)


def test_a_refused_symbol_is_skipped_without_instruments_too():
    s = session("XBT/USD", "ETH/USD")
    s.receive(b'{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,'
              b'"symbol":"XBT/USD"}', 0.1)  # fmt: skip
    assert s.known.symbols == ["ETH/USD"]


def test_too_many_requests_are_tried_again_later():
    s = session()
    s.receive(INSTRUMENT, 0.1)
    s.receive(b'{"error":"Exceeded msg rate","method":"subscribe","success":false,"symbol":"BTC/USD"}', 1.0)
    assert s.tick(2.0) == []
    assert sent(s.tick(6.5))[:2] == [("subscribe", "book", ("BTC/USD",)), ("subscribe", "trade", ("BTC/USD",))]


def test_a_resync_is_one_unsubscribe_and_one_subscribe():
    s = session()
    s.open(0.0)
    s.receive(INSTRUMENT, 0.1)
    s.resyncs.request("BTC/USD", "checksum_mismatch", 1.0)
    s.resyncs.request("BTC/USD", "checksum_mismatch", 1.0)
    assert sent(s.tick(1.0)) == [("unsubscribe", "book", ("BTC/USD",)), ("subscribe", "book", ("BTC/USD",))]
    assert s.tick(1.1) == []


def test_a_snapshot_that_does_not_come_ends_the_connection():
    s = session()
    s.receive(INSTRUMENT, 0.1)
    s.resyncs.request("BTC/USD", "crossed", 1.0)
    s.tick(1.0)
    s.receive(b'{"channel":"heartbeat"}', 11.0)
    with pytest.raises(Reconnect, match="resync_failed"):
        s.tick(11.5)


def test_a_connection_that_says_nothing_is_given_up():
    s = session()
    s.receive(INSTRUMENT, 0.1)
    s.tick(10.0)
    with pytest.raises(Reconnect, match="silent"):
        s.tick(10.2)


def test_a_quiet_connection_is_pinged_before_the_venue_closes_it():
    s = session()
    s.receive(INSTRUMENT, 0.1)
    for symbol in ("BTC/USD", "ETH/USD"):
        s.receive(trade_ack(symbol), 0.2)
    s.receive(b'{"channel":"heartbeat"}', 20.0)
    assert [json.loads(m)["method"] for m in s.tick(21.0)] == ["ping"]
    assert s.tick(22.0) == []


def test_maintenance_is_remembered_for_the_backoff():
    s = session()
    s.receive(b'{"channel":"status","type":"update","data":[{"system":"maintenance"}]}', 1.0)
    assert s.maintenance


def test_a_silent_connection_is_asked_once_before_it_is_given_up():
    s = session()
    s.receive(INSTRUMENT, 0.1)
    assert s.tick(5.0) == []
    assert [json.loads(m)["method"] for m in s.tick(5.2)] == ["ping"]
    assert s.tick(9.0) == []
    s.receive(b'{"method":"pong","req_id":9}', 9.5)
    assert [m for m in sent(s.tick(10.2)) if m[1] == "book"] == []
    with pytest.raises(Reconnect, match="silent"):
        s.tick(19.6)


def test_trades_that_are_not_acknowledged_are_asked_for_again_ever_more_rarely():
    s = session()
    s.receive(INSTRUMENT, 0.0)
    s.receive(trade_ack("BTC/USD"), 0.1)
    asked = []
    for second in range(1, 400):
        s.receive(b'{"channel":"heartbeat"}', second)
        asked += [(second, m) for m in sent(s.tick(second))]
    assert asked == [(at, ("subscribe", "trade", ("ETH/USD",))) for at in (10, 30, 70, 150, 310)]
    again = {"error": "Already subscribed", "method": "subscribe", "success": False, "symbol": "ETH/USD"}
    s.receive(json.dumps(again).encode(), 400)
    assert all(not sent(s.tick(at)) for at in (401, 405, 409))


def test_a_refused_symbol_is_never_asked_for_and_costs_no_connection():
    s = session("XBT/USD", "ETH/USD")
    s.open(0.0)
    s.receive(INSTRUMENT, 0.1)
    s.resync("XBT/USD", "silent", 11.0)
    for now in (11.0, 15.0, 19.0, 23.0, 30.0):
        s.receive(b'{"channel":"heartbeat"}', now)
        assert not any("XBT/USD" in symbols for _, _, symbols in sent(s.tick(now)))


def test_an_instrument_update_is_not_the_list_of_all_symbols():
    s = session()
    s.open(0.0)
    update = {"channel": "instrument", "type": "update", "data": {"assets": [], "pairs": PAIRS[:1]}}
    assert s.receive(json.dumps(update).encode(), 0.1) == []
    assert s.known.symbols == ["BTC/USD", "ETH/USD"] and s.known.instruments is None


def test_a_symbol_refused_before_the_list_is_known_is_skipped_with_what_was_meant(caplog):
    s = session("XBT/USD", "ETH/USD")
    s.open(0.0)
    s.tick(5.0)
    error = {"error": "Currency pair not supported XBT/USD", "method": "subscribe", "success": False,
             "symbol": "XBT/USD"}  # fmt: skip
    for _ in ("book", "trade"):
        s.receive(json.dumps(error).encode(), 5.1)
    assert s.known.symbols == ["ETH/USD"]
    assert "did you mean BTC/USD?" in caplog.text and len(caplog.records) == 2  # the other: no list of symbols came
