"""The frame: everything that is known, on one screen, the most needed first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.text import Text

from cli.watching import account, books, positions, trades
from cli.watching.standing import Standing
from cli.watching.stored import Stored
from cli.watching.told import Told
from leadline.positions import Declared

MOST_TRADES = 6


class Known(NamedTuple):
    """What was found at one look. `now` is the run's clock: ours where it is live, else the tape's."""

    standing: Standing
    told: Told | None
    stored: Stored | None
    now: datetime | None
    wall: datetime
    trouble: str | None = None  # why the store could not be read, this time
    frames_a_second: float | None = None
    max_daily_loss: float | None = None
    positions: Sequence[Declared] = ()


def frame(known: Known, console: Console) -> RenderableType:
    """Return the frame for a console's size; without a live run it says so first, and calls the rest last known."""
    width, height = console.size
    parts = list(_top(known, width))
    left = height - 1 - sum(_height(part, console) for part in parts)
    if known.stored is not None:
        parts += _tables(known, known.stored, width, left)
    return Group(*parts)


def _height(part: RenderableType, console: Console) -> int:
    return len(console.render_lines(part, pad=False))


def _top(known: Known, width: int) -> Iterator[RenderableType]:
    yield _head(known)
    if not known.standing.live:
        yield Text(known.standing.sentence, style="bold")
    if known.trouble:
        before = ": what it said before is shown" if known.stored is not None else ""
        yield Text(f"the store could not be read this time ({known.trouble}){before}", style="bold")
    lines = _lines(known)
    if lines:
        yield from _section(known, "books")
        yield books.books(lines, width)
    stored = known.stored
    bias = account.bias_line(stored, lines, known.now) if stored else None
    if bias is not None:
        yield bias
    of = account.account(known.told, stored)
    if of is not None:
        yield Text()
        yield account.account_line(of, known.max_daily_loss)
        if of.latched:
            yield account.latch_line(of)
        yield account.speed_line(stored.tick_to_signal if stored else None, known.frames_a_second)


def _lines(known: Known) -> list[books.Line]:
    return books.lines(known.told, known.stored, known.now, known.standing.recent)


def _head(known: Known) -> Text:
    standing = known.standing
    style = "bold black on green" if standing.live else "bold white on red"
    said = Text(f"{known.wall:%H:%M:%S} UTC ", no_wrap=True, overflow="ellipsis")
    said.append(f" {standing.word} ", style)
    if standing.live:
        said.append(f" {standing.sentence}", "bold")
    if known.stored is not None:
        said.append(f" · run {known.stored.run['run_id']}", "dim")
    return said


def _section(known: Known, title: str) -> Iterator[Text]:
    last = "" if known.standing.live else ", LAST KNOWN"
    yield Text()
    yield Text(f"{title}{last}", style="bold underline")


def _tables(known: Known, stored: Stored, width: int, left: int) -> Iterator[RenderableType]:
    """Yield open trades, and as many signals as there is room for."""
    of = account.account(known.told, stored)
    marks = stored.open_trades[:MOST_TRADES]
    more = len(stored.open_trades) - len(marks)
    risk = f"; the account risks {of.open_risk:,.2f}" if of is not None and marks else ""
    yield from _section(
        known, f"open trades: {len(stored.open_trades)}{risk}" + (f", {more} not shown" if more else "")
    )
    yield trades.open_trades(marks, known.now, width) if marks else Text("none", style="dim")
    room = left - 2 - (len(marks) + 1 if marks else 1) - 3  # headings of both, and the names of the columns
    if known.positions:
        declared = known.positions[:MOST_TRADES]
        room -= 3 + len(declared)
        yield from _positions(known, declared, width)
    yield from _section(known, "last signals")
    if not stored.signals:
        yield Text("none yet", style="dim")
    else:
        open_r = {row["signal_id"]: row for row in stored.open_trades}
        yield trades.signals(stored.signals[: max(room, 1)], open_r, width)


def _positions(known: Known, declared: Sequence[Declared], width: int) -> Iterator[RenderableType]:
    """Yield what a person declared: not of the account, so not in its risk."""
    more = len(known.positions) - len(declared)
    title = f"your positions: {len(known.positions)}, not on the paper account" + (
        f", {more} not shown" if more else ""
    )
    yield from _section(known, title)
    lines = _lines(known)
    yield positions.positions(positions.held(declared, lines, known.now), width)
