"""The table of positions that a person declared: where the book stands against each entry, and what was said of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.console import RenderableType
from rich.text import Text

from cli.watching.books import Line
from cli.watching.columns import Column, table
from cli.watching.told import Book
from cli.watching.words import age, signed
from leadline.positions import Declared
from leadline.times import utc
from sinks import cards


class Held(NamedTuple):
    """A declared position and the price that an exit would hit; None where no verified book tells it."""

    of: Declared
    touch: float | None
    now: datetime | None

    @property
    def result_r(self) -> float | None:
        """What it would come to if it left now, in distances to its stop, before fees."""
        if self.touch is None:
            return None
        return self.of.result_r(self.touch)


def held(positions: Sequence[Declared], lines: Sequence[Line], now: datetime | None) -> list[Held]:
    """Return the positions with the touch of their books."""
    books = {line.symbol: line.book for line in lines if line.trusted}
    return [Held(one, _touch(one, books.get(one.of.symbol)), now) for one in positions]


def _touch(one: Declared, book: Book | None) -> float | None:
    if book is None:
        return None
    return book.bid if one.of.sign > 0 else book.ask


def positions(of: Sequence[Held], width: int) -> RenderableType:
    """Return the table."""
    return table(COLUMNS, of, width)


def _since(one: Held) -> str:
    if one.now is None:
        return "-"
    return age((one.now - utc(one.of.since_ns).replace(tzinfo=None)).total_seconds())


def _price(value: float | None) -> str:
    return "-" if value is None else cards.price(value)


COLUMNS = (
    Column("symbol", lambda one: Text(one.of.of.symbol, style="bold")),
    Column("side", lambda one: Text(one.of.of.side.upper(), style=cards.SIDE_STYLE[one.of.of.side])),
    Column("held", _since, least=70, right=True),
    Column("entry", lambda one: _price(one.of.of.entry), least=60, right=True),
    Column("exit now", lambda one: _price(one.touch), right=True),
    Column("stop", lambda one: _price(one.of.of.stop), right=True),
    Column("target", lambda one: _price(one.of.of.target), least=60, right=True),
    Column("before fees", lambda one: signed(one.result_r, ".2f", " R"), right=True),
    Column("said", lambda one: one.of.told or "-", least=80),
)
