"""Metrics of one-hot states, and those read off the rows: a symbol's touch, HFT class, and why it does not signal.

Classes and states are closed sets; a value outside them is a fault of ours (KeyError).
"""

from collections.abc import Mapping
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

from leadline.hft import HftClass

CLASSES: tuple[str, ...] = get_args(HftClass)
STATES = ("untrusted", "warming_up", "partial", "idle", "armed", "open", "cooldown")
LEVELS = ("L2", "L3")
TOUCH = ("best_bid", "best_ask", "depth_imbalance")  # columns of `features`
JUDGED = frozenset({"idle", "armed", "open", "cooldown"})  # a signal was possible, or had been decided on


class OneOf:
    """A gauge that is 1 for the label in force and 0 for the others, by symbol."""

    def __init__(self, gauge: Gauge, labels: tuple[str, ...]) -> None:
        self._gauge = gauge
        self._labels = labels
        self._series: dict[str, dict[str, Gauge]] = {}
        self._now: dict[str, str] = {}

    def set(self, symbol: str, label: str) -> None:
        """Put one label in force; raises KeyError for one outside the set."""
        before = self._now.get(symbol)
        if label == before:
            return
        if before is None:
            self._series[symbol] = {each: self._gauge.labels(symbol, each) for each in self._labels}
        series = self._series[symbol]
        series[label].set(1)
        if before is not None:
            series[before].set(0)
        self._now[symbol] = label


class RowMetrics:
    """What `features` and `status` rows tell, and the HFT class."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(name, about, labels, namespace="leadline", registry=registry)

        self._class = OneOf(gauge("hft_class", "1 for the HFT class in force", "symbol", "class"), CLASSES)
        self._state = OneOf(gauge("signal_state", "1 for why a symbol signals or not", "symbol", "state"), STATES)
        self._level = OneOf(gauge("data_level", "1 for what the book is made of", "symbol", "level"), LEVELS)
        self._touch = [
            gauge("best_bid_quote", "Best bid as last sampled, in quote currency", "symbol"),
            gauge("best_ask_quote", "Best ask as last sampled", "symbol"),
            gauge("depth_imbalance_ratio", "(bid - ask) / (bid + ask) over ten levels, -1 to 1", "symbol"),
        ]
        self._touches: dict[str, list[Gauge]] = {}
        self._judged = Counter(
            "evaluations", "Minutes of the tape whose end found the symbol fit for a signal", ("symbol",),
            namespace="leadline", registry=registry,
        )  # fmt: skip

    def classes(self, of: Mapping[str, str]) -> None:
        """Take in the HFT class of each symbol, told with its score: a row of `features` may be of another moment."""
        for symbol, name in of.items():
            self._class.set(symbol, name)

    def feature(self, row: Mapping[str, Any]) -> None:
        """Take in a row of `features`."""
        symbol = row["symbol"]
        self._level.set(symbol, row["data_level"])
        series = self._touches.get(symbol)
        if series is None:
            series = self._touches[symbol] = [gauge.labels(symbol) for gauge in self._touch]
        for each, column in zip(series, TOUCH, strict=True):
            each.set(row[column])

    def status(self, row: Mapping[str, Any]) -> None:
        """Take in a row of `status`."""
        self._state.set(row["symbol"], row["state"])
        self._judged.labels(row["symbol"]).inc(row["state"] in JUDGED)
