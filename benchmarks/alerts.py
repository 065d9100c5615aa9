"""Alerts: what a service that hangs, refuses or errs costs the line.

The live client against an exchange on loopback, as in `benchmarks.latency`. Real signals are rare, so
one tradable signal for every `features` row (one a second and symbol) is put before the real policy
and the real delivery, which carries it by apprise. Each run has a twin at the same time that makes no
alert, and the ratio is to that one: what else the machine does meets both. The first sort of pair makes
none on either side and shows what chance alone does. Every sort takes its turn in each of three rounds;
the medians are shown, and the span of the ratio. All signals must be accounted for at the end.
"""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream
from prometheus_client import CollectorRegistry

from benchmarks import latency
from benchmarks.tables import machine, show
from flows import wiring
from leadline.moment import Row
from leadline.settings import Alerts
from sinks.alerts import AlertSink
from sinks.alerts.counts import AlertCounts
from sinks.alerts.delivery import Delivery
from sinks.alerts.endpoints import URLS, from_environment
from sinks.alerts.ledger import Ledger
from sinks.alerts.policy import Policy

RATE = 1000  # messages a second
ROUNDS = 3
HANG_S = 30.0
PATIENT = "hangs 30 s, rto=30"  # the sender, too: by itself it gives up after 4 s
KINDS = ("", "takes them", "hangs 30 s", PATIENT, "refuses", "returns 500")
FATES = ("made", "sent", "late", "queue_full", "stopped", "failed tries", "stop ms")
EAGER = Alerts(cooldown_seconds=0, max_per_hour=1_000_000, signal_seconds=5)
MADE_UP: dict[str, Any] = {
    "setup": "squeeze_breakout", "side": "buy", "verdict": "tradable", "reasons": [], "stop_bps": 25.0,
    "target_bps": 50.0, "size_base": 0.01, "size_quote": 400.0, "risk_quote": 5.0, "cost_bps": 12.0, "net_rr": 1.1,
    "confidence": 0.4, "breakeven_win_rate": 0.48, "mode": "live", "venue": "simulator",
}  # fmt: skip


@contextmanager
def service(kind: str) -> Iterator[str]:
    """Run a service of a kind; yield its URL."""
    over = threading.Event()

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if kind.startswith("hangs"):
                over.wait(HANG_S)
            try:
                self.send_response(500 if kind == "returns 500" else 200)
                self.end_headers()
            except OSError:
                pass  # the sender did not wait

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    if kind == "refuses":
        server.server_close()
        yield f"json://127.0.0.1:{server.server_port}/"
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/" + ("?rto=30" if kind == PATIENT else "")
    over.set()
    server.shutdown()
    server.server_close()


def signal_of(row: Row) -> Row:
    """Return a tradable signal in place of a sample of the book, any other row as it is."""
    if row.table != "features":
        return row
    v, ns = row.values, row.values["ts"]
    of = {"ts": ns, "symbol": v["symbol"], "signal_id": f"{v['symbol']}{ns}", "entry": v["best_ask"],
          "stop": v["best_bid"], "target": v["best_ask"], "expires_at": ns + 900_000_000_000,
          "hft_score": v["hft_score"], "hft_class": v["hft_class"]}  # fmt: skip
    return Row("signals", MADE_UP | of)


class Told:
    """The alerts of one run, and what became of them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.registry, self.n = CollectorRegistry(), 0
        endpoints = from_environment({URLS: url})
        ledger, counts = Ledger(folder, 1), AlertCounts(self.registry)
        self.delivery = Delivery(endpoints, ledger, counts)
        self.delivery.start()
        self._sink = AlertSink(Policy(EAGER), self.delivery)

    def output(self, dataflow: Dataflow, rows: KeyedStream[Row]) -> None:
        """Add the sink to a dataflow."""

        def counted(row: Row) -> Row:
            self.n += row.table == "features"
            return signal_of(row)

        op.output("alerts", op.map_value("made_up", rows, counted), self._sink)

    def count(self, name: str, **labels: str) -> int:
        """Return a metric of signals."""
        return round(self.registry.get_sample_value(f"leadline_{name}_total", {"rule": "signal"} | labels) or 0)

    def became(self) -> dict[str, int]:
        """End the delivery; return what became of the signals."""
        began = time.monotonic()
        self.delivery.close()
        dropped = {reason: self.count("alerts_dropped", reason=reason) for reason in ("late", "queue_full", "stopped")}
        found = {"made": self.n, "sent": self.count("alerts_sent"), **dropped}
        assert found["made"] == found["sent"] + sum(dropped.values()), found
        return found | {
            "failed tries": self.count("alert_failures"),
            "stop ms": round(1e3 * (time.monotonic() - began)),
        }


def measure(url: str, port: int) -> dict[str, Any]:
    """Return a run's latencies in ms, sorted, and what became of its alerts; no URL: none are made."""
    with tempfile.TemporaryDirectory() as folder:
        told = Told(Path(folder), url or "json://127.0.0.1:1/")  # the same code is loaded in both
        wiring.settle_memory()
        return {"ages": latency.measure(RATE, port, told.output if url else None), "became": told.became()}


def pair(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what `measure` finds against a kind of service, and what its twin does, in fresh processes."""
    with service(kind) if kind else nullcontext("") as url:
        runs = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.alerts", of, str(free_port())], stdout=subprocess.PIPE, text=True
            )
            for of in (url, "")
        ]
        said = [run.communicate(timeout=180)[0] for run in runs]
    with_alerts, twin = (json.loads(text.splitlines()[-1]) for text in said)
    return with_alerts, twin


def free_port() -> int:
    """Return a port that is free, and most likely the next one with it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def quantile(found: dict[str, Any], q: float) -> float:
    """Return a quantile of a run's latencies, ms."""
    ages: list[float] = found["ages"]
    return ages[int(q * (len(ages) - 1))]


def main() -> None:
    """Print the tables."""
    pairs: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind in KINDS:
            pairs[kind].append(pair(kind))
    times, fates = [], []
    for kind, found in pairs.items():
        name = kind or "no alerts"
        medians = [statistics.median(quantile(run[of], q) for run in found) for q in (0.5, 0.99) for of in (0, 1)]
        ratios = sorted(quantile(one, 0.99) / quantile(twin, 0.99) for one, twin in found)
        times.append((name, *medians, f"{statistics.median(ratios):.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"))
        if kind:
            fates.append((name, *(sum(one["became"][fate] for one, _ in found) for fate in FATES)))
    columns = ["the service", "p50 ms", "its twin", "p99 ms", "its twin", "p99 ratio", "of the rounds"]
    show(f"Latency beside alerts at {RATE:,} messages a second ({machine()})", columns, times)
    show(f"What became of the alerts of {ROUNDS} rounds", ["the service", *FATES], fates)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
