"""Comparing: which market a comparison plays, and under which settings; checked before anything is played."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.configuration import explicit_environment, load, merged
from flows.offline import start_of
from flows.plays import Market
from flows.starting import simulated_spec
from flows.variants import Variant, check, variants
from leadline.errors import TapeError
from leadline.settings import Settings, decision
from sources import tape
from sources.tape_reader import first_record


def market_of(where: Path | None, hours: float | None, data_dir: Path | None) -> Market:
    """Return the market of a tape's folder or id, or the simulated one of the configuration; raises LeadlineError."""
    loaded = load()
    if where is None:
        return _simulated(loaded.settings, hours)
    if hours is not None:
        raise TapeError(f"--hours is of the simulated market, and {where} is a tape: leave one of them out")
    below = (data_dir or Path(loaded.settings.storage.data_dir)) / "tape" / where
    if not where.exists() and not below.exists():
        raise TapeError(f"there is no tape {str(where)!r}: {tape.KEPT}; without TAPE the embedded market is played")
    folder = tape.resolve(where if where.exists() else below)
    start = start_of(first_record(folder))
    return Market(start.tape_id, start.venue == "simulator", folder=folder)


def _simulated(settings: Settings, hours: float | None) -> Market:
    changes = {"source": "simulator"} | ({} if hours is None else {"hours": hours})
    feed = settings.feed.model_copy(update=changes)
    settings = settings.model_copy(update={"feed": feed})
    spec = simulated_spec(settings)
    return Market(f"the simulated market {spec.tape_id}", True, settings, spec=spec)


def checked(market: Market, varied: Sequence[str]) -> list[Variant]:
    """Return every combination of `NAME=VALUE,VALUE` texts, once each can be played; raises ConfigError.

    They go over what a replay goes by: the tape's own decisions, then the environment's.
    """
    found = variants(varied)
    given: dict[str, Any] = {}
    if market.folder is None:
        base = decision(market.settings)
    else:
        given = explicit_environment(load())
        base = merged(start_of(first_record(market.folder)).decision, given)
    for variant in found:
        check(base, variant)
    return [Variant(name, merged(given, changes)) for name, changes in found]
