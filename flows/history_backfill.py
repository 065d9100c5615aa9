"""Backfilling history: asks the venue for what the store lacks, and says what is still missing.

First the newest candles of each timeframe, which is all that OHLC gives. Where more is wanted (`since`),
the gaps that are left are filled from trades, minute by minute. What is asked for is always what the
store lacks, so that a backfill that was interrupted goes on where it was. A gap that the venue
does not fill stays one, and is in the report.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from leadline.errors import FeedError
from leadline.history import NO_CANDLES, SPANS_NS, Candles, Gap, number, open_ns
from leadline.times import HOUR_NS, MINUTE_NS, SECOND_NS
from leadline.trade_minutes import MinuteMaker, TradeRows
from sinks.history import bars, missing
from sinks.history_compare import Counts
from sinks.history_writer import HistoryWriter
from sources.history_rest import HistoryClient
from sources.kraken.rest import Unanswered

SETTLE_NS = 5 * SECOND_NS  # after a minute's end, until the venue's list of its trades is final
NEAR_NS = HOUR_NS  # gaps closer to each other than this are asked for as one
KEPT_PAGES = 20  # of trades, before they go to the store

Advance = Callable[[int], None]  # takes the ns of history that were covered

Told = Callable[[int], Advance]  # takes the ns that are to be covered


@dataclass
class Report:
    """What a backfill of one symbol did."""

    symbol: str
    candles: dict[str, Counts] = field(default_factory=dict)  # of OHLC, by timeframe
    trades: Counts = field(default_factory=Counts)
    minutes: Counts = field(default_factory=Counts)  # candles rebuilt from trades
    gaps: dict[str, list[Gap]] = field(default_factory=dict)  # what is still missing, by timeframe


@dataclass(frozen=True)
class Plan:
    """What is wanted of each symbol."""

    timeframes: tuple[str, ...]
    since_ns: int | None
    source: str  # the venue's address


def backfill(
    symbols: Sequence[str], plan: Plan, client: HistoryClient, writer: HistoryWriter, now_ns: Callable[[], int],
    *, progress: bool = True,
) -> list[Report]:  # fmt: skip
    """Fill the history of symbols; return a report each. FeedError says which symbol it was that failed."""
    with _progress(progress) as task:
        return [_Symbol(symbol, plan, client, writer, now_ns).fill(task(symbol)) for symbol in symbols]


class _Symbol:
    """The backfill of one symbol."""

    def __init__(
        self, symbol: str, plan: Plan, client: HistoryClient, writer: HistoryWriter, now_ns: Callable[[], int]
    ) -> None:
        self._symbol, self._plan, self._client, self._writer = symbol, plan, client, writer
        self._now_ns = now_ns
        self._report = Report(symbol)
        self._market = writer.market(symbol)
        self._from_ns: dict[str, int] = {}  # by timeframe, where OHLC began

    def fill(self, told: Told) -> Report:
        """Do all of it."""
        try:
            for timeframe in self._plan.timeframes:
                self._fill_from_candles(timeframe)
            if self._plan.since_ns is not None:
                self._fill_from_trades(self._plan.since_ns, told)
        except Unanswered as e:
            raise FeedError(f"{self._symbol}: {e}; what came is stored, the same command goes on from there") from e
        except FeedError as e:
            raise FeedError(f"{self._symbol}: {e}") from e
        self._report.gaps = {timeframe: self._gaps(timeframe) for timeframe in self._plan.timeframes}
        return self._report

    def _fill_from_candles(self, timeframe: str) -> None:
        candles = self._client.candles(self._symbol, timeframe)
        counts = self._writer.candles(self._symbol, timeframe, candles, "rest", self._plan.source)
        self._report.candles[timeframe] = counts
        if len(candles.open_ns):
            self._from_ns[timeframe] = int(candles.open_ns[0])

    def _gaps(self, timeframe: str) -> list[Gap]:
        start_ns = self._plan.since_ns if self._plan.since_ns is not None else self._from_ns.get(timeframe)
        if start_ns is None:
            return []
        return missing(self._writer.connection, self._market, timeframe, start_ns, self._now_ns() - SETTLE_NS)

    def _fill_from_trades(self, since_ns: int, told: Told) -> None:
        finest = min(self._plan.timeframes, key=SPANS_NS.__getitem__)
        start_ns = open_ns(number(since_ns, finest), finest)
        end_ns = self._now_ns() - SETTLE_NS
        gaps = joined(missing(self._writer.connection, self._market, finest, start_ns, end_ns))
        advance = told(sum(to_ns - from_ns for from_ns, to_ns in gaps))
        for from_ns, to_ns in gaps:
            self._fill_gap(from_ns, to_ns, advance)

    def _fill_gap(self, from_ns: int, to_ns: int, advance: Advance) -> None:
        maker = MinuteMaker(from_ns, self._close_before(from_ns))
        keeper = _Keeper(self._report, self._writer, self._plan.source)
        reached_ns = from_ns
        try:
            for page in self._client.trades(self._symbol, from_ns):
                before = page.trades.where(page.trades.ts_ns < to_ns)
                keeper.add(*maker.add(before))
                advance(max(0, min(page.last_ns, to_ns) - reached_ns))
                reached_ns = max(reached_ns, min(page.last_ns, to_ns))
                if len(before.ts_ns) < len(page.trades.ts_ns):
                    break
            keeper.add(*maker.finish(to_ns))
            advance(to_ns - reached_ns)
        finally:  # whatever ended it, what came is kept
            keeper.store()

    def _close_before(self, from_ns: int) -> float | None:
        _, venue, tape_id, _ = self._market
        before = bars(self._writer.connection, self._symbol, "1m", from_ns, 1, venue=venue, tape_id=tape_id)
        known = len(before) and int(before.open_ns[-1]) == from_ns - MINUTE_NS
        return float(before.close[-1]) if known else None


class _Keeper:
    """Whole minutes and their trades, until there are enough of them for a segment."""

    def __init__(self, report: Report, writer: HistoryWriter, source: str) -> None:
        self._report, self._writer, self._source = report, writer, source
        self._candles, self._trades, self._n = NO_CANDLES, TradeRows.empty(), 0

    def add(self, candles: Candles, trades: TradeRows) -> None:
        """Take what a page made."""
        self._candles, self._trades, self._n = self._candles.then(candles), self._trades.then(trades), self._n + 1
        if self._n >= KEPT_PAGES:
            self.store()

    def store(self) -> None:
        """Write what is held."""
        report, symbol = self._report, self._report.symbol
        report.trades += self._writer.trades(symbol, self._trades, "rest", self._source)
        report.minutes += self._writer.candles(symbol, "1m", self._candles, "trades", self._source)
        self._candles, self._trades, self._n = NO_CANDLES, TradeRows.empty(), 0


def joined(gaps: Sequence[Gap]) -> list[tuple[int, int]]:
    """Return the stretches to ask for: gaps with little between them are one.

    >>> joined([Gap(0, 60, 1), Gap(120, 180, 1), Gap(NEAR_NS * 2, NEAR_NS * 2 + 60, 1)])
    [(0, 180), (7200000000000, 7200000000060)]
    """
    stretches: list[tuple[int, int]] = []
    for gap in gaps:
        if stretches and gap.from_ns - stretches[-1][1] < NEAR_NS:
            stretches[-1] = (stretches[-1][0], gap.to_ns)
        else:
            stretches.append((gap.from_ns, gap.to_ns))
    return stretches


@contextmanager
def _progress(wanted: bool) -> Iterator[Callable[[str], Told]]:
    """Give what makes a bar for a symbol, where someone looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    shown = wanted and console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:

        def task(symbol: str) -> Told:
            of = bar.add_task(symbol, total=None)

            def told(total_ns: int) -> Advance:
                bar.update(of, total=total_ns / 1e9)
                return lambda ns: bar.update(of, advance=ns / 1e9)

            return told

        yield task
