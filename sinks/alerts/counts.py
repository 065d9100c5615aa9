"""Counts of alerts, for Prometheus: each one that was to be told is sent, dropped or still waiting.

Labels are closed sets, and every series is there from the start, so that a first drop is seen.
"""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from sinks.alerts.alert import DROPPED, HELD, RULES, Dropped, Held, Rule


class AlertCounts:
    """The metrics of alerts, in the registry of the process. Those of delivery count once an endpoint."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(name, about, labels, namespace="leadline", registry=registry)

        self._sent = counter("alerts_sent", "Alerts that an endpoint has taken", "rule")
        self._failed = counter("alert_failures", "Attempts that failed; they are made again", "rule")
        self._dropped = counter("alerts_dropped", "Alerts that an endpoint never got", "rule", "reason")
        self._held = counter("alerts_held", "Alerts not told, by what held them", "rule", "reason")
        self._queue = Gauge(
            "alerts_queued", "Alerts on their way to an endpoint", namespace="leadline", registry=registry
        )
        self._oldest = Gauge(
            "alerts_oldest_seconds", "How long the oldest alert on its way to an endpoint has been; 0: none is",
            ["rule"], namespace="leadline", registry=registry,
        )  # fmt: skip
        for rule in RULES:
            self._sent.labels(rule)
            self._failed.labels(rule)
            for reason in DROPPED:
                self._dropped.labels(rule, reason)
            for held in HELD:
                self._held.labels(rule, held)

    def queue(self, length: Callable[[], float]) -> None:
        """Ask for the queue's length at each scrape."""
        self._queue.set_function(length)

    def ages(self, age_s: Callable[[Rule], float]) -> None:
        """Ask for the age of the oldest alert of each rule at each scrape."""
        for rule in RULES:
            self._oldest.labels(rule).set_function(partial(age_s, rule))

    def sent(self, rule: Rule) -> None:
        """Count a delivery."""
        self._sent.labels(rule).inc()

    def failed(self, rule: Rule) -> None:
        """Count an attempt that failed."""
        self._failed.labels(rule).inc()

    def dropped(self, rule: Rule, reason: Dropped, n: int = 1) -> None:
        """Count deliveries that will never be."""
        self._dropped.labels(rule, reason).inc(n)

    def held(self, rule: Rule, reason: Held) -> None:
        """Count an alert that was not told."""
        self._held.labels(rule, reason).inc()
