"""Importing history: files in, rows in the store, and a report of what became of each file.

A file is read in blocks and each block is in the store before the next is read, so memory stays the
same whatever its size, and an import that was interrupted goes on where it stopped when it is
started again. An archive of trades gives its trades and one-minute candles.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows.history_report import Choice, Report, looking
from flows.rejects_file import Take, rejects_file
from leadline.analysis.bars import Times
from leadline.errors import StoreError
from leadline.history import BY_MINUTES, Candles
from leadline.trade_minutes import MinuteMaker, TradeRows
from sinks.history_compare import Look
from sinks.history_writer import HistoryWriter, writing
from sources import history_csv, history_rows
from sources.history_csv import Layout, Reject, Table
from sources.history_files import Advance, Block, Part, blocks, parts
from sources.history_names import named

LATE = "this trade comes after one of a later minute: sort the file by time"


class Skipped(StoreError):
    """A file of a ZIP that is not to be imported, and why."""


def import_files(
    files: Sequence[Path], data_dir: Path, choice: Choice, venue: str = "kraken", *, tape_id: str | None = None,
    rejects: Path | None = None, progress: bool = True, now_ns: Callable[[], int] = time.time_ns,
) -> tuple[list[Report], list[str]]:  # fmt: skip
    """Import files; return a report each, and why others in a ZIP were skipped.

    `rejects` is where each line that is left out is written to, with its reason. Raises StoreError where a file cannot
    be read or its name and `choice` do not tell what it holds. A fault in one file of a ZIP is in that one's report.
    """
    chosen, skipped = _chosen([part for path in files for part in parts(path)], choice)
    with (
        writing(data_dir, venue, tape_id) as writer,
        rejects_file(rejects) as take,
        _progress(chosen, progress) as advance,
    ):
        return [_import(part, report, choice, writer, take, advance, now_ns()) for part, report in chosen], skipped


def _chosen(found: list[Part], choice: Choice) -> tuple[list[tuple[Part, Report]], list[str]]:
    chosen, skipped = [], []
    for part in found:
        try:
            chosen.append((part, _about(part, choice)))
        except Skipped as e:
            skipped.append(str(e))
    if not chosen:
        raise StoreError("nothing to import: " + "; ".join(skipped[:3]))
    return chosen, skipped


def _about(part: Part, choice: Choice) -> Report:
    """Return the empty report of a part, once it is known what it holds."""
    name, alone = named(part.name), part.member is None
    refusal = StoreError if alone else Skipped
    timeframe = None if name.minutes is None else BY_MINUTES.get(name.minutes)
    if name.minutes is not None and timeframe is None:
        raise refusal(
            f"{part} holds candles of {name.minutes} minutes: import shorter ones instead, they are rolled up"
        )
    for what, told, wanted in (("symbol", name.symbol, choice.symbol), ("timeframe", timeframe, choice.timeframe)):
        if told and wanted and told != wanted:
            raise refusal(f"{part} is named as {told}, not {wanted}; leave out --{what}, or rename the file")
    symbol = name.symbol or choice.symbol
    if symbol is None:
        raise refusal(f"the name of {part} does not tell its symbol; say it with --symbol, such as --symbol BTC/USD")
    return Report(str(part), symbol, timeframe or choice.timeframe)


def _import(
    part: Part, report: Report, choice: Choice, writer: HistoryWriter, take: Take, advance: Advance, now_ns: int
) -> Report:  # fmt: skip
    report.import_id, look = writer.import_id, looking(report, choice)
    keeper = TradeKeeper(report, writer, part.name, look)
    for table in _readable(part, report, advance):
        if not report.rows and (wrong := _other_length(part, report, table)):
            if part.member is None:
                raise StoreError(wrong)
            report.fault = wrong
            return report
        report.rows += len(table.lines) + len(table.rejects)
        if report.timeframe is None:
            rows, lines, more = history_rows.trades(table, now_ns)
            refused = [*table.rejects, *more]
            refused += keeper.add(rows, lines, refused)
        else:
            candles, more = history_rows.candles(table, report.timeframe, now_ns)
            refused = [*table.rejects, *more]
            report.counts += writer.candles(report.symbol, report.timeframe, candles, "archive", part.name, look)
            report.saw(candles.open_ns)
        refused.sort()
        take(report.file, refused)
        report.refuse(choice, refused)
    keeper.finish()
    return report


def _other_length(part: Part, report: Report, table: Table) -> str | None:
    """Return what to say of a file whose candles are of another length than it is named: each would be read as one."""
    length = None if report.timeframe is None else history_rows.other_length(table, report.timeframe)
    if length is None:
        return None
    return f"{part} has candles of {length}, not of {report.timeframe} as it is named or --timeframe says"


def _readable(part: Part, report: Report, advance: Advance) -> Iterator[Table]:
    """Give a part's tables; a ZIP's other files must not go without because one is damaged."""
    try:
        yield from _tables(part, report, advance)
    except StoreError as e:
        if part.member is None:
            raise
        report.fault = str(e)


def _tables(part: Part, report: Report, advance: Advance) -> Iterator[Table]:
    layout: Layout | None = None
    for block in blocks(part, advance):
        if layout is None:
            first, layout = _begun(block, part, report)
            yield history_csv.read(first, layout.names)
        else:
            yield history_csv.read(block, layout.names)
    if layout is None:
        raise StoreError(f"{part} is empty")


def _begun(block: Block, part: Part, report: Report) -> tuple[Block, Layout]:
    """Return the first block without its header, and the layout; raises StoreError where that is not as named."""
    head, _, rest = block.text.removeprefix(history_csv.BOM).partition(b"\n")
    layout = history_csv.layout(head, str(part))
    if layout.kind == "trades" and report.timeframe is not None:
        raise StoreError(f"{part} holds trades, not {report.timeframe} candles; leave out --timeframe, or rename it")
    if layout.kind == "candles" and report.timeframe is None:
        raise StoreError(f"{part} holds candles; say of which length with --timeframe, such as --timeframe 1h")
    if layout.has_header:
        return Block(block.line + 1, rest), layout
    return Block(block.line, block.text.removeprefix(history_csv.BOM)), layout


class TradeKeeper:
    """Trades of one file on their way to the store: they and the candles of their minutes."""

    def __init__(self, report: Report, writer: HistoryWriter, source: str, look: Look) -> None:
        self._report, self._writer, self._source, self._look = report, writer, source, look
        self._maker = MinuteMaker()
        self._broken = False  # the newest line was refused

    def add(self, rows: TradeRows, lines: Times, refused: Sequence[Reject]) -> list[Reject]:
        """Take a block's trades; return those that come too late."""
        late = self._maker.late(rows.ts_ns)
        rows, n = rows.where(~late), int((~late).sum())
        if n:
            rows.broken[0] |= self._broken
        newest = int(lines[~late][-1]) if n else 0
        self._broken = any(reject.line > newest for reject in refused) or (self._broken and not n)
        self._report.outside += n
        self._report.saw(rows.ts_ns)
        self._store(*self._maker.add(rows))
        return [Reject(int(line), LATE) for line in lines[late]]

    def finish(self) -> None:
        """The file is over: its last minute may not be."""
        self._store(*self._maker.finish())

    def _store(self, candles: Candles, trades: TradeRows) -> None:
        report, writer = self._report, self._writer
        report.outside -= len(trades.ts_ns)
        report.minutes += writer.candles(report.symbol, "1m", candles, "trades", self._source, self._look)
        report.counts += writer.trades(report.symbol, trades, "archive", self._source)


@contextmanager
def _progress(chosen: Sequence[tuple[Part, Report]], wanted: bool) -> Iterator[Advance]:
    """Give what takes the bytes read so far of each part in turn; a bar where someone looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    shown = wanted and console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task, before = bar.add_task("importing", total=sum(part.size for part, _ in chosen)), [0]

        def advance(position: int) -> None:
            bar.update(task, advance=position - before[0] if position >= before[0] else position)
            before[0] = position

        yield advance
