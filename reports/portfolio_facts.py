"""Facts of the portfolio report: every configured symbol at one time, what is open, and how they move together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np

from leadline.analysis import Bars
from leadline.analysis.inputs import Missing, World, venue_of
from leadline.errors import LeadlineError
from leadline.settings import Settings
from leadline.times import DAY_NS
from reports import open_facts
from reports.analysis_facts import AnalysisFacts, of_symbol
from reports.open_facts import Declarations, Open, Standing
from sinks import analysis_inputs, catalog

DAYS, LEAST_DAYS = 90, 20  # of daily changes behind a correlation, and the fewest that say anything


class Correlation(NamedTuple):
    """How the daily changes of two symbols went together, -1 to 1; None with fewer than LEAST_DAYS in common."""

    first: str
    second: str
    value: float | None
    n_days: int


class PortfolioFacts(NamedTuple):
    """All of a page."""

    as_of_ns: int
    valid_until_ns: int
    rules: Settings
    world: World
    symbols: list[AnalysisFacts | Missing]
    open: dict[str, Open]
    account: Standing | None
    declared: Declarations
    correlations: list[Correlation]

    @property
    def known(self) -> list[AnalysisFacts]:
        """The symbols that could be analysed."""
        return [one for one in self.symbols if isinstance(one, AnalysisFacts)]


def read(data_dir: Path, as_of_ns: int, valid_until_ns: int, rules: Settings) -> PortfolioFacts:
    """Return the facts of all symbols of `ultimate_analyzer.symbols`."""
    with catalog.connect(data_dir) as store:
        world = analysis_inputs.world(store, venue_of(rules))
        symbols = [_symbol(store, symbol, as_of_ns, valid_until_ns, rules)
                   for symbol in dict.fromkeys(rules.ultimate_analyzer.symbols)]  # fmt: skip
        days = {one.analysis.symbol: one.inputs.bars["1d"] for one in symbols
                if isinstance(one, AnalysisFacts) and "1d" in one.inputs.bars}  # fmt: skip
        return PortfolioFacts(
            as_of_ns, valid_until_ns, rules, world, symbols, open_facts.trades(store, as_of_ns, world),
            open_facts.account(store, as_of_ns, world), open_facts.declared(store, data_dir, as_of_ns, world),
            correlations(days),
        )  # fmt: skip


def _symbol(
    store: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, valid_until_ns: int, rules: Settings
) -> AnalysisFacts | Missing:
    try:
        return of_symbol(store, symbol, as_of_ns, valid_until_ns, rules)
    except LeadlineError as e:
        return Missing(symbol, str(e))


def correlations(days: Mapping[str, Bars]) -> list[Correlation]:
    """Return the correlation of each pair's daily changes, over the last days that both have."""
    names = list(days)
    return [_pair(first, second, days) for n, first in enumerate(names) for second in names[n + 1 :]]


def _pair(first: str, second: str, days: Mapping[str, Bars]) -> Correlation:
    (times, one), (others, other) = (_changes(days[name]) for name in (first, second))
    _, at, beside = np.intersect1d(times, others, return_indices=True)
    x, y = one[at][-DAYS:], other[beside][-DAYS:]
    if len(x) < LEAST_DAYS or not (x.std() > 0.0 and y.std() > 0.0):
        return Correlation(first, second, None, len(x))
    return Correlation(first, second, float(np.corrcoef(x, y)[0, 1]), len(x))


def _changes(bars: Bars) -> tuple[Any, Any]:
    """Return relative changes from a day to the very next one, by the later day."""
    following = np.flatnonzero(np.diff(bars.open_ns) == DAY_NS)
    return bars.open_ns[following + 1], bars.close[following + 1] / bars.close[following] - 1.0


def matrix(names: Sequence[str], found: Sequence[Correlation]) -> list[list[float | None]]:
    """Return correlations as a table.

    >>> matrix(["a", "b"], [Correlation("a", "b", 0.5, 90)])
    [[1.0, 0.5], [0.5, 1.0]]
    """
    known = {frozenset((one.first, one.second)): one.value for one in found}
    return [[1.0 if a == b else known.get(frozenset((a, b))) for b in names] for a in names]
