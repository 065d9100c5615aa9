"""The exchange over a real websocket on loopback, and its REST twin."""

import itertools
import json
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from leadline.errors import FeedError
from leadline.instrument import Instrument
from simulator.exchange import Exchange
from simulator.faults import Fault
from simulator.recorded import serve_frames
from tests.simulator.clients import TIMEOUT_S, Client
from tests.simulator.naive_book import NaiveBook, parsed

SYMBOLS = ["BTC/USD", "XRP/USD"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def exchange():
    with Exchange(SYMBOLS, rate=20.0) as exchange:
        yield exchange


@pytest.fixture
def client(exchange):
    with Client(exchange.url) as client:
        yield client


def get(url):
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        return json.loads(response.read())


def test_the_status_comes_first_and_unasked(client):
    message = json.loads(client.next())
    assert (message["channel"], message["type"]) == ("status", "update")
    assert message["data"][0]["system"] == "online" and message["data"][0]["connection_id"] > 2**53


def test_each_symbol_of_a_subscription_is_acknowledged_and_then_has_its_snapshot(client):
    client.ask("subscribe", "book", 7, symbol=SYMBOLS, depth=25)
    for symbol in SYMBOLS:
        ack = client.answer()
        assert ack["result"] == {"channel": "book", "depth": 25, "snapshot": True, "symbol": symbol}
        assert ack["success"] is True and ack["req_id"] == 7 and ack["time_in"] < ack["time_out"]
        data = client.channel("book", "snapshot")["data"][0]
        assert data["symbol"] == symbol and len(data["bids"]) == len(data["asks"]) == 25


@pytest.mark.parametrize("depth", [10, 100, 1000])
def test_a_real_subscriber_verifies_every_update(client, depth):
    client.ask("subscribe", "book", symbol=["BTC/USD"], depth=depth)
    book, stamps = NaiveBook(depth), []
    while len(stamps) < 120:
        text = client.next()
        if '"channel":"book"' in text and '"method"' not in text:
            book.apply(text)
            stamps.append(json.loads(text)["data"][0]["timestamp"])
    assert stamps == sorted(set(stamps))
    bid, ask = book.touch()
    assert bid < ask


def test_stamps_are_near_the_wall_clock_at_any_rate(client):
    client.ask("subscribe", "book", symbol=["BTC/USD"])
    for _ in range(50):
        stamp = client.channel("book", "update")["data"][0]["timestamp"]
    assert abs(time.time() - _seconds(stamp)) < 30.0


def _seconds(stamp):
    return datetime.fromisoformat(stamp).timestamp()


def test_instruments_are_an_object_of_assets_and_pairs(client):
    client.ask("subscribe", "instrument", 1)
    assert client.answer()["result"]["channel"] == "instrument"
    client.channel("instrument", "snapshot")
    text = client.read[-1]
    data = json.loads(text)["data"]
    assert {pair["symbol"] for pair in data["pairs"]} == set(SYMBOLS)
    assert {asset["id"] for asset in data["assets"]} == {"BTC", "XRP", "USD"}
    assert '"qty_increment":1e-08' in text
    btc = data["pairs"][0]
    assert (btc["price_precision"], btc["qty_precision"], btc["price_increment"]) == (1, 8, 0.1)


def test_trades_come_with_a_snapshot_only_if_it_is_asked_for(client):
    client.ask("subscribe", "trade", symbol=["BTC/USD"])
    assert client.answer()["result"] == {"channel": "trade", "snapshot": False, "symbol": "BTC/USD"}
    assert client.channel("trade")["type"] == "update"
    client.ask("subscribe", "trade", symbol=["XRP/USD"], snapshot=True)
    message = client.channel("trade", "snapshot")
    assert 0 < len(message["data"]) <= 50 and message["data"][0]["symbol"] == "XRP/USD"


def test_trade_ids_of_a_symbol_are_contiguous(client):
    client.ask("subscribe", "trade", symbol=["BTC/USD"])
    ids = []
    while len(ids) < 30:
        ids += [trade["trade_id"] for trade in client.channel("trade", "update")["data"]]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


@pytest.mark.parametrize(
    ("params", "error", "symbol"),
    [
        ({"channel": "book", "symbol": ["XBT/USD"]}, "Currency pair not supported XBT/USD", "XBT/USD"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": 7}, "Subscription depth not supported 7", None),
        ({"channel": "weather", "symbol": ["BTC/USD"]}, "Channel not supported weather", None),
        ({"channel": "book"}, "Symbol(s) not found", None),
    ],
)
def test_what_cannot_be_subscribed_is_an_error_and_the_socket_stays_open(client, params, error, symbol):
    client.socket.send(json.dumps({"method": "subscribe", "params": params, "req_id": 3}))
    answer = client.answer()
    assert answer["error"] == error and answer["success"] is False and answer["req_id"] == 3
    assert answer.get("symbol") == symbol and "result" not in answer
    client.ask("ping", req_id=4)
    assert client.answer()["method"] == "pong"


@pytest.mark.parametrize("text", ["{", "[]", '{"method":"dance"}', '{"method":"subscribe","params":7}'])
def test_nonsense_is_answered_by_an_error(client, text):
    client.socket.send(text)
    assert client.answer()["success"] is False


def test_a_second_subscription_of_a_symbol_is_refused_until_it_is_unsubscribed(client):
    client.ask("subscribe", "book", symbol=["BTC/USD"])
    assert client.answer()["success"]
    client.ask("subscribe", "book", symbol=["BTC/USD"], depth=100)
    assert client.answer()["error"] == "Already subscribed"
    client.ask("unsubscribe", "book", symbol=["BTC/USD"], depth=10)
    assert "snapshot" not in client.answer()["result"]
    client.ask("subscribe", "book", symbol=["BTC/USD"], depth=100)
    assert client.answer()["result"]["depth"] == 100
    client.channel("book", "snapshot")


def test_a_ping_is_answered_with_its_number(client):
    client.ask("ping", req_id=101)
    answer = client.answer()
    assert (answer["method"], answer["req_id"]) == ("pong", 101)


def test_a_quiet_subscriber_hears_heartbeats(exchange):
    with Client(exchange.url) as client:
        client.ask("subscribe", "instrument")
        client.channel("heartbeat")


def test_rest_gives_720_closed_minutes_and_the_running_one(exchange):
    rows = get(f"{exchange.rest_url}/0/public/OHLC?pair=XBTUSD&interval=1")["result"]
    candles = rows["XBTUSD"]
    assert len(candles) == 721 and rows["last"] == candles[-2][0]
    assert [row[0] for row in candles] == list(range(candles[0][0], candles[0][0] + 721 * 60, 60))
    for _, first, high, low, last, vwap, volume, count in candles:
        assert float(low) <= min(float(first), float(last)) <= max(float(first), float(last)) <= float(high)
        assert (vwap == "0.0" and float(volume) == 0) if count == 0 else float(low) <= float(vwap) <= float(high)
        assert len(first.partition(".")[2]) == 1 and len(volume.partition(".")[2]) == 8


def test_rest_gives_720_closed_candles_of_every_timeframe_that_agree(exchange):
    def candles(interval):
        return get(f"{exchange.rest_url}/0/public/OHLC?pair=XBTUSD&interval={interval}")["result"]["XBTUSD"]

    known = {interval: candles(interval) for interval in (5, 15, 30, 60, 240, 1440)}
    for interval, rows in known.items():
        first = rows[0][0]
        assert len(rows) == 721 and first % (60 * interval) == 0
        assert [row[0] for row in rows] == list(range(first, first + 721 * 60 * interval, 60 * interval))
        assert all(one[4] == later[1] for one, later in itertools.pairwise(rows[:-1]))
    days, hours = known[1440][:-1], {row[0]: row for row in known[60]}
    of_hours = [(day, [hours[day[0] + 3600 * n] for n in range(24)]) for day in days[-29:]]
    for (_, first, high, low, last, _, volume, _), made_of in of_hours:
        assert (first, last) == (made_of[0][1], made_of[-1][4])
        assert (float(high), float(low)) == (max(float(h[2]) for h in made_of), min(float(h[3]) for h in made_of))
        assert float(volume) == pytest.approx(sum(float(h[6]) for h in made_of))


def test_rest_names_its_pairs_and_its_errors(exchange):
    pairs = get(f"{exchange.rest_url}/0/public/AssetPairs")["result"]
    assert pairs["XBTUSD"]["wsname"] == "XBT/USD" and pairs["XRPUSD"]["pair_decimals"] == 5
    assert pairs["XBTUSD"]["tick_size"] == "0.1" and pairs["XBTUSD"]["lot_decimals"] == 8
    assert get(f"{exchange.rest_url}/0/public/OHLC?pair=NOPE")["error"] == ["EQuery:Unknown asset pair"]


def test_rest_tells_its_fees_its_time_and_its_status(exchange):
    pair = get(f"{exchange.rest_url}/0/public/AssetPairs")["result"]["XBTUSD"]
    assert pair["status"] == "online" and pair["fees"][0] == [0, 0.4] and pair["fees_maker"][-1] == [10_000_000, 0.0]
    before = int(time.time())
    told = get(f"{exchange.rest_url}/0/public/Time")["result"]
    assert before <= told["unixtime"] <= time.time() and told["rfc1123"].endswith("+0000")
    assert get(f"{exchange.rest_url}/0/public/SystemStatus")["result"]["status"] == "online"


def test_a_fault_injected_while_running_reaches_its_symbol_only(exchange, client):
    client.ask("subscribe", "book", symbol=SYMBOLS)
    exchange.inject(Fault("corrupt", "BTC/USD", after=5))
    books = {symbol: NaiveBook(10) for symbol in SYMBOLS}
    struck = set()
    for _ in range(200):
        text = client.next()
        if '"channel":"book"' in text and '"method"' not in text:
            symbol = parsed(text)["data"][0]["symbol"]
            try:
                books[symbol].apply(text)
            except AssertionError:
                struck.add(symbol)
    assert struck == {"BTC/USD"}


def test_a_disconnection_is_abrupt_and_the_exchange_takes_the_client_back(exchange):
    with Client(exchange.url) as client:
        client.next()
        exchange.inject(Fault("disconnect"))
        with pytest.raises(ConnectionClosed) as closed:
            client.next()
        assert closed.value.rcvd is None
    with Client(exchange.url) as client:
        assert json.loads(client.next())["data"][0]["system"] == "online"


def test_maintenance_is_announced_then_closes_every_connection_for_a_while(exchange):
    with Client(exchange.url) as client:
        client.next()
        exchange.inject(Fault("maintenance", seconds=0.3))
        assert client.channel("status")["data"][0]["system"] == "maintenance"
        with pytest.raises(ConnectionClosed) as closed:
            client.next()
        assert closed.value.rcvd.code == 1012
    systems = []
    while "online" not in systems:
        with Client(exchange.url) as client:
            systems.append(json.loads(client.next())["data"][0]["system"])
    assert systems[0] == "maintenance"


def test_a_stall_holds_everything_back_then_lets_it_go(exchange, client):
    client.ask("subscribe", "book", symbol=["BTC/USD"])
    client.channel("book", "update")
    exchange.inject(Fault("stall", seconds=0.4))
    delays = []
    while not delays or max(delays) < 0.25:
        stamp = client.channel("book", "update")["data"][0]["timestamp"]
        delays.append(time.time() - _seconds(stamp))
    book_frames = [text for text in client.read if '"channel":"book"' in text and '"method"' not in text]
    book = NaiveBook(10)
    for text in book_frames:
        book.apply(text)


def test_silence_lets_the_ack_through_and_ends_with_the_next_subscription():
    with (
        Exchange(["BTC/USD"], rate=20.0, faults=[Fault("silence", "BTC/USD")]) as exchange,
        Client(exchange.url) as client,
    ):
        client.ask("subscribe", "book", symbol=["BTC/USD"])
        assert client.answer()["success"]
        assert json.loads(client.next()) == {"channel": "heartbeat"}
        client.ask("unsubscribe", "book", symbol=["BTC/USD"])
        client.ask("subscribe", "book", symbol=["BTC/USD"])
        client.channel("book", "snapshot")


def test_a_fixed_number_of_messages_a_second_is_kept():
    with Exchange(["BTC/USD", "XRP/USD"], messages_per_second=500) as exchange, Client(exchange.url) as client:
        started = time.monotonic()  # before: what comes while we stand still is not of the time behind it
        client.ask("subscribe", "book", symbol=SYMBOLS)
        for _ in range(200):
            client.channel("book", "update")
        assert 0.3 < time.monotonic() - started < 60.0


def test_two_clients_have_their_own_subscriptions(exchange):
    with Client(exchange.url) as one, Client(exchange.url) as two:
        one.ask("subscribe", "book", symbol=["BTC/USD"], depth=10)
        two.ask("subscribe", "book", symbol=["BTC/USD"], depth=100)
        assert len(one.channel("book", "snapshot")["data"][0]["bids"]) == 10
        assert len(two.channel("book", "snapshot")["data"][0]["bids"]) == 100


def test_a_port_that_is_taken_is_one_clear_error(exchange):
    with pytest.raises(FeedError, match=f"cannot listen on 127.0.0.1:{exchange.port}"):
        Exchange(["BTC/USD"], port=exchange.port).start()


def test_stopping_is_soon_done():
    exchange = Exchange(SYMBOLS, rate=20.0).start()
    with Client(exchange.url) as client:
        client.ask("subscribe", "book", symbol=SYMBOLS)
        client.channel("book", "update")
        started = time.monotonic()
        exchange.stop()
        assert time.monotonic() - started < 60.0
        with pytest.raises(ConnectionClosed):
            while True:
                client.next()


def test_a_recording_is_served_frame_by_frame_once_a_book_is_wanted():
    status = '{"channel": "status", "type": "update", "data": [{"system": "online"}]}'
    frames = [status, '{"method":"subscribe","success":true}', b'{"channel":"book","n":1}', '{"channel":"book","n":2}']
    with serve_frames(frames) as server, Client(server.url) as client:
        assert client.next() == status and not server.finished
        client.ask("subscribe", "instrument")
        client.ask("subscribe", "book", symbol=["BTC/USD"])
        assert [client.next() for _ in range(3)] == [frames[1], frames[2].decode(), frames[3]]
        assert json.loads(client.next()) == {"channel": "heartbeat"}
        assert server.finished


def test_a_recordings_server_answers_instrument_if_it_knows_the_instruments():
    with serve_frames([], instruments=[Instrument("BTC/USD", 1, 8)]) as server, Client(server.url) as client:
        client.ask("subscribe", "instrument")
        assert client.channel("instrument")["data"]["pairs"][0]["symbol"] == "BTC/USD"


def test_ports_beyond_the_highest_are_refused_in_a_line():
    command = [sys.executable, "-m", "simulator.exchange", "--port", "65534"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    said = "simulator.exchange: --port 65534: of the ports (65534, 65535, 65536) each must be at most 65535\n"
    assert (ended.returncode, ended.stderr) == (1, said)


def test_the_command_serves_until_it_is_asked_to_end():
    command = [sys.executable, "-m", "simulator.exchange", "--port", "0", "--symbols", "BTC/USD"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("SIMULATED MARKET: websocket ws://127.0.0.1:")
    process.terminate()
    assert process.wait(timeout=TIMEOUT_S) == 0
    process.stdout.close()
