"""Level 3 over a real websocket on loopback: the token of REST, the orders, and the same market as public."""

import json
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from leadline.errors import FeedError
from simulator.exchange import Exchange
from simulator.faults import Fault
from simulator.options import api_key
from tests.simulator.clients import TIMEOUT_S, Client, token_answer, token_of
from tests.simulator.naive_orders import NaiveOrders

SYMBOLS = ["BTC/USD", "XRP/USD"]
ROOT = Path(__file__).parents[2]
N_EVENTS = 3000


@pytest.fixture
def exchange():
    with Exchange(SYMBOLS, rate=20.0) as exchange:
        yield exchange


@pytest.fixture
def orders(exchange):
    with Client(exchange.level3_url) as client:
        yield client


@pytest.fixture
def levels(exchange):
    with Client(exchange.url) as client:
        yield client


def subscribe(exchange, client, symbols=("BTC/USD",), **params):
    client.ask("subscribe", "level3", 7, symbol=list(symbols), **{"token": token_of(exchange)} | params)


def is_data(text, channel):
    return f'"channel":"{channel}","type"' in text


def test_the_status_comes_first_and_each_symbol_is_acknowledged_before_its_snapshot(exchange, orders):
    assert json.loads(orders.next())["data"][0]["system"] == "online"
    token = token_of(exchange)
    subscribe(exchange, orders, SYMBOLS, depth=100, token=token)
    for symbol in SYMBOLS:
        ack = orders.answer()
        assert ack["result"] == {"channel": "level3", "depth": 100, "snapshot": True, "symbol": symbol}
        assert ack["success"] is True and ack["req_id"] == 7
        orders.channel("level3", "snapshot")
        NaiveOrders(100).apply(orders.read[-1])
    assert not any(token in text for text in orders.read)


def test_thousands_of_events_verify_over_the_socket_at_full_speed():
    with Exchange(["BTC/USD"], messages_per_second=20_000) as exchange, Client(exchange.level3_url) as client:
        subscribe(exchange, client, depth=100)
        naive, stamps = NaiveOrders(100), []
        while naive.n_events < N_EVENTS:
            text = client.next()
            if is_data(text, "level3"):
                stamps.append(naive.apply(text)["timestamp"])
    assert stamps == sorted(set(stamps))
    bid, ask = naive.touch()
    assert bid < ask


def test_both_addresses_show_the_same_market_at_the_same_timestamps(exchange, orders, levels):
    levels.ask("subscribe", "book", symbol=["BTC/USD"])
    subscribe(exchange, orders)
    naive, derived = NaiveOrders(10), {}
    while len(derived) < 150:
        text = orders.next()
        if is_data(text, "level3"):
            at = naive.apply(text)["timestamp"]
            derived[at] = naive.level_checksum()
    first, last = min(derived), max(derived)
    n_compared, at = 0, ""
    while at < last:
        data = levels.channel("book")["data"][0]
        at = data["timestamp"].replace("Z", "000Z")
        if first <= at <= last:
            assert derived[at] == data["checksum"]
            n_compared += 1
    assert n_compared > 50


def test_each_address_has_its_own_channels(exchange, orders, levels):
    orders.ask("subscribe", "book", symbol=["BTC/USD"])
    assert orders.answer()["error"] == "Channel not supported book"
    levels.ask("subscribe", "level3", symbol=["BTC/USD"], token=token_of(exchange))
    assert levels.answer()["error"] == "Channel not supported level3"
    orders.ask("ping", req_id=4)
    assert orders.answer()["method"] == "pong"


def test_a_subscribed_connection_hears_heartbeats_where_it_hears_nothing_else():
    with Exchange(["BTC/USD"], rate=0.001) as exchange, Client(exchange.level3_url) as client:
        subscribe(exchange, client)
        client.channel("heartbeat")


def test_a_token_is_had_by_a_signed_request_and_every_refusal_is_worded_as_kraken_words_it():
    with Exchange(["BTC/USD"], rest_max=3, rest_decay=0.0) as exchange:
        assert token_answer(exchange)["result"]["expires"] == 900
        assert token_answer(exchange, key="other")["error"] == ["EAPI:Invalid key"]
        assert token_answer(exchange, secret="b3RoZXI=")["error"] == ["EAPI:Invalid signature"]
        assert token_answer(exchange, nonce=1)["error"] == ["EAPI:Invalid nonce"]
        assert token_answer(exchange, path="/0/private/Balance")["error"] == ["EGeneral:Unknown method"]
        exchange.key.permitted = False
        assert token_answer(exchange)["error"] == ["EGeneral:Permission denied"]
        assert token_answer(exchange)["error"] == ["EAPI:Rate limit exceeded"]


def test_a_token_that_was_not_used_in_time_lets_nobody_in():
    with Exchange(["BTC/USD"], token_s=0.0) as exchange, Client(exchange.level3_url) as client:
        subscribe(exchange, client)
        assert client.answer()["error"] == "ESession:Invalid session"


def test_tokens_revoked_end_the_connections_they_let_in_and_leave_the_public_one_alone(exchange, orders, levels):
    levels.ask("subscribe", "trade", symbol=["BTC/USD"])
    subscribe(exchange, orders)
    orders.channel("level3", "update")
    exchange.inject(Fault("revoke"))
    with pytest.raises(ConnectionClosed) as closed:
        orders.channel("nothing")
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "ESession:Invalid session")
    levels.channel("trade", "update")
    with Client(exchange.level3_url) as again:
        subscribe(exchange, again)
        again.channel("level3", "snapshot")


def test_a_revocation_may_wait_for_its_frame():
    with (
        Exchange(["BTC/USD"], rate=20.0, faults=[Fault("revoke", after=10, channel="level3")]) as exchange,
        Client(exchange.level3_url) as client,
    ):
        subscribe(exchange, client)
        with pytest.raises(ConnectionClosed):
            client.channel("nothing")
    assert sum(is_data(text, "level3") for text in client.read) == 11


def test_a_disconnection_of_level3_leaves_the_public_connection_alone(exchange, orders, levels):
    levels.ask("subscribe", "book", symbol=["BTC/USD"])
    levels.channel("book", "snapshot")
    exchange.inject(Fault("disconnect", channel="level3"))
    with pytest.raises(ConnectionClosed):
        orders.channel("nothing")
    for _ in range(20):
        levels.channel("book", "update")


def test_maintenance_closes_both_addresses(exchange, orders, levels):
    exchange.inject(Fault("maintenance", seconds=0.2))
    for client in (orders, levels):
        with pytest.raises(ConnectionClosed) as closed:
            client.channel("nothing")
        assert closed.value.rcvd.code == 1012
        assert json.loads(client.read[-1])["data"][0]["system"] == "maintenance"


def test_a_fault_of_level3_reaches_its_symbol_there_and_nothing_public(exchange, orders, levels):
    subscribe(exchange, orders, SYMBOLS)
    levels.ask("subscribe", "book", symbol=SYMBOLS)
    exchange.inject(Fault("corrupt", "BTC/USD", after=5, channel="level3"))
    naive, struck = {symbol: NaiveOrders(10) for symbol in SYMBOLS}, set()
    for _ in range(200):
        text = orders.next()
        if is_data(text, "level3"):
            symbol = json.loads(text)["data"][0]["symbol"]
            try:
                naive[symbol].apply(text)
            except AssertionError:
                struck.add(symbol)
    assert struck == {"BTC/USD"}


def follow(client, n_updates):
    """Take updates of BTC/USD from the next snapshot on; raises AssertionError at the first that does not verify."""
    client.until(lambda m: m.get("type") == "snapshot" and m["data"][0]["symbol"] == "BTC/USD")
    naive = NaiveOrders(10)
    naive.apply(client.read[-1])
    while n_updates:
        text = client.next()
        if is_data(text, "level3") and '"symbol":"BTC/USD"' in text:
            naive.apply(text)
            n_updates -= 1


def test_a_symbol_whose_update_was_lost_is_whole_again_once_subscribed_anew(exchange, orders):
    exchange.inject(Fault("drop", "BTC/USD", after=3))
    token = token_of(exchange)
    subscribe(exchange, orders, SYMBOLS, token=token)
    with pytest.raises(AssertionError):
        follow(orders, 1000)
    orders.ask("unsubscribe", "level3", symbol=["BTC/USD"], token=token)
    subscribe(exchange, orders, token=token)
    follow(orders, 40)


def test_a_port_of_level3_that_is_taken_is_one_clear_error(exchange):
    port = exchange.ports["level3"]
    with pytest.raises(FeedError, match=f"cannot listen on 127.0.0.1:{port}"):
        Exchange(["BTC/USD"], level3_port=port).start()


def test_a_key_is_written_for_its_owner_alone_and_read_again(tmp_path):
    path = tmp_path / "key"
    made = api_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert api_key(path) == made != api_key(None)


@pytest.mark.parametrize("text", ["", "key", "key secret!", "key c2VjcmV0 more", None])
def test_a_key_file_that_holds_no_key_is_one_clear_error(tmp_path, text):
    path = tmp_path if text is None else tmp_path / "key"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FeedError, match=r"^--key-file [^\n]*(two lines|directory)"):
        api_key(path)


def test_the_command_lets_in_who_has_its_key_file(tmp_path):
    path = tmp_path / "key"
    command = [
        sys.executable, "-m", "simulator.exchange", "--port", "0", "--symbols", "BTC/USD",
        "--key-file", str(path),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        found = Found(said, api_key(path))
        assert found.key.secret not in said
        with Client(found.level3_url) as client:
            subscribe(found, client)
            client.channel("level3", "snapshot")
    finally:
        process.terminate()
        assert process.wait(timeout=TIMEOUT_S) == 0
        process.stdout.close()


class Found:
    """An exchange in another process, by what it said when it began."""

    def __init__(self, said, key):
        self.key = key
        words = said.replace(",", "").split()
        self.rest_url, self.level3_url = (words[words.index(name) + 1] for name in ("REST", "level3"))


def test_stopping_is_soon_done_with_both_addresses_in_use(exchange, orders, levels):
    subscribe(exchange, orders)
    levels.ask("subscribe", "book", symbol=SYMBOLS)
    orders.channel("level3", "update")
    started = time.monotonic()
    exchange.stop()
    assert time.monotonic() - started < 60.0
