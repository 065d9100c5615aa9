"""Metrics: what Prometheus may scrape, on loopback, all named `leadline_`, in base units.

The line sends `telemetry` rows twice a second of wall time; each holds what happened since the
one before. Histograms are observed from those, never per message. Label sets are closed:
symbols of the line, and reasons and stages of the program.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from bytewax.outputs import DynamicSink, StatelessSinkPartition
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadline.moment import Row
from leadline.trust import STATES
from sinks.clock_metrics import ClockMetrics
from sinks.endpoint import Endpoint, serve
from sinks.paper_metrics import PaperMetrics
from sinks.row_metrics import RowMetrics
from sinks.run_metrics import RunMetrics

Telemetry = Mapping[str, Any]

MICRO = (5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0)
TICK_TO_SIGNAL = (
    1e-4,
    2e-4,
    3e-4,
    5e-4,
    7.5e-4,
    1e-3,
    1.5e-3,
    2e-3,
    3e-3,
    5e-3,
    1e-2,
    2.5e-2,
    0.1,
    0.25,
    0.5,
    1.0,
    5.0,
)
# A venue's clock may be ahead of ours: the latency is then negative, and is reported as it is.
FEED_LATENCY = (-1.0, -0.5, -0.1, -0.01, 0.0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


class FeedCounters(Protocol):
    """What the source counts itself; see `sources.counters`."""

    reconnects: int
    tape_bytes: int
    queued: int
    stalls: int


class FeedCollector(Collector):
    """Reads the source's counters at each scrape."""

    def __init__(self, counters: FeedCounters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Return what the source has counted so far."""
        of = self._counters
        yield CounterMetricFamily("leadline_reconnects", "Connections opened after the first", of.reconnects)
        yield CounterMetricFamily("leadline_tape_bytes", "Bytes written to the tape", of.tape_bytes)
        yield GaugeMetricFamily("leadline_queue_frames", "Frames received that the line has not taken yet", of.queued)
        yield CounterMetricFamily(
            "leadline_queue_stalls", "Times reading paused because the line was behind", of.stalls
        )


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each one
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, CPU and open files of this process
        counter, gauge, histogram = self._counter, self._gauge, self._histogram
        self.frames = counter("frames", "Frames received, by channel", "venue", "channel")
        self.book_updates = counter("book_updates", "Book messages, by what the checksum said", "symbol", "result")
        self.resyncs = counter("resyncs", "Books thrown away and asked for again", "symbol", "reason")
        self.rejected = counter("rejected_frames", "Frames refused", "reason")
        self.signals = counter("signals", "Signals", "symbol", "side", "verdict")
        self.trust = gauge("trust_state", "1 for the state a channel is in, else 0", "symbol", "channel", "state")
        self.book_age = gauge("book_age_seconds", "Time since the book last changed", "symbol")
        self.hft_score = gauge("hft_score", "Order-book pressure, -100 to 100", "symbol")
        self.feed_latency = histogram("feed_latency_seconds", "Venue time to receipt; may be negative", FEED_LATENCY)
        self.stages = histogram("stage_seconds", "Time a stage was busy with one batch of records", MICRO, "stage")
        self.tick_to_signal = histogram(
            "tick_to_signal_seconds", "Receipt of the causing frame to the stored signal", TICK_TO_SIGNAL
        )
        self.snapshots = histogram(
            "snapshot_seconds", "Time to snapshot a stage; the line stands still", MICRO, "stage"
        )
        self.started = time.time()
        self._gauge("start_timestamp_seconds", "When this run began, since the epoch").set(self.started)
        self._told = self._gauge("telemetry_timestamp_seconds", "When the line last told how it is, since the epoch")
        self._clock = ClockMetrics(self.registry)
        self._trusted: dict[tuple[str, str], str] = {}
        rows = RowMetrics(self.registry)
        self._take: dict[str, Callable[[Any], None]] = {
            "frames": _adder(self.frames), "book_updates": _adder(self.book_updates), "resyncs": _adder(self.resyncs),
            "rejected": _adder(self.rejected), "signals": _adder(self.signals), "trust": self._set_trust,
            "book_age": _setter(self.book_age), "hft_score": _setter(self.hft_score),
            "hft_class": rows.classes,
            "stages": self._observe_stages(self.stages),
            "feed_latency": self._observe_latencies, "paper": PaperMetrics(self.registry).apply,
            "run": RunMetrics(self.registry).apply,
            "snapshots": self._observe_stages(self.snapshots), "clock_ns": _nothing,  # that is for the alerts
        }  # fmt: skip
        self.of_table: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "telemetry": self.apply, "features": rows.feature, "status": rows.status,
        }  # fmt: skip

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, namespace="leadline", registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, namespace="leadline", registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, about, labels, namespace="leadline", registry=self.registry, buckets=buckets)

    def follow(self, counters: FeedCounters) -> None:
        """Show the counters of a source, too."""
        self.registry.register(FeedCollector(counters))

    def apply(self, telemetry: Telemetry) -> None:
        """Take in one telemetry row; a key that has no metric is a fault of ours (KeyError)."""
        self._told.set_to_current_time()
        for key, value in telemetry.items():
            self._take[key](value)

    def observe_signal(self, seconds: float) -> None:
        """Note how long a signal took from the receipt of its frame to the sink."""
        self.tick_to_signal.observe(seconds)

    def _set_trust(self, states: Mapping[tuple[str, str], str]) -> None:
        for key, now in states.items():
            if self._trusted.get(key) != now:
                self._trusted[key] = now
                for state in STATES:
                    self.trust.labels(*key, state).set(state == now)

    def _observe_stages(self, metric: Histogram) -> Callable[[Mapping[str, list[float]]], None]:
        def observe(seconds: Mapping[str, list[float]]) -> None:
            for stage, times in seconds.items():
                series = metric.labels(stage)
                for each in times:
                    series.observe(each)

        return observe

    def _observe_latencies(self, latencies: list[float]) -> None:
        self._clock.observe(latencies)
        for latency in latencies:
            self.feed_latency.observe(latency)

    def serve(self, host: str, port: int) -> Endpoint:
        """Serve the metrics on http://host:port/metrics; port 0 takes a free one.

        Raises ConfigError where the port cannot be had.
        """
        return serve(self.registry, host, port)


def _nothing(value: Any) -> None:
    """Take what is no metric."""


def _adder(metric: Counter) -> Callable[[Mapping[Any, float]], None]:
    series: dict[Any, Counter] = {}  # labels() is most of the cost

    def add(increments: Mapping[Any, float]) -> None:
        for labels, n in increments.items():
            if labels not in series:
                series[labels] = metric.labels(*(labels if isinstance(labels, tuple) else (labels,)))
            series[labels].inc(n)

    return add


def _setter(metric: Gauge) -> Callable[[Mapping[str, float]], None]:
    series: dict[str, Gauge] = {}

    def set_(values: Mapping[str, float]) -> None:
        for label, value in values.items():
            if label not in series:
                series[label] = metric.labels(label)
            series[label].set(value)

    return set_


class MetricsSink(DynamicSink[tuple[str, Row]]):
    """Feeds the metrics. Stream: `(line, Row)`; `telemetry`, `features` and `status` are looked at. No state."""

    def __init__(self, metrics: Metrics, counters: FeedCounters | None = None) -> None:
        self._metrics = metrics
        if counters is not None:
            metrics.follow(counters)

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "MetricsPartition":
        """Return the worker's partition."""
        return MetricsPartition(self._metrics)


class MetricsPartition(StatelessSinkPartition[tuple[str, Row]]):
    """Applies rows as they come."""

    def __init__(self, metrics: Metrics) -> None:
        self._of_table = metrics.of_table

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        for _, row in items:
            if (take := self._of_table.get(row.table)) is not None:
                take(row.values)
