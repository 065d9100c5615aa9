"""Metrics of the run itself: of which market it is, and since when it counts."""

from prometheus_client import CollectorRegistry, Gauge


class RunMetrics:
    """What the run is, in the registry of the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._info = Gauge(
            "run_info", "1 for the run's mode (live, simulator, replay) and venue; venue simulator is no real market",
            ("mode", "venue"), namespace="leadline", registry=registry,
        )  # fmt: skip
        self._began = Gauge(
            "run_began_timestamp_seconds", "When this run began, by its tape's clock; a resumed run goes on counting",
            (), namespace="leadline", registry=registry,
        )  # fmt: skip
        self._told: tuple[str, str] | None = None

    def apply(self, run: tuple[str, str, float | None]) -> None:
        """Take (mode, venue, begin in seconds since the epoch); the begin is None before the line has begun."""
        mode, venue, began = run
        if self._told != (mode, venue):  # a replay's are its tape's: what was said before it was read is over
            self._info.clear()
            self._info.labels(mode, venue).set(1)
            self._told = (mode, venue)
        if began is not None:
            self._began.set(began)
