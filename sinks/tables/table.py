"""What a table is: its columns, and the rule of its view.

A column line is: name, type, what it means. Types: text, int, real, bool, time (a row holds ns
since the epoch; stored as TIMESTAMP, UTC, microseconds), list (of text). Every table also gets
COMMON. Prices are in quote currency, sizes in base, `_bps` = 1e-4; positive is buying pressure.
None is stored as NULL and means "not known yet" or "does not apply".

`id` names the columns (or SQL expressions) of which a view keeps one row, chosen by `prefer`.
A table with `unique` is kept free of doubles by the sink instead, because its view is too long to
be de-duplicated at each query. `fast` tables are published within a second of a row. Rows of an
`imported` table that `leadline history` brought are kept by year, each once; a view looks for doubles
only on the days that a flow wrote of.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its type is a key of `sinks.segments.ARROW`."""

    name: str
    type: str
    about: str


class Table(NamedTuple):
    """One table of the lake, and the rule of its view."""

    name: str
    about: str
    fast: bool
    time: str  # the column whose UTC day is the partition
    id: tuple[str, ...]
    prefer: str  # ORDER BY of the view's choice among rows of one id
    columns: tuple[Column, ...]
    unique: bool = False
    imported: bool = False

    def names(self) -> list[str]:
        """Return the columns' names, in order."""
        return [column.name for column in self.columns]


COMMON = """
run_id     text  the run that wrote the row
mode       text  live, replay, simulator, or history: imported or asked for later
venue      text  kraken or simulator
tape_id    text  the tape that the row was computed from
stored_at  time  wall clock when the sink stored it; strictly increasing within a process
"""

FIRST = "mode = 'live' DESC, stored_at"  # a live row before a replayed one, then the first written
LATEST = "stored_at DESC"
# Simulated worlds never meet: their candles and changes of trust are told apart by tape.
WORLD = "CASE WHEN venue = 'simulator' THEN coalesce(tape_id, run_id) ELSE '' END"


def table(
    name: str, about: str, *, fast: bool, id: tuple[str, ...], columns: str,
    time: str = "ts", prefer: str = FIRST, unique: bool = False, imported: bool = False,
) -> Table:  # fmt: skip
    lines = (columns + COMMON).strip().splitlines()
    parsed = [Column(*(line.split(None, 2))) for line in lines if line.strip()]
    named = {column.name: column for column in parsed}  # a table may describe a common column itself
    return Table(name, about, fast, time, id, prefer, tuple(named.values()), unique, imported)
