"""What the metrics cost: one tape replayed with and without their sink, in turns, and the ratio of the two.

Every run is a process of its own with the store and the console on. Processor time is compared, not wall time: the
line fills one core, so that is what its throughput goes by, and a busy machine disturbs it less. On a busy machine even
that differs by more from run to run than the metrics cost, so the time within the sink is taken as well, as a share of
the rest of the same run. What a scrape takes is measured apart, since it goes by the clock and not by the tape.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from prometheus_client import generate_latest

from benchmarks.tables import machine, show
from flows import scalp, wiring
from flows.commandline import Engine
from flows.configuration import load
from leadline.moment import Row
from simulator.tape import TapeSpec
from sinks import expected_series
from sinks.metrics import Metrics, MetricsSink
from tests.flows import tapes
from tests.flows.processes import environment

PAIRS = 8
SPEC = TapeSpec(seed=7, hours=2.0)
SCRAPES = 50
SCRAPE_EVERY_S = 5.0  # grafana/prometheus/prometheus.yml


class Nothing(DynamicSink[tuple[str, Row]], StatelessSinkPartition[tuple[str, Row]]):
    """Takes rows and drops them."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Nothing":
        """Return itself: one worker."""
        return self

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""


class Timed(DynamicSink[tuple[str, Row]], StatelessSinkPartition[tuple[str, Row]]):
    """The metrics' sink, and the processor seconds that it took."""

    def __init__(self, metrics: Metrics) -> None:
        self._part = MetricsSink(metrics).build("metrics", 0, 1)
        self.seconds = 0.0

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Timed":
        """Return itself: one worker."""
        return self

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        began = time.thread_time()
        self._part.write_batch(items)
        self.seconds += time.thread_time() - began


class Measured(NamedTuple):
    """Processor seconds: of a replay, start-up left out, of them within the sink, and of a scrape after it."""

    replay: float
    sink: float
    scrape: float


def measure(job: str) -> Measured:
    """Return what a replay takes `with` or `without` the metrics."""
    wiring.settle_memory()
    parts = wiring.from_settings(load(Path(os.environ["LEADLINE_CONFIG"]), dict(os.environ)), Engine([], {}))
    metrics = Metrics()
    metrics.apply(expected_series.zeros(list(SPEC.symbols)))  # as a live run has them
    sink = Timed(metrics)
    flow = scalp.build(replace(parts, metrics=sink if job == "with" else Nothing()))
    began = time.process_time()
    run_main(flow)
    replayed = time.process_time() - began
    times = []
    for _ in range(SCRAPES):
        began = time.process_time()
        generate_latest(metrics.registry)
        times.append(time.process_time() - began)
    return Measured(replayed, sink.seconds, statistics.median(times))


def in_a_process(folder: Path, tape: Path, job: str) -> Measured:
    """Return what `measure` finds in a fresh process."""
    folder.mkdir()
    env = environment(folder, feed__source="replay", feed__tape=tape)
    command = [sys.executable, "-m", "benchmarks.metrics_cost", job]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print the table."""
    rows, scrapes = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tape = tapes.simulated(folder, SPEC)
        for pair in range(PAIRS):
            order = ("with", "without") if pair % 2 else ("without", "with")  # a drift of the machine hits both
            found = {job: in_a_process(folder / f"{pair}.{job}", tape, job) for job in order}
            on, off = found["with"], found["without"]
            within = 100 * on.sink / (on.replay - on.sink)
            rows.append((str(pair + 1), on.replay, off.replay, 100 * (on.replay / off.replay - 1), within))
            scrapes.append(on.scrape)
    columns = ["pair", "with", "without", "with / without, +%", "in the sink, %"]
    show(f"Metrics, processor seconds of a replay ({machine()})", columns, rows)
    for name, at in (("with / without", 3), ("in the sink", 4)):
        costs = sorted(row[at] for row in rows)
        print(f"{name}: {statistics.median(costs):.1f} % ({costs[0]:.1f} to {costs[-1]:.1f})")
    scrape = statistics.median(scrapes)
    print(
        f"a scrape: {1e3 * scrape:.1f} ms, each {SCRAPE_EVERY_S:g} s: {100 * scrape / SCRAPE_EVERY_S:.2f} % of a core"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
