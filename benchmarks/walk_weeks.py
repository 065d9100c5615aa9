"""The weeks of the walk: an analysis as of each Monday of a store, and what the price did after it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.bootstrap import Array
from leadline.analysis.as_of import EPOCH
from leadline.analysis.inputs import World
from leadline.analysis.profiles import PROFILES
from leadline.bias import Bias
from leadline.settings import Settings
from leadline.times import HOUR_NS
from sinks import analysis_inputs, catalog, history

SYMBOL = "BTC/USD"
FIRST, LAST = datetime(2015, 1, 5, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC)  # the first is a Monday
HORIZONS = (3, 7, 14)  # days
LATE_HOURS = 3  # at most so old may the price be that stands for a time: 63 hours are missing since 2017
AT_ONCE = 20  # weeks that a process is given
PROCESSES = 2


class Week(NamedTuple):
    """One analysis: the score (0 to 100, NaN where there is none) and bias of each profile, and its price."""

    as_of_ns: int
    scores: tuple[float, ...]
    biases: tuple[Bias, ...]


class Walk(NamedTuple):
    """The whole of it. `scores`: (weeks, profiles); `returns`: (weeks, horizons), log returns, NaN where unknown."""

    as_of_ns: tuple[int, ...]
    scores: Array
    biases: tuple[tuple[Bias, ...], ...]
    returns: Array


def mondays(first: datetime = FIRST, last: datetime = LAST) -> list[int]:
    """Return every seventh midnight from the first to the last, ns."""
    weeks = (last - first) // timedelta(days=7)
    return [(first + timedelta(days=7 * n) - EPOCH) // timedelta(microseconds=1) * 1000 for n in range(weeks + 1)]


def analysed(data_dir: Path, times_ns: Sequence[int]) -> list[Week]:
    """Return the analysis at each time, as `flows.analyze` makes it."""
    with catalog.connect(data_dir) as store:
        store.execute("SET threads = 1")  # the other core is another process's
        return [_week(store, as_of_ns) for as_of_ns in times_ns]


def _week(store: duckdb.DuckDBPyConnection, as_of_ns: int) -> Week:
    analysis = analysis_inputs.read(store, SYMBOL, as_of_ns, World("kraken")).analysis(Settings())
    found = [analysis.of(name) for name in PROFILES]
    scores = tuple(float("nan") if one.score is None else one.score for one in found)
    return Week(as_of_ns, scores, tuple(one.bias for one in found))


def forward_returns(data_dir: Path, times_ns: Sequence[int], horizons: Sequence[int] = HORIZONS) -> Array:
    """Return (times, horizons): the log return from the price at each time to the one so many days later."""
    with history.connect(data_dir) as store:
        bars = history.bars(store, SYMBOL, "1h", 2**62, 10**6)
    closes_ns, closes = bars.open_ns + HOUR_NS, bars.close

    def price(time_ns: int) -> float:
        at = int(np.searchsorted(closes_ns, time_ns, side="right")) - 1
        known = at >= 0 and time_ns - int(closes_ns[at]) <= LATE_HOURS * HOUR_NS
        return float(np.log(closes[at])) if known else float("nan")

    return np.array([[price(t + 24 * days * HOUR_NS) - price(t) for days in horizons] for t in times_ns])


def walk(data_dir: Path, times_ns: Sequence[int], processes: int = PROCESSES) -> Walk:
    """Return the walk over a store, with a bar where someone looks on."""
    parts = [times_ns[at : at + AT_ONCE] for at in range(0, len(times_ns), AT_ONCE)]
    weeks = [week for part in _shown(_mapped(data_dir, parts, processes), len(parts)) for week in part]
    return Walk(
        tuple(week.as_of_ns for week in weeks), np.array([week.scores for week in weeks]),
        tuple(week.biases for week in weeks), forward_returns(data_dir, times_ns),
    )  # fmt: skip


def _shown(found: Iterator[list[Week]], n_parts: int) -> Iterator[list[Week]]:
    return iter(track(found, "analysing", n_parts, console=Console(stderr=True)))


def _mapped(data_dir: Path, parts: Sequence[Sequence[int]], processes: int) -> Iterator[list[Week]]:
    if processes == 1:
        yield from map(partial(analysed, data_dir), parts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(analysed, data_dir), parts)
