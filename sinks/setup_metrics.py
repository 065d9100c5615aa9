"""Metrics of the setups: what became of the signals of each, over all symbols and by verdict, since the run began."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

SETUP_AND_VERDICT = ("setup", "verdict")
GAUGES = {
    "win_rate": ("win_rate", "Share of a setup's entered signals with a profit after fees"),
    "win_rate_lower": ("win_rate_lower", "Lower 95 % bound of a setup's win rate"),
    "break_even": ("break_even_win_rate", "Mean win rate at which those of a setup that can break even do"),
    "impossible": ("impossible_outcomes", "Of a setup's outcomes, those that no win rate breaks even"),
    "expectancy_r": ("expectancy_r", "Mean result of a setup after fees, in R"),
    "profit_factor": ("profit_factor_ratio", "Gross profit of a setup over its gross loss, both after fees"),
    "payoff_ratio": ("payoff_ratio", "Mean win of a setup over its mean loss"),
}  # fmt: skip


class SetupMetrics:
    """What the paper stage tells of each setup, in the registry of the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._results = Counter(
            "setup_outcomes", "Entered signals that have ended, by whether they won after fees",
            (*SETUP_AND_VERDICT, "result"), namespace="leadline", registry=registry,
        )  # fmt: skip
        self._gauges = {
            key: Gauge(f"setup_{name}", about, SETUP_AND_VERDICT, namespace="leadline", registry=registry)
            for key, (name, about) in GAUGES.items()
        }
        self.take: dict[str, Callable[[Any], None]] = {"setup_results": self._count, "setups": self._set}

    def _count(self, results: Mapping[tuple[str, str, str], int]) -> None:
        for labels, n in results.items():
            self._results.labels(*labels).inc(n)

    def _set(self, setups: Mapping[tuple[str, str], Mapping[str, float]]) -> None:
        for labels, values in setups.items():
            for key, value in values.items():
                self._gauges[key].labels(*labels).set(value)
