"""The token over real HTTP, from the simulated exchange's REST and from servers that answer as told."""

import json
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simulator.exchange import Exchange
from sources.kraken.keys import Keys
from sources.kraken.nonce import NonceFile
from sources.kraken.refusals import Denied
from sources.kraken.token import PATH, TokenClient

SECRET = "c2VjcmV0L3NlY3JldCtzZWNyZXQvc2VjcmV0K3NlY3JldC9zZWNyZXQ="
KEY = "Abcd1234567890/KEYKEYKEYKEYKEY+KEYKEYKEYKEYKEYKEYKEYKEY"


@pytest.fixture(scope="module")
def exchange():
    with Exchange(["BTC/USD"], rest_decay=1000.0) as exchange:
        yield exchange


def asked(url, key, secret, path, clock=time.time_ns, now=time.time):
    return TokenClient(url, Keys(key, secret), NonceFile(path / "n", clock), timeout_s=60.0, clock=now).fetch()


def denied(*given, **options):
    with pytest.raises(Denied) as e:
        asked(*given, **options)
    text = str(e.value)
    assert "\n" not in text and given[1] not in text and given[2] not in text
    return e.value


@pytest.fixture
def answering():
    """Start servers that give these (status, headers, body) answers in turn, the last for ever."""
    servers = []

    def start(*answers):
        left = list(answers)
        seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, headers, body = left.pop(0) if len(left) > 1 else left[0]
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                payload = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_token_is_had_each_is_another_and_none_is_seen(exchange, tmp_path):
    key = exchange.key
    tokens = [asked(exchange.rest_url, key.key, key.secret, tmp_path) for _ in range(2)]
    first, second = (token.value.reveal() for token in tokens)
    assert first != second and all(exchange.office.admits(token) for token in (first, second))
    assert first not in repr(tokens) and 800 < tokens[0].good_until - time.monotonic() <= 900


def test_a_wrong_key_a_wrong_secret_and_a_missing_permission_are_told_apart(exchange, tmp_path):
    key = exchange.key
    unknown = denied(exchange.rest_url, KEY, SECRET, tmp_path)
    assert unknown.reason == "invalid_key" and "Abcd****" in str(unknown)
    assert "Kraken" not in str(unknown) and f"({exchange.rest_url} said EAPI:Invalid key, key Abcd****" in str(unknown)
    assert denied(exchange.rest_url, key.key, SECRET, tmp_path).reason == "invalid_signature"
    key.permitted = False
    try:
        no = denied(exchange.rest_url, key.key, key.secret, tmp_path)
    finally:
        key.permitted = True
    assert no.reason == "permission_denied" and "Access WebSockets API" in str(no)
    assert unknown.for_good and no.for_good


def test_a_nonce_that_cannot_be_kept_is_its_own_reason_and_nothing_is_asked(exchange, tmp_path):
    (tmp_path / "n").mkdir()
    before = exchange.key.last_nonce
    no = denied(exchange.rest_url, exchange.key.key, exchange.key.secret, tmp_path)
    assert no.reason == "nonce_not_kept" and "storage.data_dir" in str(no) and no.for_good
    assert exchange.key.last_nonce == before


def test_a_clock_that_fell_back_does_no_harm(exchange, tmp_path):
    key = exchange.key
    asked(exchange.rest_url, key.key, key.secret, tmp_path)
    asked(exchange.rest_url, key.key, key.secret, tmp_path, clock=lambda: 1)


def test_a_nonce_below_another_programs_is_named(exchange, tmp_path):
    key, before = exchange.key, exchange.key.last_nonce
    key.last_nonce = 2**63
    try:
        no = denied(exchange.rest_url, key.key, key.secret, tmp_path)
    finally:
        key.last_nonce = before
    assert no.reason == "invalid_nonce" and "a key for Leadline alone" in str(no) and no.for_good


def test_a_nonce_that_lost_a_race_is_tried_once_more(answering, tmp_path):
    token = {"error": [], "result": {"token": "tok", "expires": 900}}
    url, seen = answering((200, {}, {"error": ["EAPI:Invalid nonce"]}), (200, {}, token))
    assert asked(url, KEY, SECRET, tmp_path).value.reveal() == "tok"
    nonces = [int(body.removeprefix("nonce=")) for _, body in seen]
    assert [path for path, _ in seen] == [PATH, PATH] and nonces[0] < nonces[1]


def test_a_clock_that_is_far_off_is_named_as_the_cause(answering, tmp_path):
    date = format_datetime(datetime(2026, 1, 1, 12, tzinfo=UTC), usegmt=True)
    url, _ = answering((200, {"Date": date}, {"error": ["EAPI:Invalid nonce"]}))
    now = datetime(2026, 1, 1, 11, tzinfo=UTC).timestamp()
    no = denied(url, KEY, SECRET, tmp_path, now=lambda: now)
    assert no.reason == "clock_skew" and "3600 s behind" in str(no)


def test_too_many_requests_are_waited_for(tmp_path):
    with Exchange(["BTC/USD"], rest_max=1.0, rest_decay=0.0) as exchange:
        key = exchange.key
        asked(exchange.rest_url, key.key, key.secret, tmp_path)
        no = denied(exchange.rest_url, key.key, key.secret, tmp_path)
    assert no.reason == "rate_limited" and no.wait_s >= 15 and not no.for_good


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((429, {}, b"slow down"), "rate_limited"), ((503, {}, b"<html>"), "unreachable"), ((403, {}, b""), "refused"),
        ((200, {}, {"error": ["EGeneral:Temporary lockout"]}), "rate_limited"),
        ((200, {}, {"error": ["EService:Unavailable"]}), "unreachable"),
        ((200, {}, {"error": [f"EWhatever:{KEY} {SECRET}"]}), "refused"),
        ((200, {}, {"error": [], "result": {}}), "refused"),
        ((200, {}, {"error": [], "result": {"token": 5}}), "refused"),
        ((200, {}, [1]), "refused"), ((200, {}, b"\xff"), "refused"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "refused"),
    ],
)  # fmt: skip
def test_an_answer_without_a_token_is_one_line_with_its_reason(answering, tmp_path, answer, reason):
    url, _ = answering(answer)
    assert denied(url, KEY, SECRET, tmp_path).reason == reason


@pytest.mark.parametrize(("expires", "life_s"), [(0, 0), (-5, -5), (7, 7), (None, 900), ("x", 900)])
def test_a_token_lives_as_long_as_the_answer_says_and_may_be_over(answering, tmp_path, expires, life_s):
    url, _ = answering((200, {}, {"error": [], "result": {"token": "t" * 20, "expires": expires}}))
    before = time.monotonic()
    assert before + life_s <= asked(url, KEY, SECRET, tmp_path).good_until <= time.monotonic() + life_s


def test_no_network_is_one_line(tmp_path):
    assert denied("http://127.0.0.1:1", KEY, SECRET, tmp_path).reason == "unreachable"
    assert denied("http://[", KEY, SECRET, tmp_path).reason == "unreachable"
