"""The level3 conversation, by telling it what came in and what time it is."""

import json

import pytest

from leadline.events import Instruments
from sources.kraken.budget import COST, PER_SECOND, Budget
from sources.kraken.conversation import Reconnect
from sources.kraken.keys import Secret
from sources.kraken.level3_session import Level3Known, Level3Session
from sources.kraken.refusals import Denied
from sources.kraken.session import Known
from sources.kraken.token import Token

TOKEN = "token-token-token-token"


def session(*symbols, depth=100, tier="standard", settled=True, good_until=900.0, known=None):
    public = Known(symbols or ["BTC/USD", "ETH/USD"])
    if settled:
        public.instruments = Instruments(dict.fromkeys(public.symbols))
    known = known or Level3Known(public, depth, Budget(tier, depth))
    return Level3Session(known, Token(Secret(TOKEN), good_until), 0.0)


def sent(messages):
    return [(m["method"], m["params"]["symbol"]) for m in map(json.loads, messages) if "params" in m]


def ack(s, symbol, now, method="subscribe", **more):
    answer = {"method": method, "result": {"channel": "level3", "symbol": symbol}, "success": True} | more
    return s.receive(json.dumps(answer).encode(), now)


def error(s, text, now, symbol=None, method="subscribe", **more):
    answer = {"method": method, "success": False, "error": text} | ({"symbol": symbol} if symbol else {}) | more
    return s.receive(json.dumps(answer).encode(), now)


def snapshot(s, symbol, now):
    data = {"symbol": symbol, "checksum": 0, "bids": [], "asks": []}
    return s.receive(json.dumps({"channel": "level3", "type": "snapshot", "data": [data]}).encode(), now)


def test_a_subscription_carries_depth_and_token_once_the_symbols_are_known():
    s = session(settled=False)
    assert s.open(0.0) == s.tick(0.1) == [] and not s.subscribed
    s._known.public.instrument_silent = True
    (message,) = s.tick(0.2)
    params = {"channel": "level3", "symbol": ["BTC/USD", "ETH/USD"], "depth": 100, "snapshot": True, "token": TOKEN}
    assert json.loads(message) == {"method": "subscribe", "params": params, "req_id": 1}
    assert s.tick(0.3) == []


@pytest.mark.parametrize("tier", PER_SECOND)
@pytest.mark.parametrize("depth", COST)
def test_whatever_is_asked_for_in_any_second_is_inside_the_budget(tier, depth):
    symbols = [f"S{n}/USD" for n in range(200)]
    s = session(*symbols, depth=depth, tier=tier)
    asked = []
    for tenth in range(2000):
        now = tenth / 10
        s.receive(b'{"channel":"heartbeat"}', now)
        for method, these in sent(s.tick(now)):
            if method == "subscribe":
                asked += [(now, symbol) for symbol in these]
    assert [symbol for _, symbol in asked] == symbols
    for at, _ in asked:
        assert sum(COST[depth] for t, _ in asked if at <= t < at + 1.0) <= PER_SECOND[tier]
    rounds = -(-200 * COST[depth] // PER_SECOND[tier])
    assert asked[-1][0] <= 1.4 * rounds


def test_the_budget_outlives_the_connection():
    s = session(*[f"S{n}/USD" for n in range(8)])
    assert len(sent(s.tick(0.0))[0][1]) == 8
    again = Level3Session(s._known, Token(Secret(TOKEN), 900.0), 0.1)
    assert sent(again.tick(0.1)) == [] and len(sent(again.tick(1.3))[0][1]) == 8


def test_a_resync_is_one_unsubscribe_and_one_subscribe_and_waits_for_the_budget():
    s = session(*[f"S{n}/USD" for n in range(8)])
    s.tick(0.0)
    for n in range(8):
        ack(s, f"S{n}/USD", 0.1)
        snapshot(s, f"S{n}/USD", 0.1)
    s.resync("S0/USD", "checksum_mismatch", 0.5)
    s.resync("S1/USD", "checksum_mismatch", 0.5)
    assert sent(s.tick(0.5)) == []
    both = ["S0/USD", "S1/USD"]
    assert sent(s.tick(1.3)) == [("unsubscribe", both), ("subscribe", both)]
    for symbol in both:
        ack(s, symbol, 1.4, "unsubscribe")
        ack(s, symbol, 1.4)
        snapshot(s, symbol, 1.5)
    s.receive(b'{"channel":"heartbeat"}', 20.0)
    assert sent(s.tick(20.0)) == []


def test_waiting_for_the_budget_is_not_waiting_for_a_snapshot():
    symbols = [f"S{n}/USD" for n in range(100)]
    s = session(*symbols)
    for tenth in range(200):
        s.receive(b'{"channel":"heartbeat"}', tenth / 10)
        for _, these in sent(s.tick(tenth / 10)):
            for symbol in these:
                ack(s, symbol, tenth / 10)
                snapshot(s, symbol, tenth / 10)
    for symbol in symbols:
        s.resync(symbol, "silent", 20.0)
    found = []
    for tenth in range(200, 500):
        s.receive(b'{"channel":"heartbeat"}', tenth / 10)
        for method, these in sent(s.tick(tenth / 10)):
            for symbol in these:
                ack(s, symbol, tenth / 10, method)
                if method == "subscribe":
                    snapshot(s, symbol, tenth / 10)
                    found.append(symbol)
    assert sorted(found) == sorted(symbols)


def test_a_symbol_that_waits_for_its_turn_is_not_asked_for_twice():
    s = session(*[f"S{n}/USD" for n in range(10)])
    s.tick(0.0)
    s.resync("S9/USD", "silent", 0.1)
    assert sent(s.tick(1.3)) == [("subscribe", ["S8/USD", "S9/USD"])]
    s.resync("NO/SUCH", "silent", 1.4)
    assert sent(s.tick(3.0)) == []


def test_an_exceeded_counter_is_waited_for_longer_each_time():
    s = session("BTC/USD")
    s.tick(0.0)
    asked, now = [], 0.0
    error(s, "EAPI:Rate limit exceeded", 0.1, "BTC/USD")
    while now < 120:
        now += 0.5
        s.receive(b'{"channel":"heartbeat"}', now)
        if sent(s.tick(now)):
            asked.append(now)
            error(s, "EAPI:Rate limit exceeded", now, "BTC/USD")
    assert asked == [5.5, 15.5, 35.5, 75.5]


def test_an_exceeded_counter_of_one_resync_never_ends_the_connection_of_the_others():
    s = session()
    s.tick(0.0)
    for symbol in ("BTC/USD", "ETH/USD"):
        ack(s, symbol, 0.1)
        snapshot(s, symbol, 0.1)
    s.resync("BTC/USD", "checksum_mismatch", 1.5)
    asked = []
    for tenth in range(15, 1000):
        now = tenth / 10
        s.receive(b'{"channel":"heartbeat"}', now)
        if ("subscribe", ["BTC/USD"]) in sent(s.tick(now)):
            asked.append(now)
            error(s, "EAPI:Rate limit exceeded", now, "BTC/USD")
    assert asked == [1.5, 6.5, 16.5, 36.5, 76.5] and s.refusal.reason == "counter_exceeded"


def test_a_resync_with_an_old_token_needs_a_subscription_that_stands():
    s = session()
    s.tick(0.0)
    for symbol in ("BTC/USD", "ETH/USD"):
        ack(s, symbol, 0.1)
        snapshot(s, symbol, 0.1)
    s.receive(b'{"channel":"heartbeat"}', 901.0)
    s.resync("BTC/USD", "crossed", 901.0)
    assert sent(s.tick(901.0)) == [("unsubscribe", ["BTC/USD"]), ("subscribe", ["BTC/USD"])]
    s.resync("ETH/USD", "crossed", 901.5)  # nothing else stands now
    with pytest.raises(Reconnect, match="token_expired"):
        s.tick(901.5)


@pytest.mark.parametrize(
    ("text", "served", "now", "reason"),
    [
        ("ESession:Invalid session", False, 1.0, "token_invalid"), ("Token(s) not found", False, 1.0, "token_invalid"),
        ("ESession:Invalid session", False, 901.0, "token_expired"), ("Token expired", True, 1.0, "token_expired"),
        ("ESession:Invalid session", True, 901.0, "token_revoked"), ("Token revoked", False, 1.0, "token_revoked"),
    ],
)  # fmt: skip
def test_a_token_that_is_not_accepted_ends_the_connection_by_its_reason(text, served, now, reason):
    s = session("BTC/USD")
    s.tick(0.0)
    if served:
        ack(s, "BTC/USD", 0.1)
    with pytest.raises(Reconnect, match=reason):
        error(s, text, now, req_id=1)


def test_an_error_without_request_or_symbol_is_heard_too():
    s = session("BTC/USD")
    with pytest.raises(Reconnect, match="token_invalid"):
        error(s, "ESession:Invalid session", 1.0)


def test_a_missing_permission_is_no_reason_to_try_again():
    s = session("BTC/USD")
    s.tick(0.0)
    with pytest.raises(Denied) as e:
        error(s, "EGeneral:Permission denied", 0.1, req_id=1)
    assert e.value.reason == "permission_denied" and e.value.for_good


def test_symbols_beyond_the_venues_limit_are_left_out_by_name(caplog):
    s = session()
    s.tick(0.0)
    ack(s, "BTC/USD", 0.1)
    error(s, "Exceeded max symbols per connection 200", 0.1, "ETH/USD")
    s.receive(b'{"channel":"heartbeat"}', 9.0)
    assert sent(s.tick(9.0)) == [] and "no level3 of ETH/USD" in caplog.text
    s.resync("ETH/USD", "silent", 9.0)
    assert sent(s.tick(9.1)) == []


def test_no_symbol_left_is_denied():
    s = session()
    s.tick(0.0)
    error(s, "Currency pair not supported BTC/USD", 0.1, "BTC/USD")
    with pytest.raises(Denied):
        error(s, "Currency pair not supported ETH/USD", 0.1, "ETH/USD")


def test_an_unsubscription_that_we_did_not_ask_for_is_undone():
    s = session("BTC/USD")
    s.tick(0.0)
    ack(s, "BTC/USD", 0.1)
    ack(s, "BTC/USD", 3.0, "unsubscribe")
    s.receive(b'{"channel":"heartbeat"}', 8.0)
    assert sent(s.tick(8.1)) == [("subscribe", ["BTC/USD"])]


def test_a_refused_unsubscription_is_not_waited_for():
    s = session("BTC/USD")
    s.tick(0.0)
    ack(s, "BTC/USD", 0.1)
    snapshot(s, "BTC/USD", 0.1)
    s.resync("BTC/USD", "checksum_mismatch", 2.0)
    assert sent(s.tick(2.0)) == [("unsubscribe", ["BTC/USD"]), ("subscribe", ["BTC/USD"])]
    error(s, "Subscription Not Found", 2.1, "BTC/USD", method="unsubscribe")
    ack(s, "BTC/USD", 2.2)
    snapshot(s, "BTC/USD", 2.2)
    ack(s, "BTC/USD", 4.0, "unsubscribe")  # nobody asked for it
    s.receive(b'{"channel":"heartbeat"}', 9.0)
    assert sent(s.tick(9.1)) == [("subscribe", ["BTC/USD"])]


def test_more_than_two_hundred_symbols_are_never_asked_for():
    s = session(*[f"S{n}/USD" for n in range(250)], depth=10, tier="pro")
    found = []
    for tenth in range(100):
        s.receive(b'{"channel":"heartbeat"}', tenth / 10)
        found += [symbol for _, these in sent(s.tick(tenth / 10)) for symbol in these]
    assert len(found) == 200


def test_an_unusual_error_is_tried_again():
    s = session("BTC/USD")
    s.tick(0.0)
    error(s, "EGeneral:Internal error", 0.1, "BTC/USD")
    error(s, "Already subscribed", 0.2, "BTC/USD")
    s.receive(b'{"channel":"heartbeat"}', 5.0)
    assert sent(s.tick(5.2)) == [("subscribe", ["BTC/USD"])]


def test_silence_ends_a_level3_connection_and_maintenance_is_remembered():
    s = session("BTC/USD")
    s.receive(b'{"channel":"status","type":"update","data":[{"system":"maintenance"}]}', 1.0)
    assert s.maintenance
    with pytest.raises(Reconnect, match="silent"):
        s.tick(11.5)


def test_a_snapshot_that_does_not_come_ends_the_connection():
    s = session("BTC/USD")
    s.tick(0.0)
    s.resync("BTC/USD", "crossed", 1.3)
    s.tick(1.3)
    s.receive(b'{"channel":"heartbeat"}', 12.0)
    with pytest.raises(Reconnect, match="resync_failed"):
        s.tick(12.0)
