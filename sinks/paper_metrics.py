"""Metrics of the paper account: outcomes, win rates, equity, risk and the kill switch."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sinks.setup_metrics import SetupMetrics

R_MULTIPLES = (-3.0, -2.0, -1.5, -1.25, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


class PaperMetrics:
    """What the paper stage tells, in the registry of the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(name, about, labels, namespace="leadline", registry=registry)

        def plain(name: str, about: str) -> Callable[[float], None]:
            return _once_told(Gauge(name, about, namespace="leadline", registry=None), registry)

        self._trades = Counter(
            "paper_trades", "Signals whose paper trade has ended, by how (the account's fill model)",
            ("symbol", "outcome", "verdict"), namespace="leadline", registry=registry,
        )  # fmt: skip
        by_verdict = ("symbol", "verdict")
        self._r = Histogram(
            "r_multiple", "Results of entered signals after fees, in R", by_verdict, namespace="leadline",
            registry=registry, buckets=R_MULTIPLES,
        )  # fmt: skip
        gauges = {
            "win_rate": gauge("win_rate", "Share of entered signals with a profit after fees", *by_verdict),
            "win_rate_lower": gauge("win_rate_lower", "Lower 95 % bound of the win rate", *by_verdict),
            "expectancy_r": gauge("expectancy_r", "Mean result after fees, in R", *by_verdict),
            "break_even": gauge(
                "break_even_win_rate", "Mean win rate at which those that can break even do", *by_verdict
            ),
            "impossible": gauge(
                "impossible_outcomes", "Of the outcomes, those that no win rate breaks even", *by_verdict
            ),
            "outcomes": gauge("outcomes", "Entered signals that have ended: the count behind a win rate", *by_verdict),
        }
        of_account = {
            "equity_quote": plain("equity_quote", "Paper equity of closed trades"),
            "marked_quote": plain("marked_equity_quote", "Paper equity with open trades at their exit touch"),
            "drawdown": plain("drawdown_ratio", "Fall of equity from its peak, a positive fraction"),
            "day_loss": plain("day_loss_ratio", "Fall of marked equity since 00:00 UTC, a positive fraction"),
            "open_trades": plain("open_trades", "Open paper trades of the account"),
            "open_risk_quote": plain("open_risk_quote", "What all open trades lose at their stops"),
            "kill_switch": plain("kill_switch", "1 while the kill switch is latched"),
        }
        of_symbol = gauge("symbol_open_trades", "Open paper trades of the account in a symbol", "symbol")
        self._take: dict[str, Callable[[Any], None]] = {
            "trades": self._count, "r_multiples": self._observe, **SetupMetrics(registry).take,
            "symbol_trades": _by_symbol(of_symbol),
            **{name: _labelled(metric) for name, metric in gauges.items()},
            **of_account,
        }  # fmt: skip

    def apply(self, telemetry: Mapping[str, Any]) -> None:
        """Take in what the paper stage tells; a key that has no metric is a fault of ours (KeyError)."""
        for key, value in telemetry.items():
            self._take[key](value)

    def _count(self, trades: Mapping[tuple[str, str, str], int]) -> None:
        for labels, n in trades.items():
            self._trades.labels(*labels).inc(n)

    def _observe(self, r_multiples: Mapping[tuple[str, str], list[float]]) -> None:
        for labels, results in r_multiples.items():
            series = self._r.labels(*labels)
            for r in results:
                series.observe(r)


def _once_told(metric: Gauge, registry: CollectorRegistry) -> Callable[[float], None]:
    """Return what sets a gauge that no scrape finds before it is set: until then it would read 0, which is a claim."""
    registered = False

    def set_(value: float) -> None:
        nonlocal registered
        metric.set(value)
        if not registered:
            registry.register(metric)
            registered = True

    return set_


def _labelled(metric: Gauge) -> Callable[[Mapping[tuple[str, str], float]], None]:
    def set_(values: Mapping[tuple[str, str], float]) -> None:
        for labels, value in values.items():
            metric.labels(*labels).set(value)

    return set_


def _by_symbol(metric: Gauge) -> Callable[[Mapping[str, float]], None]:
    def set_(values: Mapping[str, float]) -> None:
        for symbol, value in values.items():
            metric.labels(symbol).set(value)

    return set_
