"""History over REST: closed candles as numbers, politely asked for, and faults as one line."""

import gzip
import json

import httpx
import pytest

from leadline.errors import FeedError
from sources.kraken.rest import KRAKEN_REST, RestClient, rest_url_for

ROW = [1764000000, "1.0", "2.5", "0.5", "2.0", "1.75", "10.25", 7]
RUNNING = [1764000060, "2.0", "2.0", "2.0", "2.0", "0.0", "0.0", 0]


class Venue:
    """Answers every request the same, and remembers what was asked."""

    def __init__(self, body, status=200):
        self.body, self.status, self.asked = body, status, []

    def __call__(self, request):
        self.asked.append(request.url)
        return httpx.Response(self.status, content=self.body if isinstance(self.body, bytes) else json.dumps(self.body))

    def client(self, **clocks):
        return RestClient("http://venue", transport=httpx.MockTransport(self), **clocks)


def ohlc(*rows):
    return {"error": [], "result": {"XXBTZUSD": list(rows), "last": 1764000000}}


def test_history_is_the_closed_candles_as_numbers():
    venue = Venue(ohlc(ROW, RUNNING))
    assert venue.client().history("BTC/USD") == {
        "symbol": "BTC/USD", "interval_s": 60, "candles": [[1764000000, 1.0, 2.5, 0.5, 2.0, 1.75, 10.25, 7]],
    }  # fmt: skip
    assert str(venue.asked[0]) == "http://venue/0/public/OHLC?pair=XBTUSD&interval=1"


def test_a_real_answer_gives_720_candles(recordings):
    body = gzip.decompress((recordings / "kraken_rest/nautilus_http_ohlc.json.gz").read_bytes())
    candles = Venue(body).client().history("BTC/USDT")["candles"]
    times = [c[0] for c in candles]
    assert len(candles) == 720 and times == list(range(times[0], times[0] + 720 * 60, 60))


def test_requests_keep_a_second_apart():
    now = [0.0]
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        now[0] += seconds

    client = Venue(ohlc(ROW, RUNNING)).client(clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        client.history("BTC/USD")
        now[0] += 0.25
    assert waited == [0.75, 0.75]


UNUSABLE = [
    {"error": ["EQuery:Unknown asset pair"]}, {"error": ["EGeneral:Too many requests"], "result": {}},
    [1], {"result": 3}, ohlc([1, 2], RUNNING), ohlc([1, *["x"] * 6, 1], RUNNING), ohlc([1, *["nan"] * 6, 1], RUNNING),
    ohlc({"a": 1}, RUNNING), b"<html>", b"", b"\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("body", UNUSABLE)
def test_an_answer_that_cannot_be_used_is_one_line(body):
    with pytest.raises(FeedError) as e:
        Venue(body).client().history("BTC/USD")
    assert "http://venue" in str(e.value) and "\n" not in str(e.value)


@pytest.mark.parametrize("status", [404, 429, 503])
def test_a_refusal_is_one_line(status):
    with pytest.raises(FeedError, match=str(status)):
        Venue(b"no", status).client().history("BTC/USD")


def test_an_unreachable_venue_is_one_line():
    with pytest.raises(FeedError, match="did not answer"):
        RestClient("http://127.0.0.1:1").history("BTC/USD")


def test_only_krakens_own_feed_knows_its_rest():
    assert rest_url_for("wss://ws.kraken.com/v2", None) == KRAKEN_REST
    assert rest_url_for("ws://127.0.0.1:1", None) is None
    assert rest_url_for("ws://127.0.0.1:1", "http://x/") == "http://x"
