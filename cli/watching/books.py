"""The table of books: what each symbol's book is worth now, or why it may not be trusted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from cli.watching.columns import Column, table
from cli.watching.stored import Row, Stored
from cli.watching.told import Book, Told
from cli.watching.words import CLASSES, STATES, TRUST, age, signed
from sinks import cards

UNKNOWN = Text("-", style="dim")
WIDE = 80  # from which there is room for why and since when


class Line(NamedTuple):
    """A symbol and its book; `since_s` is how long its trust is what it is.

    `recent`: it still is, as far as anybody knows; else the book is as it was when its run was heard of last.
    """

    symbol: str
    book: Book
    reason: str
    since_s: float | None
    recent: bool = True

    @property
    def trusted(self) -> bool:
        """Whether its prices may be shown."""
        return self.book.trust == "verified"


def lines(told: Told | None, stored: Stored | None, now: datetime | None, recent: bool = True) -> list[Line]:
    """Return the symbols, as the metrics tell them, else as they were stored last."""
    health = {(row["symbol"], row["channel"]): row for row in stored.health} if stored else {}
    books = told.books if told is not None else _stored(stored, health)
    return [
        Line(symbol, book, *_trust(book, health.get((symbol, "book")), now), recent) for symbol, book in books.items()
    ]  # fmt: skip


def _trust(book: Book, change: Row | None, now: datetime | None) -> tuple[str, float | None]:
    """Return the reason and the age of the last change of trust, where it is the one that is in force."""
    if change is None or change["state"] != book.trust or now is None:
        return "", None
    return change["reason"], (now - change["ts"]).total_seconds()


def _stored(stored: Stored | None, health: Mapping[tuple[str, str], Row]) -> dict[str, Book]:
    if stored is None:
        return {}
    features = {row["symbol"]: row for row in stored.books or ()}
    symbols = stored.run["symbols"] or sorted(features)
    return {symbol: _book(features.get(symbol), health.get((symbol, "book"))) for symbol in symbols}


def _book(row: Row | None, change: Row | None) -> Book:
    trust = change["state"] if change else None
    if row is None:
        return Book(trust=trust)
    return Book(
        bid=row["best_bid"], ask=row["best_ask"], imbalance=row["depth_imbalance"], score=row["hft_score"],
        hft_class=row["hft_class"], level=row["data_level"], trust=trust,
    )  # fmt: skip


def books(of: Sequence[Line], width: int) -> RenderableType:
    """Return the table; where it has no room for the reason of a book that is not verified, a line below says it."""
    made = table(COLUMNS, of, width)
    if width >= WIDE:
        return made
    return Group(made, *(_below(line) for line in of if _fault(line)))


def _below(line: Line) -> Text:
    if line.trusted:
        return Text(f"{line.symbol} {_fault(line)}", style="bold")
    since = "" if line.since_s is None else f" for {age(line.since_s)}"
    return Text.assemble((f"{line.symbol} {_trusted(line)}{since}: ", "bold"), _fault(line))


def _price(line: Line, value: float | None, other: float | None) -> Text | str:
    """Return a price with as many decimals as the longer of the touch's two."""
    if not line.trusted or value is None or other is None:
        return UNKNOWN
    decimals = max(len(cards.price(each).partition(".")[2]) for each in (value, other))
    return f"{value:,.{decimals}f}"


def _spread(line: Line) -> Text | str:
    bid, ask = line.book.bid, line.book.ask
    if not line.trusted or bid is None or ask is None or bid + ask <= 0:
        return UNKNOWN
    return f"{20_000 * (ask - bid) / (bid + ask):.2f}"


def _imbalance(line: Line) -> Text:
    return signed(line.book.imbalance if line.trusted else None, ".2f")


def _score(line: Line) -> Text:
    if not line.trusted or line.book.score is None:
        return UNKNOWN
    word, style = CLASSES.get(line.book.hft_class or "", ("", ""))
    return Text(f"{line.book.score:+.0f} {word}", style=style)


def _age(line: Line) -> Text | str:
    if not line.trusted or not line.recent or line.book.age_s is None:
        return UNKNOWN
    return age(line.book.age_s)


def _trusted(line: Line) -> Text:
    word = TRUST.get(line.book.trust or "", "UNKNOWN")
    if line.trusted:
        return Text(word, style="green") if line.recent else Text("was verified")
    return Text(word, style="bold black on yellow")


def _since(line: Line) -> Text | str:
    """Return how long the trust is what it is; whether a book is verified to this day, only a living run knows."""
    return UNKNOWN if line.since_s is None or (line.trusted and not line.recent) else age(line.since_s)


def _fault(line: Line) -> str:
    """Return why its book, or else its trades, may not be trusted; empty where both may."""
    if not line.trusted:
        return cards.words(line.reason) or "no verified book"
    if line.book.trade_trust not in (None, "verified"):
        return f"trades {TRUST.get(line.book.trade_trust or '', '')}"
    return ""


def _now(line: Line) -> Text | str:
    fault = _fault(line)
    return Text(fault, style="bold") if fault else STATES.get(line.book.state or "", "")


COLUMNS = (
    Column("symbol", lambda line: Text(line.symbol, style="bold")),
    Column("bid", lambda line: _price(line, line.book.bid, line.book.ask), right=True),
    Column("ask", lambda line: _price(line, line.book.ask, line.book.bid), right=True),
    Column("spread bps", _spread, least=90, right=True),
    Column("imbal", _imbalance, least=70, right=True),
    Column("HFT", _score, least=50),
    Column("lvl", lambda line: line.book.level or UNKNOWN, least=100),
    Column("age", _age, least=60, right=True),
    Column("trust", _trusted),
    Column("since", _since, least=WIDE, right=True),
    Column("status", _now, least=WIDE),
)
