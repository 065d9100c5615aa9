"""Pauses of Python's garbage collector, in seconds: the line stands still meanwhile.

A collection can begin anywhere, also where the metrics library holds one of its locks. So what is
called back only counts in plain lists, and a scrape reads those.
"""

import gc
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BOUNDS = (1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0)
GENERATIONS = 3


class GcCollector(Collector):
    """How long each generation's collections took since it was begun."""

    def __init__(self) -> None:
        self._counts = [[0] * (len(BOUNDS) + 1) for _ in range(GENERATIONS)]
        self._seconds = [0.0] * GENERATIONS
        self._began: float | None = None

    def begin(self) -> None:
        """Be told of every collection from now on."""
        gc.callbacks.append(self._collected)

    def end(self) -> None:
        """Be told no more."""
        gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: Mapping[str, int]) -> None:
        if phase == "start":
            self._began = perf_counter()
        elif self._began is not None:
            self.note(info["generation"], perf_counter() - self._began)
            self._began = None

    def note(self, generation: int, seconds: float) -> None:
        """Count one pause."""
        self._counts[generation][bisect_left(BOUNDS, seconds)] += 1
        self._seconds[generation] += seconds

    def collect(self) -> Iterator[Metric]:
        """Return the pauses so far, by generation."""
        family = HistogramMetricFamily("leadline_gc_pause_seconds", "Pauses of the collector", labels=["generation"])
        for generation in range(GENERATIONS):
            family.add_metric([str(generation)], list(self._buckets(generation)), self._seconds[generation])
        yield family

    def _buckets(self, generation: int) -> Iterator[tuple[str, Any]]:
        total = 0
        for bound, n in zip((*BOUNDS, float("inf")), tuple(self._counts[generation]), strict=True):
            total += n
            yield "+Inf" if bound == float("inf") else str(bound), total
