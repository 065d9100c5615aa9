"""The analyses: each symbol has one whose bias holds; what comes of none depends on who goes by it."""

from collections.abc import Iterator, Sequence

import duckdb

from doctor.finding import Finding, unchecked, warning
from doctor.system import System
from leadline.analysis.inputs import venue_of
from leadline.settings import Settings
from sinks import catalog
from sinks.analysis_inputs import has_bars, world
from sinks.analysis_metrics import Latest, latest
from sinks.stored_market import as_stored

ANALYZE = "python -m bytewax.run flows.analyze"
OFF = "or set ultimate_analyzer.enabled=false"
AGAIN = f"run `{ANALYZE}`, by hand or at its times; {OFF}"


def analysis(system: System) -> Iterator[Finding]:
    """Each symbol of the analyzer must have an analysis that holds; where none has one, the store's are judged."""
    if not system.settings.ultimate_analyzer.enabled or not catalog.path(system.data_dir).is_file():
        return
    try:
        settings, known = _known(system)
        missing = [symbol for symbol in settings.ultimate_analyzer.symbols if symbol not in known]
        if missing:
            told = (
                f"never analysed of {_market(settings)}: {', '.join(missing)}; {_comes(settings, 'their bias counts')}"
            )
            yield warning("analysis_missing", told, _way_out(system, settings, missing))
    except duckdb.Error as e:
        yield unchecked("analysis_overdue", f"the analyses cannot be read: {catalog.first_line(e)}")
        return
    now_s = system.clock_ns() * 1e-9
    over = [symbol for symbol, one in known.items() if one.valid_until is not None and one.valid_until < now_s]
    if over:
        longest = max(now_s - (known[symbol].valid_until or now_s) for symbol in over)
        lapsed = f"{', '.join(over)} of {_market(settings)}: the bias lapsed, {longest / 3600:,.1f} h ago at most"
        yield warning("analysis_overdue", f"{lapsed}; {_comes(settings, 'it counts')}", AGAIN)


def _known(system: System) -> tuple[Settings, dict[str, Latest]]:
    """Return the newest analyses by symbol, and settings that name their market: the store's, if it has no other."""
    settings = system.settings
    known = _latest(system, settings)
    connection = system.store.connection
    if known or connection is None or system.store.lacking("analyses", "candles", "runs"):
        return settings, known
    stored = as_stored(connection, settings)
    found = _latest(system, stored)
    return (stored, found) if found else (settings, known)


def _latest(system: System, settings: Settings) -> dict[str, Latest]:
    simulated = venue_of(settings) == "simulator"
    return {one.symbol: one for one in latest(system.data_dir, settings.ultimate_analyzer.symbols, simulated)}


def _market(settings: Settings) -> str:
    venue = venue_of(settings)
    return "the simulated market" if venue == "simulator" else f"the market of {venue}"


def _comes(settings: Settings, counts: str) -> str:
    """Return what comes of a bias that is not there, by who would go by it."""
    if not settings.hybrid_mode.bias:
        return "the scalper goes by none anyway, since hybrid_mode.bias is false"
    if settings.feed.source != "kraken":
        scalped = "the embedded simulated market" if settings.feed.source == "simulator" else "that of a tape"
        return f"the scalper goes by none of them anyway: it scalps {scalped}, with its own biases"
    return f"{counts} as neutral"


def _way_out(system: System, settings: Settings, missing: Sequence[str]) -> str:
    """Return how the analyses come to be: where there are no bars to analyse, those must be brought first."""
    store = system.store
    if store.connection is None or store.lacking("candles"):
        return AGAIN
    of = world(store.connection, venue_of(settings))
    bare = [symbol for symbol in missing if not has_bars(store.connection, [symbol], of)]
    if not bare:
        return AGAIN
    which = "them" if bare == list(missing) else ", ".join(bare)
    first = f"the store has no bars of {which}: bring them with `leadline history import FILE` or "
    return f"{first}`leadline history backfill {' '.join(bare)}`, then run `{ANALYZE}`; {OFF}"


CHECKS = (analysis,)
