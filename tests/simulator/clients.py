"""A websocket client for tests: it asks, reads and remembers; and a signed request for a token."""

import json
import time
import urllib.request

from websockets.sync.client import connect

from simulator.private_rest import TOKEN_PATH, signature

TIMEOUT_S = 60.0  # for what never comes; a test that passes does not wait for it


class Client:
    """A websocket client that keeps what it has read."""

    def __init__(self, url):
        self._connecting = connect(url, max_size=None, max_queue=None, compression=None, close_timeout=1)
        self.read = []

    def __enter__(self):
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(self, *error):
        self._connecting.__exit__(*error)

    def ask(self, method, channel=None, req_id=None, **params):
        message = {"method": method}
        if channel is not None:
            message["params"] = {"channel": channel, **params}
        if req_id is not None:
            message["req_id"] = req_id
        self.socket.send(json.dumps(message))

    def next(self):
        text = self.socket.recv(timeout=TIMEOUT_S)
        self.read.append(text)
        return text

    def until(self, wanted):
        """Read on to the first message that is wanted, and return it."""
        while True:
            message = json.loads(self.next())
            if wanted(message):
                return message

    def answer(self):
        """Return the next ack or error."""
        return self.until(lambda message: "method" in message or "error" in message)

    def channel(self, name, kind=None):
        """Return the next message of a channel."""
        return self.until(lambda message: message.get("channel") == name and kind in (None, message.get("type")))


def token_answer(exchange, *, key=None, secret=None, nonce=None, path=TOKEN_PATH):
    """Ask an exchange for a token, by default as it ought to be asked, and return its answer."""
    nonce = str(time.time_ns() if nonce is None else nonce)
    body = f"nonce={nonce}".encode()
    signed = signature(secret or exchange.key.secret, path, nonce, body)
    headers = {"API-Key": key or exchange.key.key, "API-Sign": signed}
    request = urllib.request.Request(exchange.rest_url + path, body, headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        return json.loads(response.read())


def token_of(exchange):
    """Return a fresh token."""
    return token_answer(exchange)["result"]["token"]
