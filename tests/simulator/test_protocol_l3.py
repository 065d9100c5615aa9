"""Subscriptions of level3: what they need, what they cost, and how every refusal is worded."""

import json

import pytest

from simulator.protocol_l3 import OrdersDesk
from simulator.tape import START_NS
from simulator.tokens import ApiKey, TokenOffice
from simulator.venue import Venue
from tests.simulator.naive_orders import NaiveOrders
from tests.simulator.test_private_rest import SECRET, Clock

SYMBOLS = ["BTC/USD", "XRP/USD"]


class Client:
    """One connection to a venue's level3, without a socket."""

    def __init__(self, symbols=SYMBOLS, **options):
        self.venue = Venue(list(symbols), 3, 0.5, 1.0, START_NS)
        self.clock = Clock()
        self.office = TokenOffice([ApiKey("key", SECRET)], clock=self.clock, **options)
        self.token = self.office.issue("key")
        self.desk = OrdersDesk(self.venue, self.office)

    def send(self, message):
        """Return the answers, and keep the data frames."""
        self.frames = self.desk.receive(json.dumps(message), START_NS)
        return [json.loads(frame.text) for frame in self.frames if not frame.channel]

    def ask(self, method="subscribe", symbols=("BTC/USD",), **params):
        params = {"channel": "level3", "symbol": list(symbols), "token": self.token} | params
        return self.send({"method": method, "params": params, "req_id": 9})

    def error(self, **params):
        """Return the one error that a request is answered with."""
        (answer,) = self.ask(**params)
        assert answer["success"] is False and answer["req_id"] == 9 and "result" not in answer
        return answer["error"], answer.get("symbol")


@pytest.fixture
def client():
    return Client()


@pytest.mark.parametrize("depth", [10, 100, 1000])
def test_each_symbol_is_acknowledged_and_then_has_its_snapshot(client, depth):
    answers = client.ask(symbols=SYMBOLS, depth=depth)
    assert [a["result"] for a in answers] == [
        {"channel": "level3", "depth": depth, "snapshot": True, "symbol": symbol} for symbol in SYMBOLS
    ]
    assert [frame.symbol for frame in client.frames if frame.channel] == SYMBOLS
    for frame in client.frames[1::2]:
        NaiveOrders(depth).apply(frame.text)
    assert client.token not in str(client.frames)


def test_depth_is_ten_and_a_snapshot_comes_unless_it_is_declined(client):
    assert client.ask()[0]["result"]["depth"] == 10 and len(client.frames) == 2
    assert client.ask(symbols=["XRP/USD"], snapshot=False)[0]["result"]["snapshot"] is False
    assert len(client.frames) == 1


def test_a_subscriber_verifies_every_update_of_his_symbol_alone(client):
    client.ask()
    naive = NaiveOrders(10)
    naive.apply(client.frames[1].text)
    client.venue.floors["XRP/USD"].step(0)
    assert client.desk.updates("XRP/USD") == []
    for _ in range(200):
        client.venue.floors["BTC/USD"].step(0)
        for frame in client.desk.updates("BTC/USD"):
            assert frame.is_update and frame.channel == "level3"
            naive.apply(frame.text)
    assert naive.n_events > 200


@pytest.mark.parametrize(
    ("params", "error", "symbol"),
    [
        ({"token": None}, "Token(s) not found", None),
        ({"token": ""}, "Token(s) not found", None),
        ({"token": "wrong"}, "ESession:Invalid session", None),
        ({"method": "unsubscribe", "token": "wrong"}, "ESession:Invalid session", None),
        ({"symbols": ["XBT/USD"]}, "Currency pair not supported XBT/USD", "XBT/USD"),
        ({"symbols": []}, "Symbol(s) not found", None),
        ({"depth": 25}, "Subscription depth not supported 25", None),
        ({"depth": [10]}, "Subscription depth not supported [10]", None),
        ({"channel": "book"}, "Channel not supported book", None),
        ({"method": "unsubscribe"}, "Subscription Not Found", "BTC/USD"),
    ],
)
def test_what_cannot_be_had_is_one_error(client, params, error, symbol):
    assert client.error(**params) == (error, symbol)
    assert not client.desk.subscribed


def test_an_error_of_one_symbol_leaves_the_others_alone(client):
    answers = client.ask(symbols=["XBT/USD", "BTC/USD"])
    assert [answer["success"] for answer in answers] == [False, True]


def test_only_one_depth_of_a_symbol_may_be_subscribed_until_it_is_unsubscribed(client):
    client.ask()
    assert client.error(depth=100) == ("Already subscribed", "BTC/USD")
    (answer,) = client.ask("unsubscribe")
    assert answer["result"] == {"channel": "level3", "symbol": "BTC/USD", "depth": 10}
    assert client.ask(depth=100)[0]["success"]


@pytest.mark.parametrize(("depth", "tier", "n"), [(10, "standard", 40), (100, "pro", 20), (1000, "standard", 2)])
def test_a_second_allows_as_many_symbols_as_the_budget_pays(depth, tier, n):
    client = Client([f"S{number}/USD" for number in range(n + 2)], tier=tier)
    answers = client.ask(symbols=client.venue.floors, depth=depth)
    assert [answer["success"] for answer in answers] == [True] * n + [False] * 2
    assert answers[-1]["error"] == "EAPI:Rate limit exceeded" and answers[-1]["symbol"] == f"S{n + 1}/USD"
    client.clock.now_s += 1.0
    assert all(a["success"] for a in client.ask(symbols=[answers[-1]["symbol"], answers[-2]["symbol"]], depth=depth))


def test_the_budget_is_the_customers_whatever_connection_spends_it(client):
    client.ask(depth=1000)
    client.ask(symbols=["XRP/USD"], depth=1000)
    client.desk = OrdersDesk(client.venue, client.office)
    client.token = client.office.issue("key")
    assert client.error() == ("EAPI:Rate limit exceeded", "BTC/USD")


def test_a_connection_takes_two_hundred_symbols():
    client = Client([f"S{number}/USD" for number in range(201)], tier="pro")
    client.ask(symbols=list(client.venue.floors)[:100])
    client.clock.now_s += 1.0
    client.ask(symbols=list(client.venue.floors)[100:200])
    client.clock.now_s += 1.0
    assert client.error(symbols=["S200/USD"]) == ("Exceeded max symbols per connection 200", "S200/USD")
    client.ask("unsubscribe", symbols=["S7/USD"])
    assert client.ask(symbols=["S200/USD"])[0]["success"]


def test_an_expired_token_subscribes_no_more_unless_its_connection_kept_a_subscription(client):
    late = client.office.issue("key")
    client.ask()
    client.clock.now_s += 3600.0
    assert client.error(token=late) == ("ESession:Invalid session", None)
    assert client.ask(symbols=["XRP/USD"])[0]["success"]
    client.desk.close()
    client.desk = OrdersDesk(client.venue, client.office)
    assert client.error() == ("ESession:Invalid session", None)


def test_unsubscribing_from_everything_lets_the_token_age(client):
    client.ask()
    client.clock.now_s += 3600.0
    assert client.ask("unsubscribe")[0]["success"]
    assert client.error() == ("ESession:Invalid session", None)


def test_a_revoked_token_subscribes_no_more(client):
    client.ask()
    client.office.revoke()
    assert client.error(symbols=["XRP/USD"]) == ("ESession:Invalid session", None)
