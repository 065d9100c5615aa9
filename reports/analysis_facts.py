"""Facts of an analysis report: one symbol at one time, analysed from the store as `flows.analyze` does."""

from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from leadline.analysis import Analysis, ProfileAnalysis, plain
from leadline.analysis.inputs import Book, Inputs, venue_of
from leadline.settings import Settings
from reports import in_force
from reports.in_force import InForce
from sinks import analysis_inputs, catalog


class AnalysisFacts(NamedTuple):
    """All of a page."""

    inputs: Inputs
    analysis: Analysis
    rules: Settings
    valid_until_ns: int  # of the bias
    in_force: InForce | None = None  # what is stored and holds, whatever this analysis finds

    @property
    def chosen(self) -> ProfileAnalysis:
        """The profile whose score and bias are the analysis's own."""
        return self.analysis.of(self.analysis.profile)

    @property
    def book(self) -> Book | None:
        """The order book's reading, where it was fresh enough to count."""
        counted = any(one.name == "hft_microstructure" and one.score is not None for one in self.chosen.components)
        return self.inputs.book if counted else None


def read(data_dir: Path, symbol: str, as_of_ns: int, valid_until_ns: int, rules: Settings) -> AnalysisFacts:
    """Return the facts of a symbol; StoreError where the store has no bar of it by then."""
    with catalog.connect(data_dir) as connection:
        return of_symbol(connection, symbol, as_of_ns, valid_until_ns, rules)


def of_symbol(
    connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, valid_until_ns: int, rules: Settings
) -> AnalysisFacts:
    """Return the facts of a symbol from an open store."""
    world = analysis_inputs.world(connection, venue_of(rules))
    inputs = analysis_inputs.read(connection, symbol, as_of_ns, world)
    held = in_force.read(connection, symbol, as_of_ns, world)
    return AnalysisFacts(inputs, inputs.analysis(rules), rules, valid_until_ns, held)


def numbers(facts: AnalysisFacts) -> dict[str, Any]:
    """Return the facts for a program, as plain values; times are ns."""
    book = facts.book
    return {
        **plain(facts.analysis),
        "valid_until_ns": facts.valid_until_ns,
        "in_force": None if facts.in_force is None else facts.in_force._asdict(),
        "venue": facts.inputs.world.venue,
        "tape_id": facts.inputs.world.tape_id,
        "hft": None if book is None else book._asdict(),
    }
