"""A real Prometheus, and Alertmanager, for the tests: Debian's, on loopback, each with a folder of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import httpx
import pytest
import yaml

from grafana import draw
from tests.flows.processes import ROOT
from tests.ports import free_port

RULES = ROOT / "grafana" / "prometheus"
PATIENCE_S = 120.0  # for what never comes; a test that passes does not wait for it


def _needs(package: str, missing: bool) -> pytest.MarkDecorator:
    """Return what skips a test where Debian's package is missing; where CI is set, the test fails instead."""
    reason = f"no {package} here: apt-get install --no-install-recommends {package}"
    return pytest.mark.skipif(missing and "CI" not in os.environ, reason=reason)


def _lacks(*programs: str) -> bool:
    return not all(map(shutil.which, programs))


needs_prometheus = _needs("prometheus", _lacks("prometheus", "promtool"))
needs_alertmanager = _needs("prometheus-alertmanager", _lacks("prometheus-alertmanager", "amtool"))
needs_chromium = _needs("chromium", draw.chromium() is None)


def until(holds: Callable[[], Any], what: str, patience_s: float = PATIENCE_S, pause_s: float = 0.1) -> Any:
    """Wait until something holds and return it."""
    give_up = time.monotonic() + patience_s
    while not (found := holds()):
        assert time.monotonic() < give_up, f"never came: {what}"
        time.sleep(pause_s)
    return found


class Server:
    """A server process on a port of its own; its log is in its folder."""

    def __init__(self, command: Sequence[str], folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(command, cwd=folder, stdout=self._log, stderr=subprocess.STDOUT)

    def __enter__(self) -> Self:
        try:
            until(self._ready, f"{self.url} (see {self._log.name})")
        except BaseException:  # none outlives its test
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._log.close()

    def _ready(self) -> bool:
        assert self._process.poll() is None, Path(self._log.name).read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=30).status_code == 200
        except httpx.TransportError:
            return False


def prometheus(folder: Path, target: int, scrape: str = "1s", alertmanager: str | None = None) -> Server:
    """Return a Prometheus with our configuration and rules that scrapes one flow."""
    config = yaml.safe_load((RULES / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": scrape, "evaluation_interval": scrape}
    config["rule_files"] = [str(RULES / name) for name in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{target}"]}]
    if alertmanager is None:
        del config["alerting"]
    else:
        found = [{"targets": [alertmanager.removeprefix("http://")]}]
        config["alerting"]["alertmanagers"][0]["static_configs"] = found
    return _server("prometheus", folder / "prometheus", config, "--storage.tsdb.path=.")


@contextmanager
def frozen(text: bytes) -> Iterator[int]:
    """Serve one exposition for ever, as the metrics of a line that stands still; give its port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def alertmanager(folder: Path, receiver: str) -> Server:
    """Return an Alertmanager with our configuration whose people are told at an address."""
    return alertmanager_with(folder, {"webhook_configs": [{"url": receiver}]})


def alertmanager_with(folder: Path, integrations: dict[str, Any]) -> Server:
    """Return an Alertmanager with our configuration and these integrations of the receiver `people`."""
    config = yaml.safe_load((ROOT / "grafana" / "alertmanager" / "alertmanager.yml").read_text())
    assert config["receivers"] == [{"name": "people"}]
    config["receivers"][0] |= integrations
    return _server(
        "prometheus-alertmanager", folder / "alertmanager", config, "--storage.path=.", "--cluster.listen-address="
    )


def _server(program: str, folder: Path, config: Any, *more: str) -> Server:
    folder.mkdir()
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [program, "--config.file=config.yml", f"--web.listen-address=127.0.0.1:{port}", *more]
    return Server(command, folder, port)
