"""Receivers of alerts on loopback: one that takes them, and ways in which one does not."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

PATIENCE_S = 120.0  # for what never comes; a test that passes does not wait for it


class Receiver:
    """What came in, and how it is answered: a status, or `hang`: not at all until the end."""

    def __init__(self, port: int, over: Event) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.status = 200
        self.hangs = False
        self.url = f"json://127.0.0.1:{port}/people"
        self._over = over

    def answer(self, body: dict[str, Any]) -> int:
        """Take a message; return the status to answer with."""
        self.asked += 1
        if self.hangs:
            self._over.wait(PATIENCE_S)
        if self.status == 200:
            self.got.append(body)
        return self.status

    def titles(self) -> list[str]:
        """Return the titles that came in."""
        return [body["title"] for body in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port of loopback."""
    over = Event()

    class People(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(found.answer(body))
                self.end_headers()
            except OSError:  # the sender did not wait for it
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), People)
    found = Receiver(server.server_port, over)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until something holds and return it."""
    give_up = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert time.monotonic() < give_up, f"never came: {what}"
        time.sleep(0.01)
    return found
