"""The system that is looked at: its settings and its folders, and the clock that it goes by."""

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb

from flows.configuration import Loaded
from flows.level3 import with_level
from flows.modes import Mode
from leadline.ladder import Ladder
from leadline.settings import Feed, Settings, config_hash, decision
from sinks import catalog, evidence, risk_lock, segments
from sinks.tables import TABLES, Table
from sinks.views import VIEWS
from sources.kraken.rest import rest_url_for

TIMEOUT_S = 4.0  # of one question to the venue; all are asked at once
TRIES = 3  # at a store whose segments a flow is merging


@dataclass(frozen=True)
class Store:
    """The lake as its views show it: a connection in memory, None where there is no lake.

    `faults`: what keeps a table from being read; neither it nor a view over it is there.
    """

    connection: duckdb.DuckDBPyConnection | None
    faults: dict[str, duckdb.Error]

    def lacking(self, *tables: str) -> str:
        """Return which of these tables cannot be read, in words; empty where all can."""
        lost = [table for table in tables or self.faults if table in self.faults]
        return f"table{'s' if len(lost) > 1 else ''} {', '.join(lost)} cannot be read" if lost else ""


@dataclass(frozen=True)
class System:
    """What every check is given. `recovery`: the engine's store, where the run keeps one; `recovery_named`: it does.

    `mode`: what `leadline run` is to run here, None where nobody says.
    """

    loaded: Loaded
    data_dir: Path
    recovery: Path
    recovery_named: bool = False
    clock_ns: Callable[[], int] = time.time_ns
    timeout_s: float = TIMEOUT_S
    mode: Mode | None = None

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @property
    def feed(self) -> Feed:
        """Where the market comes from."""
        return self.loaded.settings.feed

    @property
    def live(self) -> bool:
        """Whether a run would listen to a venue."""
        return self.feed.source == "kraken"

    @cached_property
    def levelled(self) -> Loaded:
        """The configuration with the level that a run would have; raises ConfigError where the key is unusable."""
        return replace(self.loaded, settings=with_level(self.settings))

    @property
    def simulated(self) -> bool:
        """Whether the market is a simulated one, live or not."""
        return "simulator" in (self.feed.source, self.feed.venue)

    @property
    def rest_url(self) -> str | None:
        """The venue's REST address, None where none is known."""
        return rest_url_for(self.feed.url, self.feed.rest_url)

    @cached_property
    def store(self) -> Store:
        """The store, opened once, with what of it can be read; without a connection where there is none yet."""
        if not segments.lake(self.data_dir).is_dir():
            return Store(None, {})
        connection, faults = duckdb.connect(), {}
        for table in TABLES.values():
            fault = _fault(connection, table, self.data_dir)
            if fault is not None:
                faults[table.name] = fault
        for view in VIEWS:
            with suppress(duckdb.Error) if faults else nullcontext():
                catalog.add_derived_view(connection, view, self.data_dir.absolute())
        return Store(connection, faults)

    @cached_property
    def config_hash(self) -> str:
        """What the settings that decide come to."""
        return config_hash(decision(self.settings))

    @cached_property
    def evidence(self) -> tuple[Ladder, int] | None:
        """The ladder, and how many live trades of other settings there are beside it; None where it cannot be had.

        Raises duckdb.Error where a segment is damaged within.
        """
        store = self.store
        if store.connection is None or store.lacking(*evidence.TABLES):
            return None
        return evidence.read(store.connection, self.config_hash)

    @cached_property
    def running(self) -> bool:
        """Whether a live run keeps the account of this data folder."""
        return risk_lock.is_held(self.data_dir)

    def elsewhere(self, what: str) -> str:
        """Return why nothing can be said of what is not in our environment while a run lives: it has its own."""
        secrets = self.loaded.path.with_suffix(".env")  # where the unit of a service reads them
        at = f", with {secrets}" if secrets.exists() else ""
        return f"{what} in this shell, but the run that lives has an environment of its own{at}: look with that"


def _fault(connection: duckdb.DuckDBPyConnection, table: Table, data_dir: Path) -> duckdb.Error | None:
    """Add a table's view; return what keeps it from that. A segment that goes just then is looked for again."""
    for left in reversed(range(TRIES)):
        try:
            catalog.add_view(connection, table, data_dir.absolute())
        except duckdb.IOException as e:
            if not left:
                return e
        except duckdb.Error as e:
            return e
        else:
            break
    return None
