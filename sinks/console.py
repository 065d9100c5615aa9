"""The console sink: signals as they come, why there are none, and the summary at the end.

Styles: `cards` for people, `quiet` for the summary alone, `jsonl` for programs: one JSON object a
signal or event on standard output and nothing else. LEADLINE_CONSOLE chooses; NO_COLOR is kept.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TextIO, cast, get_args

import msgspec
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from rich.console import Console, RenderableType
from rich.text import Text

from leadline.errors import ConfigError
from leadline.moment import Row
from leadline.settings import Settings
from leadline.times import iso
from sinks import cards, outcome_cards
from sinks.status import StatusBoard
from sinks.summary import Tally, summary
from sinks.tables import TABLES

Style = Literal["cards", "quiet", "jsonl"]
VARIABLE = "LEADLINE_CONSOLE"
LIVE_COMMAND = "LEADLINE__FEED__SOURCE=kraken LEADLINE__SCALPING_ENGINE__ENABLED=true python -m bytewax.run flows.scalp"
PLAIN_WIDTH = 110  # where no terminal says how wide it is
EVENTS = (
    "runs",
    "candidates",
    "signals",
    "paper_trades",
    "advice",
    "account",
    "commands",
    "feed_health",
    "rejects",
)  # what jsonl prints


def chosen_style(env: Mapping[str, str] | None = None) -> Style:
    """Return the style that LEADLINE_CONSOLE asks for, cards by default; ConfigError if there is none such."""
    value = (os.environ if env is None else env).get(VARIABLE) or "cards"
    if value not in get_args(Style):
        raise ConfigError(f"{VARIABLE} is {value!r}; allowed: {', '.join(get_args(Style))}")
    return cast(Style, value)


def banner(settings: Settings) -> str:
    """Return the first line of a run: which market this is, and what that means."""
    symbols = ", ".join(settings.symbols())
    feed = settings.feed
    if feed.source == "simulator":
        return f"SIMULATED MARKET ({symbols}): no real prices, no orders. For the live market: {LIVE_COMMAND}"
    if feed.source == "replay":
        return f"REPLAY of the tape {feed.tape}: what was decided then is decided again; no orders."
    if feed.venue == "simulator":
        return f"SIMULATED EXCHANGE at {feed.url} ({symbols}): the live client, no real prices, no orders."
    if feed.level != "L3":
        gap = "Keyless L2 lacks the order-count ratio: 30 % of the HFT score is missing."
        return f"LIVE MARKET ({symbols}), paper only: no orders. {gap}"
    return f"LIVE MARKET ({symbols}), paper only: no orders."


class ConsoleSink(DynamicSink[tuple[str, Row]]):
    """Shows rows to people or programs. Stream: `(line, Row)`, all tables. No state.

    `compact`: the tape plays far faster than time, so only the first signal of a kind and tradable
    ones get a card, the others a line. `ending`: the run was asked to stop, so what it now leaves is no trouble.
    `away`: it ends because its venue is, which is one line elsewhere; it is begun again soon, and has no summary.
    """

    def __init__(
        self, data_dir: Path, *, style: Style | None = None, compact: bool = False, out: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic, ending: Callable[[], bool] = lambda: False,
        away: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.data_dir = data_dir
        self.style: Style = style or chosen_style()
        self.compact = compact
        self.out = out
        self.clock = clock
        self.ending, self.away = ending, away

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "ConsolePartition":
        """Return the worker's partition."""
        return ConsolePartition(self)


class ConsolePartition(StatelessSinkPartition[tuple[str, Row]]):
    """Prints what its style asks for, and counts for the summary."""

    def __init__(self, sink: ConsoleSink) -> None:
        self._sink = sink
        self._screen = Screen(sink.out or sys.stdout)
        self._tally = Tally()
        self._board = StatusBoard(hurried=sink.compact)
        self._kinds_shown: set[tuple[str, str]] = set()
        self._started = sink.clock()
        self._show = {"cards": self._card_style, "quiet": self._nothing, "jsonl": self._jsonl_style}[sink.style]

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        for _, row in items:
            self._tally.add(row)
            self._show(row)
        if self._sink.style == "cards" and not self._sink.ending():
            text = self._board.line(self._sink.clock())
            if text is not None:
                self._screen.show(text)

    def close(self) -> None:
        """Print the summary, if the run has ended in order."""
        run = self._tally.ended()
        if run is not None and self._sink.style != "jsonl" and not self._sink.away():
            elapsed = self._sink.clock() - self._started
            for part in summary(self._tally, run, elapsed, self._sink.data_dir):
                self._screen.show(part)

    def _nothing(self, row: Row) -> None:
        """Show no row."""

    def _card_style(self, row: Row) -> None:
        table, values = row
        if table == "signals":
            self._screen.show(self._signal(values))
        elif table == "paper_trades":
            if values["account_model"]:
                self._outcome(values)
        elif table == "advice":
            self._advice(values)
        elif table in ("account", "commands"):
            told = outcome_cards.account_line if table == "account" else outcome_cards.receipt_line
            line = told(values)
            if line is not None:
                self._screen.show(line)
        elif table == "status":
            self._board.status(values)
        elif table == "feed_health":
            self._board.health(values)
        elif table == "notice":
            self._screen.show(Text(f"{cards.clock(values['ts'])} {values.get('symbol', '')} {values['text']}", "dim"))

    def _advice(self, values: dict[str, Any]) -> None:
        """Show advice when it is given: of a swing always, else where there is time to read."""
        if values["resolved_at"] is not None:
            return
        if values["kind"] in outcome_cards.SWING:
            self._screen.show(outcome_cards.advice_card(values))
        elif not self._sink.compact and values["kind"] != "size_modifier":
            self._screen.show(outcome_cards.advice_line(values))

    def _outcome(self, values: dict[str, Any]) -> None:
        """Show what became of a signal: on the account always, else where there is time to read."""
        if not self._sink.compact:
            self._screen.show(outcome_cards.outcome_card(values))
        elif values["on_account"]:
            self._screen.show(outcome_cards.outcome_line(values))

    def _signal(self, values: dict[str, Any]) -> RenderableType:
        kind = (values["setup"], values["verdict"])
        full = not self._sink.compact or values["verdict"] == "tradable" or kind not in self._kinds_shown
        self._kinds_shown.add(kind)
        return cards.card(values) if full else cards.one_line(values)

    def _jsonl_style(self, row: Row) -> None:
        if row.table in EVENTS:
            self._screen.write(json_line(row))


def json_line(row: Row) -> str:
    """Return a row as one JSON object; times in ISO 8601, UTC.

    >>> json_line(Row("feed_health", {"ts": 1_764_000_000_500_000_000, "symbol": "A/B", "_mono_ns": 1}))
    '{"table":"feed_health","ts":"2025-11-24T16:00:00.500000Z","symbol":"A/B"}'
    """
    times = {column.name for column in TABLES[row.table].columns if column.type == "time"}
    values = {k: iso(v, 6) if k in times and v is not None else v for k, v in row.values.items() if k[:1] != "_"}
    return msgspec.json.encode({"table": row.table, **values}).decode()


class Screen:
    """Standard output, which may be a terminal, a file, or a pipe whose reader goes away."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._console = Console(file=out, highlight=False, markup=False, emoji=False)
        if not self._console.is_terminal and "COLUMNS" not in os.environ:
            self._console.width = PLAIN_WIDTH
        self._gone = False

    def show(self, what: RenderableType) -> None:
        """Print something rich can render; a text is never wrapped."""
        if not self._gone:
            self._guarded(lambda: self._console.print(what, soft_wrap=isinstance(what, Text)))

    def write(self, line: str) -> None:
        """Print a line as it is."""
        if not self._gone:
            self._guarded(lambda: self._out.write(line + "\n"))

    def _guarded(self, write: Callable[[], object]) -> None:
        try:
            write()
            self._out.flush()
        except BrokenPipeError:  # `| head`: the run goes on, unseen
            self._gone = True
            if self._out is sys.stdout:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
