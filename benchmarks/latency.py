"""Latency: from the receipt of a frame to the end of the line, through a real websocket on loopback.

The exchange runs in a process of its own and sends at a fixed rate. Signals are rare, so every
verified book message is timed at the point where a signal of it would be handed to the sinks,
with the store, the metrics and the console running beside it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from benchmarks.tables import machine, show
from flows import scalp, wiring
from flows.commandline import Engine
from flows.configuration import load
from leadline import moment as kinds
from leadline.moment import Moment, Row
from leadline.times import SECOND_NS
from operators.rows import rows as rows_step
from sources import stopping

RATES = (100, 1000, 5000)
WARM_UP_S, SECONDS = 4.0, 10.0
QUANTILES = (0.5, 0.99, 0.999)


class Probe(DynamicSink[tuple[str, list[Moment]]], StatelessSinkPartition[tuple[str, list[Moment]]]):
    """Notes how old each verified book message is when it arrives here."""

    def __init__(self) -> None:
        self.ages: list[tuple[int, int]] = []  # (receipt, age), ns

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Probe":
        """Return itself: one worker."""
        return self

    def write_batch(self, items: list[tuple[str, list[Moment]]]) -> None:
        """Take slabs."""
        now = time.monotonic_ns()
        self.ages += [
            (m.mono_ns, now - m.mono_ns) for _, slab in items for m in slab if m.kind == kinds.BOOK and m.view
        ]


def measure(rate: int, port: int, beside: Callable[[Dataflow, KeyedStream[Row]], None] | None = None) -> list[float]:
    """Return the sorted latencies in ms at a rate of messages a second; `beside` may add another output."""
    exchange = subprocess.Popen(
        [sys.executable, "-m", "simulator.exchange", "--port", str(port),
         "--messages-per-second", str(rate)], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert exchange.stdout is not None
    exchange.stdout.readline()  # it listens
    probe = Probe()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"FEED__SOURCE": "kraken", "FEED__URL": f"ws://127.0.0.1:{port}", "METRICS__PORT": "0",
                    "FEED__REST_URL": f"http://127.0.0.1:{port + 1}", "SCALPING_ENGINE__ENABLED": "true",
                    "FEED__SYMBOLS": "BTC/USD,ETH/USD,XRP/USD", "STORAGE__DATA_DIR": folder}  # fmt: skip
        env = {f"LEADLINE__{name}": value for name, value in settings.items()}
        os.environ["LEADLINE_CONSOLE"] = "quiet"
        parts = wiring.from_settings(load(Path(folder) / "config.json", env), Engine([], {}))
        dataflow = Dataflow("latency")
        moments = scalp.line(dataflow, parts.source)
        op.output("probe", moments, probe)
        stored = rows_step("rows", moments)
        op.output("lake", stored, parts.lake)
        op.output("metrics", stored, parts.metrics)
        op.output("resync", stored, parts.resync)
        if beside is not None:
            beside(dataflow, stored)
        threading.Timer(WARM_UP_S + SECONDS, stopping.ask).start()
        run_main(dataflow)
    exchange.terminate()
    exchange.wait()
    first = probe.ages[0][0] + round(WARM_UP_S * SECOND_NS)
    return sorted(age * 1e-6 for received, age in probe.ages if received > first)


def in_a_process(rate: int, port: int) -> list[float]:
    """Return what `measure` finds in a fresh process: a flow's sources belong to one run."""
    command = [sys.executable, "-m", "benchmarks.latency", str(rate), str(port)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    ages: list[float] = json.loads(done.stdout.splitlines()[-1])
    return ages


def main() -> None:
    """Print the table."""
    rows = []
    for at, rate in enumerate(RATES):
        ages = in_a_process(rate, 8900 + 10 * at)
        rows.append((f"{rate:,}", f"{len(ages):,}", *(ages[int(q * (len(ages) - 1))] for q in QUANTILES), ages[-1]))
    columns = ["messages a second", "timed", "p50 ms", "p99 ms", "p99.9 ms", "worst ms"]
    show(f"Latency, receipt to the sinks ({machine()})", columns, rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        wiring.settle_memory()
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        main()
