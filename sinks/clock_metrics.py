"""The clock's metric: how far the venue's clock is from ours, as far as a receiver can tell.

A frame cannot arrive before it was sent, so the least (receipt - venue's time) of a minute is the
network's delay plus the difference of the clocks. Negative: the venue's clock is ahead of ours.
"""

from collections import deque
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge

TELLINGS = 120  # a minute: the line reports twice a second


class ClockMetrics:
    """The least feed latency of the last minute, in seconds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._least: deque[float] = deque(maxlen=TELLINGS)
        self._offset = Gauge(
            "clock_offset_seconds", "Least time from the venue's stamp to receipt in a minute; below 0: it leads",
            namespace="leadline", registry=registry,
        )  # fmt: skip

    def observe(self, latencies: Sequence[float]) -> None:
        """Take in what the line heard since the last call; nothing heard changes nothing."""
        if latencies:
            self._least.append(min(latencies))
            self._offset.set(min(self._least))
