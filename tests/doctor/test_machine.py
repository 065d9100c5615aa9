"""A disk without room and a port that is taken are found by their names."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from doctor import machine
from sinks.metrics import Metrics
from tests.doctor.healthy import Usage
from tests.doctor.looking import here


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(10**12, 0, 90 * 10**9), ("warning", "disk_low")),
        (Usage(10**12, 0, 10**6), ("error", "disk_full")),
    ],
    ids=["low", "full"],
)  # fmt: skip
def test_a_disk_without_room_is_found(healthy, monkeypatch, usage, expected):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    healthy.write(storage={"retention": {"tape_gib": 0.0001}})
    assert here(healthy) == {expected}


def test_more_tape_than_the_disk_holds_is_found(healthy):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    assert here(healthy) == {("warning", "retention_too_large")}


class Stranger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@pytest.fixture
def stranger():
    """Serve something else on a port."""
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_a_port_that_another_program_has_is_found(healthy, stranger):
    healthy.write(metrics={"port": stranger})
    assert here(healthy) == {("error", "port_taken")}


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])  # neither can be this machine's
def test_a_host_that_is_not_of_this_machine_is_not_called_a_taken_port(healthy, stranger, host):
    healthy.write(metrics={"host": host, "port": stranger})
    assert here(healthy) == {("error", "metrics_host_unusable")}


def test_a_port_that_another_run_serves_is_found(healthy):
    serving = Metrics().serve("127.0.0.1", 0)
    healthy.write(metrics={"port": serving.port})
    try:
        assert here(healthy) == {("warning", "port_of_another_run")}
    finally:
        serving.close()
