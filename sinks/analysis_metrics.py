"""The analyzer's metrics, told by the flow: a batch run is over before anybody could scrape it.

Read from the views `analyses` and `bias` at most every half minute, and only while somebody scrapes,
on a thread of its own: a store that answers late must not make the whole scrape fail. The score is
0 to 100 with 50 neutral; the bias is signed, -80 (strongly bearish) to 80.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import NamedTuple, get_args

import duckdb
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadline.bias import BIAS_NUMBER
from leadline.hft import Confidence
from sinks import catalog
from sinks.analysis_coverage import coverage

log = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
PATIENCE_S = 2.0  # a scrape waits so long for the store, and else tells what was known; Prometheus gives up after 5
# A real market's analysis is never shown beside a simulated book, nor the other way round.
# An analysis without a score gives no bias: the scalper goes on by the one before, until that lapses.
LATEST = """
WITH newest AS (
    SELECT * FROM bias WHERE (venue = 'simulator') = $simulated AND mode IN ('live', 'simulator')
    QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY as_of DESC, stored_at DESC) = 1
)
SELECT a.symbol, epoch(a.as_of), epoch(b.valid_until), a.score, coalesce(b.bias, a.bias), a.confidence, a.components
FROM analyses a LEFT JOIN newest b ON b.symbol = a.symbol
WHERE list_contains($symbols, a.symbol) AND (a.venue = 'simulator') = $simulated
    AND (NOT $useful OR a.score IS NOT NULL AND a.mode IN ('live', 'simulator'))
QUALIFY row_number() OVER (PARTITION BY a.symbol ORDER BY a.as_of DESC, a.stored_at DESC) = 1
"""


class Latest(NamedTuple):
    """A symbol's newest analysis and newest bias; times in seconds since the epoch, None where it does not say."""

    symbol: str
    as_of: float
    valid_until: float | None
    score: float | None
    bias: str
    confidence: str | None = None
    coverage: Mapping[str, float] = {}  # of its components and of the whole, 0 to 1; empty where it does not say


def latest(data_dir: Path, symbols: list[str], simulated: bool, useful: bool = False) -> list[Latest]:
    """Return the newest analysis of each symbol that has one.

    `useful`: of those only that give a bias of their present: with a score, not of a time that was asked for.
    """
    with duckdb.connect(str(catalog.path(data_dir)), read_only=True) as store:
        store.execute("SET threads = 1")  # the other cores stay the line's
        given = {"symbols": symbols, "simulated": simulated, "useful": useful}
        rows = store.execute(LATEST, given).fetchall()
    return [Latest(*(*known, coverage(components))) for *known, components in sorted(rows)]


class AnalysisCollector(Collector):
    """Tells the newest analyses of the line's own symbols.

    Of a symbol in `wanted` that has no bias, it tells that its analysis is overdue since the start.
    """

    def __init__(
        self, data_dir: Path, symbols: list[str], simulated: bool, clock: Callable[[], float] = time.time,
        patience_s: float = PATIENCE_S, wanted: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._where = (data_dir, symbols, simulated)
        self._wanted = wanted
        self._clock = clock
        self._began = clock()
        self._known: list[Latest] = []
        self._answered = False  # by the store: before, nobody knows that an analysis is missing
        self._next = float("-inf")
        self._patience_s = patience_s
        self._looking = Thread()

    def collect(self) -> Iterator[Metric]:
        """Return what the newest analyses say, and how old they are."""
        now = self._clock()
        if now >= self._next and not self._looking.is_alive():
            self._next = now + EVERY_SECONDS
            self._looking = Thread(target=self._look, daemon=True)
            self._looking.start()
        if self._looking.is_alive():
            self._looking.join(self._patience_s)
        age = _gauge("age_seconds", "Time since the newest analysis")
        left = _gauge("valid_seconds", "Time until the bias lapses; below 0 an analysis is overdue")
        score = _gauge("score", "Ultimate score, 0 to 100, 50 is neutral")
        bias = _gauge("bias", "Bias in numbers, -80 strongly bearish to 80 strongly bullish")
        trust = _gauge("confidence", "1 for the class of how far to trust the score", "confidence")
        whole = _gauge("coverage_ratio", "Share of the score's weights that had data")
        parts = _gauge("component_coverage_ratio", "The same of each component", "component")
        for one in self._known:
            age.add_metric([one.symbol], now - one.as_of)
            bias.add_metric([one.symbol], next((n for name, n in BIAS_NUMBER.items() if name == one.bias), 0))
            if one.score is not None:
                score.add_metric([one.symbol], one.score)
            if one.valid_until is not None:
                left.add_metric([one.symbol], one.valid_until - now)
            for name, share in one.coverage.items():
                if name == "score":
                    whole.add_metric([one.symbol], share)
                else:
                    parts.add_metric([one.symbol, name], share)
            for each in get_args(Confidence) if one.confidence else ():
                trust.add_metric([one.symbol, each], each == one.confidence)
        biased = {one.symbol for one in self._known if one.valid_until is not None}
        for symbol in self._wanted if self._answered else ():
            if symbol not in biased:
                left.add_metric([symbol], self._began - now)
        yield from (age, left, score, bias, trust, whole, parts)

    def _look(self) -> None:
        try:
            self._known = latest(*self._where)
            self._answered = True
        except duckdb.Error as e:  # a store that is being rewritten; what was known stays, and its age tells
            log.warning("analysis metrics: cannot read the store: %s", catalog.first_line(e))


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"leadline_analysis_{name}", about, labels=["symbol", *labels])
