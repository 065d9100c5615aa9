"""REST: the exchange's twin of Kraken's REST: the market's past, its pairs, time and status; what is private.

Runs in threads of its own and only reads the venue. What is private is answered by
`simulator.private_rest`.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leadline.errors import FeedError
from leadline.instrument import Instrument
from leadline.times import SECOND_NS, utc
from simulator import private_rest
from simulator.frames import decimal_text
from simulator.past import SPANS
from simulator.terms import Terms
from simulator.tokens import TokenOffice
from simulator.trades import PAGE
from simulator.venue import Floor, Venue

OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}  # what REST calls them
POLL_S = 0.05


def rest_name(symbol: str, separator: str = "") -> str:
    """Return a symbol's name in REST.

    >>> rest_name("BTC/USD"), rest_name("DOGE/USDT", "/")
    ('XBTUSD', 'XDG/USDT')
    """
    return separator.join(OLD_NAMES.get(part, part) for part in symbol.split("/"))


def asset_pair(instrument: Instrument, terms: Terms) -> dict[str, Any]:
    """Return a pair as AssetPairs lists it."""
    return {
        "altname": rest_name(instrument.symbol), "wsname": rest_name(instrument.symbol, "/"),
        "pair_decimals": instrument.price_precision, "lot_decimals": instrument.qty_precision, "cost_decimals": 5,
        "tick_size": decimal_text(instrument.tick_units, instrument.price_precision),
        "ordermin": f"{instrument.qty_min:f}", "costmin": f"{instrument.cost_min}",
        "status": terms.pair_status.get(instrument.symbol, "online"), "fee_volume_currency": "ZUSD",
        "fees": terms.taker, "fees_maker": terms.maker,
    }  # fmt: skip


def answer(venue: Venue, path: str, query: dict[str, str], now_ns: int) -> dict[str, Any]:
    """Return the answer to a request, errors as Kraken words them."""
    if path == "/0/public/AssetPairs":
        pairs = [asset_pair(floor.market.instrument, venue.terms) for floor in venue.floors.values()]
        return {"error": [], "result": {pair["altname"]: pair for pair in pairs}}
    if path == "/0/public/Time":
        now = utc(now_ns)
        return {
            "error": [],
            "result": {"unixtime": now_ns // SECOND_NS, "rfc1123": f"{now:%a, %d %b %y %H:%M:%S} +0000"},
        }
    if path == "/0/public/SystemStatus":
        stamp = f"{utc(now_ns):%Y-%m-%dT%H:%M:%SZ}"
        return {"error": [], "result": {"status": venue.terms.status, "timestamp": stamp}}
    if path not in ("/0/public/OHLC", "/0/public/Trades"):
        return {"error": ["EGeneral:Unknown method"]}
    wanted = query.get("pair", "").upper()
    for symbol, floor in venue.floors.items():
        if wanted in (rest_name(symbol), rest_name(symbol, "/"), symbol, symbol.replace("/", "")):
            return trades(symbol, floor, query) if path.endswith("Trades") else candles(symbol, floor, query, now_ns)
    return {"error": ["EQuery:Unknown asset pair"]}


def candles(symbol: str, floor: Floor, query: dict[str, str], now_ns: int) -> dict[str, Any]:
    """Return the answer to OHLC."""
    interval = query.get("interval", "1")
    if interval not in map(str, SPANS):
        return {"error": ["EGeneral:Invalid arguments:interval"]}
    rows = floor.candles.rows(now_ns, int(interval))
    return {"error": [], "result": {rest_name(symbol): rows, "last": rows[max(len(rows) - 2, 0)][0] if rows else 0}}


def trades(symbol: str, floor: Floor, query: dict[str, str]) -> dict[str, Any]:
    """Return the answer to Trades."""
    since, count = query.get("since", "0"), query.get("count", str(PAGE))
    if not (since.isdigit() and count.isdigit()):
        return {"error": ["EGeneral:Invalid arguments"]}
    rows, last = floor.trades.page(int(since), int(count))
    return {"error": [], "result": {rest_name(symbol): rows, "last": last}}


class RestTwin:
    """The HTTP server of one venue."""

    def __init__(self, venue: Venue, office: TokenOffice, host: str, port: int) -> None:
        self._venue = venue
        self._office = office
        self._address = (host, port)
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Return the address, without a path."""
        host, port = self._address
        return f"http://{host}:{port}"

    def start(self) -> None:
        """Begin to listen; raises FeedError where the port cannot be had."""
        try:
            self._server = ThreadingHTTPServer(self._address, handler(self._venue, self._office))
        except OSError as e:
            raise FeedError(f"cannot listen on {self.url}: {e}") from e
        self._address = (self._address[0], self._server.server_port)
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="RestTwin", daemon=True).start()

    def stop(self) -> None:
        """End."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def handler(venue: Venue, office: TokenOffice) -> type[BaseHTTPRequestHandler]:
    """Return the class that http.server makes one of for every connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer one request."""
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            self._send(answer(venue, parts.path, query, time.time_ns()))

        def do_POST(self) -> None:
            """Answer one private request."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(private_rest.answer(office, venue.terms, urlsplit(self.path).path, headers, body))

        def _send(self, message: dict[str, Any]) -> None:
            body = json.dumps(message).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
