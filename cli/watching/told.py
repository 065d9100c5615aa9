"""What a run's metrics tell: one scrape, read into plain values. A value that was not told is None.

Only the series that a frame shows are asked for, so that the run spends well under a millisecond on it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from leadline.hft import HftClass

TIMEOUT_S = 1.0
PREFIX = "leadline_"
OF_BOOKS = (
    "best_bid_quote", "best_ask_quote", "depth_imbalance_ratio", "book_age_seconds", "hft_score", "data_level",
    "hft_class", "trust_state", "signal_state",
)  # fmt: skip
OF_LINE = (
    "start_timestamp_seconds", "telemetry_timestamp_seconds", "frames_total", "equity_quote", "marked_equity_quote",
    "day_loss_ratio", "drawdown_ratio", "open_risk_quote", "kill_switch",
)  # fmt: skip

Labels = Mapping[str, str]


class Book(NamedTuple):
    """A symbol as the run has it now; prices in quote currency, `imbalance` -1 to 1."""

    bid: float | None = None
    ask: float | None = None
    imbalance: float | None = None
    age_s: float | None = None
    score: float | None = None
    level: str | None = None
    hft_class: HftClass | None = None
    trust: str | None = None  # of its book channel
    trade_trust: str | None = None
    state: str | None = None  # why it signals or not


class Told(NamedTuple):
    """One scrape. Times in seconds since the epoch."""

    started: float
    at: float  # when the line last told of itself
    frames: float
    line: Mapping[str, float]  # the plain gauges of OF_LINE that were told
    books: Mapping[str, Book]


class Metrics:
    """A run's metrics endpoint."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url, timeout=TIMEOUT_S, trust_env=False, headers={"Accept-Encoding": "identity"}
        )

    def ask(self) -> Told | None:
        """Return what it tells now; None where nothing of ours answers in time."""
        names = [PREFIX + name for name in (*OF_LINE, *OF_BOOKS)]
        try:
            answer = self._client.get("/metrics", params={"name[]": names})
            answer.raise_for_status()
            return read(answer.text)
        except (httpx.HTTPError, ValueError):  # ValueError: some other server's page
            return None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def read(text: str) -> Told:
    r"""Return what an exposition says; raises ValueError where it is none of a run.

    >>> read('leadline_start_timestamp_seconds 5\nleadline_best_bid_quote{symbol="A/B"} 99.5').books["A/B"].bid
    99.5
    """
    line: dict[str, float] = {}
    books: dict[str, dict[str, object]] = {}
    for name, labels, value in _samples(text):
        symbol = labels.get("symbol")
        if symbol is not None:
            books.setdefault(symbol, {}).update(_of_book(name, labels, value))
        else:
            line[name] = line.get(name, 0.0) + value  # frames are told by channel
    if "start_timestamp_seconds" not in line:
        raise ValueError("not the metrics of a run")
    return Told(
        started=line["start_timestamp_seconds"], at=line.get("telemetry_timestamp_seconds", 0.0),
        frames=line.get("frames_total", 0.0), line=line,
        books={symbol: Book(**found) for symbol, found in sorted(books.items())},  # type: ignore[arg-type]
    )  # fmt: skip


def _samples(text: str) -> Iterator[tuple[str, Labels, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith(PREFIX):
                yield sample.name.removeprefix(PREFIX), sample.labels, sample.value


_FIELDS = {
    "best_bid_quote": "bid", "best_ask_quote": "ask", "depth_imbalance_ratio": "imbalance", "book_age_seconds": "age_s",
    "hft_score": "score",
}  # fmt: skip
_IN_FORCE = {"data_level": ("level", "level"), "hft_class": ("hft_class", "class"), "signal_state": ("state", "state")}


def _of_book(name: str, labels: Labels, value: float) -> dict[str, object]:
    """Return the fields of a Book that a sample sets; of a one-hot gauge only the label in force does."""
    if name in _FIELDS:
        return {_FIELDS[name]: value}
    if not value:
        return {}
    if name == "trust_state":
        return {"trust" if labels["channel"] == "book" else "trade_trust": labels["state"]}
    if name not in _IN_FORCE:  # more than was asked for
        return {}
    field, label = _IN_FORCE[name]
    return {field: labels[label]}
