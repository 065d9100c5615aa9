"""The market that a store is of, for a report whose settings name none: its only one, or that of its newest live run.

What is set wins: a `feed.venue`, and symbols that are not the default's.
"""

import duckdb

from leadline.analysis.inputs import venue_of
from leadline.settings import Settings
from sinks.analysis_inputs import has_bars, world

SIMULATOR = "simulator"


def as_stored(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Settings:
    """Return settings that name the market of a store, and symbols that were analysed there."""
    if settings.feed.venue is None and _is_simulated(connection):
        feed = settings.feed.model_copy(update={"venue": SIMULATOR})
        settings = settings.model_copy(update={"feed": feed})
    symbols = _symbols(connection, settings)
    analyzer = settings.ultimate_analyzer.model_copy(update={"symbols": symbols})
    return settings.model_copy(update={"ultimate_analyzer": analyzer})


def _symbols(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Return the symbols as set; in place of default ones that the store has no bar of, those that it analysed."""
    given, venue = settings.ultimate_analyzer.symbols, venue_of(settings)
    if given != Settings().ultimate_analyzer.symbols or has_bars(connection, given, world(connection, venue)):
        return given
    sql = "SELECT DISTINCT symbol FROM analyses WHERE venue = ? ORDER BY symbol"
    return [symbol for (symbol,) in connection.execute(sql, [venue]).fetchall()] or given


def _is_simulated(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether all bars are the simulator's; where there are real ones besides, the newest live run tells."""
    if not connection.execute("SELECT 1 FROM candles WHERE venue = ? LIMIT 1", [SIMULATOR]).fetchall():
        return False
    if not connection.execute("SELECT 1 FROM candles WHERE venue <> ? LIMIT 1", [SIMULATOR]).fetchall():
        return True
    sql = "SELECT venue FROM runs WHERE mode = 'live' ORDER BY started_at DESC, stored_at DESC LIMIT 1"
    return connection.execute(sql).fetchall() == [(SIMULATOR,)]
