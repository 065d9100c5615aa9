"""Scope: the run that a report is about, or all runs of a configuration, and a connection that holds nothing else.

The store's views keep one row per id over all runs, so that what a replay repeats is not counted
twice. A report asks of certain runs instead, and must find their own rows: here the id of every row
includes its run, and what several of them tell is then taken once. They are of one mode and one venue, so
simulated and live rows cannot meet.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from leadline.errors import StoreError
from leadline.several import several
from sinks import catalog, row_sql
from sinks.tables import TABLES
from sinks.views import VIEWS

MODES = ("live", "replay", "simulator")  # in the order in which a report prefers them
ASKED = ("signals", "paper_trades", "advice", "account", "features")


class Run(NamedTuple):
    """What a report tells of its run; times are UTC, those of a tape that was replayed."""

    run_id: str
    mode: str
    venue: str
    tape_id: str | None
    symbols: list[str]
    version: str
    config_hash: str
    started_at: datetime
    ended_at: datetime | None
    exit_reason: str | None

    @property
    def simulated(self) -> bool:
        """Whether its market was made up, whatever the mode: a simulated tape can be replayed."""
        return self.venue == "simulator"


def runs(data_dir: Path) -> list[Run]:
    """Return the runs of a store, the one that was written last first."""
    sql = f"SELECT {', '.join(Run._fields)} FROM runs WHERE mode IN {MODES} ORDER BY stored_at DESC, run_id DESC"
    catalog.require(data_dir)
    with catalog.views_in_memory(data_dir, [TABLES["runs"]]) as connection:  # all of them would take longer
        return [Run(*row) for row in connection.execute(sql).fetchall()]


def chosen(known: Sequence[Run], mode: str | None = None, run_id: str | None = None) -> Run | None:
    """Return the run that was asked for, else the newest of the most real mode; None if there is no run at all.

    Raises StoreError where something was asked for that the store does not have.
    """
    if not known:
        return None
    found = [run for run in known if run_id in (None, run.run_id) and mode in (None, run.mode)]
    if not found:
        raise StoreError(_missing(known, mode, run_id))
    return min(found, key=lambda run: MODES.index(run.mode))  # the first of equals, so the newest


def of_configuration(known: Sequence[Run], config: str, mode: str | None = None) -> list[Run]:
    """Return the runs of one configuration, of one mode and venue: those of the run that would be chosen of them.

    `config` is its hash, or as much of it as no other begins with. Raises StoreError where there is none such.
    """
    hashes = list(dict.fromkeys(run.config_hash for run in known))
    meant = [name for name in hashes if name.startswith(config)]
    if len(meant) != 1:
        said = "several configurations begin with" if meant else "no run in the store is of configuration"
        raise StoreError(f"{said} {config!r}; the newest there are {', '.join((meant or hashes)[:3])}")
    own = [run for run in known if run.config_hash == meant[0]]
    newest = chosen(own, mode)
    return [run for run in own if newest is not None and (run.mode, run.venue) == (newest.mode, newest.venue)]


def joined(runs: Sequence[Run]) -> Run:
    """Return several runs of one configuration as one, the newest first: their symbols, from the first to the last."""
    ends = [run.ended_at for run in runs]
    return runs[0]._replace(
        run_id=", ".join(run.run_id for run in runs),
        tape_id=None,
        symbols=list(dict.fromkeys(symbol for run in runs for symbol in run.symbols)),
        started_at=min(run.started_at for run in runs),
        ended_at=None if ends[0] is None else max(end for end in ends if end is not None),
    )


def _missing(known: Sequence[Run], mode: str | None, run_id: str | None) -> str:
    if run_id is None:
        return f"there is no {mode} run in the store; it has {', '.join(counted(known))}"
    same = [run for run in known if run.run_id == run_id]
    if same:
        return f"run {run_id!r} is a {same[0].mode} run, no {mode} run; leave --mode out"
    newest = ", ".join(run.run_id for run in known[:3])
    return f"there is no run {run_id!r} in the store; the newest are {newest}"


def counted(known: Sequence[Run]) -> list[str]:
    """Return how many runs there are of each mode, as words.

    >>> counted([])
    []
    """
    numbers = {mode: sum(run.mode == mode for run in known) for mode in MODES}
    return [several(n, f"{mode} run") for mode, n in numbers.items() if n]


def connect(data_dir: Path, runs: Sequence[Run]) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory whose views hold the rows of some runs; of each id one row.

    Raises StoreError where the store is an older version's.
    """
    connection = duckdb.connect()
    for name in ASKED:
        rows = row_sql.of_runs(TABLES[name], data_dir.absolute(), [run.run_id for run in runs])
        try:
            connection.execute(f"CREATE VIEW {name} AS {rows}")
        except catalog.NO_SUCH_FILE_OR_COLUMN as e:
            raise catalog.unreadable(data_dir, e) from e
    (value,) = (view for view in VIEWS if view.name == "advice_value")
    connection.execute(f"CREATE VIEW {value.name} AS {value.sql}")
    return connection
