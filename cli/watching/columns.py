"""Tables whose less needed columns leave where the terminal is narrow."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

GAP = 1


class Column(NamedTuple):
    """A column: `least` is the width of terminal from which it is shown."""

    name: str
    text: Callable[[Any], Text | str]
    least: int = 0
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Any], width: int) -> Table:
    """Return a table of the columns for which there is room; each row is one line."""
    shown = [column for column in columns if width >= column.least]
    made = Table(box=None, padding=(0, GAP, 0, 0), header_style="dim", show_edge=False, pad_edge=False)
    for column in shown:
        made.add_column(column.name, justify="right" if column.right else "left", no_wrap=True)
    for row in rows:
        made.add_row(*(column.text(row) for column in shown))
    return made
