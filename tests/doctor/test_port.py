"""A port that is not ours to have is found, and so is a live run that does not answer or does not move."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from doctor import port
from sinks import metrics_address, risk_lock
from sinks.metrics import Metrics
from tests.doctor.healthy import old
from tests.doctor.looking import here, live_run, only


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


# -- a run that stands still


@contextmanager
def frozen_run(healthy, callers=0):
    """Hold the account and listen, as a stopped process does: the kernel takes its calls until the queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, live_run(healthy):
        number = listening.getsockname()[1]
        metrics_address.write(healthy.data_dir, "127.0.0.1", number, 5.0)
        waiting = [_call(number) for _ in range(callers)]
        healthy.write(metrics={"port": number})
        yield
        for each in waiting:
            each.close()


def _call(number):
    call = socket.socket()
    call.setblocking(False)
    with suppress(BlockingIOError):
        call.connect(("127.0.0.1", number))
    return call


@pytest.mark.parametrize("callers", [0, 8], ids=["calls are taken", "its queue is full"])
def test_a_live_run_that_does_not_answer_is_found_and_nobody_else_is_blamed(healthy, monkeypatch, callers):
    monkeypatch.setattr(port, "ANSWER_S", 0.3)
    with frozen_run(healthy, callers):
        found = only(healthy, offline=True)
    assert (found.severity, found.name) == ("error", "run_frozen") and "does not answer: http://127" in found.what


def test_a_port_whose_owner_is_silent_is_not_free_though_no_live_run_is_known(healthy, monkeypatch):
    monkeypatch.setattr(port, "ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        healthy.write(metrics={"port": listening.getsockname()[1]})
        found = only(healthy, offline=True)
    assert (found.severity, found.name) == ("error", "port_taken") and "does not answer" in found.what


def test_a_line_that_stands_still_behind_metrics_that_answer_is_found(healthy):
    metrics = Metrics()
    metrics.apply({})  # the line tells of itself
    serving = metrics.serve("127.0.0.1", 0)
    metrics_address.write(healthy.data_dir, "127.0.0.1", serving.port, metrics.started)
    healthy.write(metrics={"port": serving.port})
    try:
        with live_run(healthy):
            assert here(healthy) == set()
            metrics._told.set(time.time() - 300.0)
            found = only(healthy, offline=True)
    finally:
        serving.close()
    assert found.name == "run_frozen" and "its line has told nothing for 5 min" in found.what


def test_a_live_run_without_metrics_is_known_by_its_tape(healthy):
    with live_run(healthy):
        assert here(healthy) == set()  # it has only begun
        old(healthy.data_dir / risk_lock.NAME)
        (segment,) = healthy.tape.glob("*.tape")
        assert old(segment, 5.0) and here(healthy) == set()
        old(segment, 600.0)
        found = only(healthy, offline=True)
    assert (found.severity, found.name) == ("error", "run_frozen") and "tape nor store for 10 min" in found.what
