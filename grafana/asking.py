"""The boards' queries, asked of a real Prometheus: the JSON as committed, its variables filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

DASHBOARDS = Path(__file__).parent / "dashboards"
LEAST = {"1m": 60}  # seconds, of a panel's least step
ALL: dict[str, str] = {"instance": ".+", "symbol": ".+", "verdict": ".+"}


class Asked(NamedTuple):
    """A query of a panel and where it stands."""

    board: str
    panel: dict[str, Any]
    target: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board} / {self.panel['title']} / {self.target['refId']}"


class Series(NamedTuple):
    """A series of an answer: its legend, its labels and its points (seconds, value)."""

    legend: str
    labels: dict[str, str]
    points: list[tuple[float, float]]


class Span(NamedTuple):
    """The time shown, in seconds since the epoch, and the step of the chart."""

    begin: float
    end: float
    step: float

    def of(self, panel: Mapping[str, Any]) -> "Span":
        """Return the span as a panel has it: with its least step, in whole steps since the epoch, as Grafana has it.

        >>> Span(0, 119, 5).of({"interval": "1m"})
        Span(begin=0, end=60, step=60)
        """
        if "interval" not in panel:
            return self
        step = max(self.step, LEAST[panel["interval"]])
        return Span(self.begin // step * step, self.end // step * step, step)

    def windows(self, scrape: float) -> dict[str, str]:
        """Return what Grafana puts for its own variables."""
        recent = max(self.step + scrape, 4 * scrape)
        shown = max(1, round(self.end - self.begin))
        return {"__rate_interval": f"{recent:g}s", "__range": f"{shown}s", "__interval": f"{self.step:g}s"}


def load(name: str) -> dict[str, Any]:
    """Return a board as it is committed."""
    board: dict[str, Any] = json.loads((DASHBOARDS / f"{name}.json").read_text())
    return board


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a board's panels without its rows."""
    for panel in board["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", ())


def asked(name: str) -> Iterator[Asked]:
    """Return every query of a board."""
    for panel in panels(load(name)):
        for target in panel["targets"]:
            yield Asked(name, panel, target)


def filled(expr: str, variables: Mapping[str, str]) -> str:
    """Return an expression with its variables filled in; an unknown one raises KeyError.

    >>> filled('leadline_hft_score{symbol=~"$symbol"}', {"symbol": "BTC/USD"})
    'leadline_hft_score{symbol=~"BTC/USD"}'
    """
    return re.sub(r"\$(\w+)", lambda found: variables[found[1]], expr)


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str, scrape: float = 5.0) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)
        self._scrape = scrape

    def answer(self, query: Asked, span: Span, chosen: Mapping[str, str] = ALL) -> list[Series]:
        """Return what a panel would draw over a span; an instant query has one point a series."""
        span = span.of(query.panel)
        expr = filled(query.target["expr"], {**chosen, **span.windows(self._scrape)})
        if query.target.get("instant"):
            result = self.get("query", query=expr, time=span.end)
        else:
            result = self.get("query_range", query=expr, start=span.begin, end=span.end, step=span.step)
        return [_series(query.target, found) for found in result["result"]]

    def get(self, what: str, **parameters: Any) -> Any:
        """Return the data of an answer of the API; raises ValueError with its own words where it refuses."""
        answer = self._client.get(f"/api/v1/{what}", params=parameters).json()
        if answer["status"] != "success":
            raise ValueError(f"{answer['errorType']}: {answer['error']} ({parameters})")
        return answer["data"]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _series(target: Mapping[str, Any], found: Mapping[str, Any]) -> Series:
    labels = found["metric"]
    legend = re.sub(r"\{\{(\w+)\}\}", lambda name: labels.get(name[1], ""), target["legendFormat"])
    points = found["values"] if "values" in found else [found["value"]]
    return Series(legend.strip(), labels, [(float(at), float(value)) for at, value in points])
