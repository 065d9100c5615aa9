"""What became of an imported file, what a person said of it, and what looks at its candles before they are written."""

from dataclasses import dataclass, field

from leadline.analysis.bars import Times
from leadline.errors import StoreError
from leadline.history import close_ns
from sinks.history_compare import KEPT, Compared, Counts, Difference, Jump, Look
from sinks.market import time_of
from sources.history_csv import Reject

REJECTS_KEPT = 100
OTHER_MARKET = 0.01  # of the candles that were there already: where more of them differ, it is hardly the same market


@dataclass
class Report:
    """What became of one file. `rows` are its lines with data; the counts of trades are of trades."""

    file: str
    symbol: str
    timeframe: str | None  # None: trades
    rows: int = 0
    counts: Counts = field(default_factory=Counts)
    minutes: Counts = field(default_factory=Counts)  # candles rebuilt from trades
    outside: int = 0  # trades of minutes that are not known to be whole
    n_rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    fault: str | None = None  # why a file of a ZIP was not read to its end
    first_ns: int | None = None
    last_ns: int | None = None  # of the last row: when its candle opens
    import_id: str = ""
    differences: list[Difference] = field(default_factory=list)  # the first of them
    jumps: list[Jump] = field(default_factory=list)  # the first of them
    n_jumps: int = 0

    @property
    def doubtful(self) -> bool:
        """Return whether this is hardly the market that the store has under the same name."""
        candles = self.minutes if self.timeframe is None else self.counts
        return self.n_jumps > 0 or candles.differ > OTHER_MARKET * (candles.known + candles.differ)

    @property
    def useless(self) -> bool:
        """Return whether every line of the file was rejected."""
        return 0 < self.rows == self.n_rejected

    @property
    def to_ns(self) -> int | None:
        """Return when the last candle closes, or when the last trade was; None where there is none."""
        if self.last_ns is None or self.timeframe is None:
            return self.last_ns
        return close_ns(self.last_ns, self.timeframe)

    def found(self, one: Compared) -> None:
        """Take note of what some candles are beside those of the store."""
        self.differences += one.differences[: max(0, KEPT - len(self.differences))]
        self.jumps += one.jumps[: max(0, KEPT - len(self.jumps))]
        self.n_jumps += one.n_jumps

    def refuse(self, choice: "Choice", rejects: list[Reject]) -> None:
        """Take note of lines that are left out; StoreError where none may be."""
        self.n_rejected += len(rejects)
        self.rejects += rejects[: max(0, REJECTS_KEPT - len(self.rejects))]
        if rejects and choice.strict:
            raise StoreError(f"{self.file}, line {rejects[0].line}: {rejects[0].reason} (stopped, as --strict says)")

    def saw(self, times_ns: Times) -> None:
        """Take note of the times of some rows."""
        if len(times_ns):
            first_ns, last_ns = int(times_ns.min()), int(times_ns.max())
            self.first_ns = first_ns if self.first_ns is None else min(self.first_ns, first_ns)
            self.last_ns = last_ns if self.last_ns is None else max(self.last_ns, last_ns)


@dataclass(frozen=True)
class Choice:
    """What a person said of the files: what they hold where their names do not tell, or which of a ZIP's to take."""

    symbol: str | None = None
    timeframe: str | None = None
    strict: bool = False


def looking(report: Report, choice: Choice) -> Look:
    """Return what looks at candles before they are written."""

    def look(one: Compared) -> None:
        report.found(one)
        if not choice.strict or not (one.differences or one.jumps):
            return
        wrong = differing(report, one.differences[0]) if one.differences else jumping(one.jumps[0])
        raise StoreError(
            f"{report.file}: {wrong} (stopped, as --strict says); `leadline history list {report.symbol} --sources` "
            f"shows what there is from where, and `leadline history remove {report.symbol} --import ID` takes it out"
        )

    return look


def differing(report: Report, one: Difference) -> str:
    """Return in words how a candle differs from the one in the store."""
    timeframe = report.timeframe or "1m"
    stored, given = (" ".join(f"{value:.10g}" for value in values) for values in (one.stored, one.given))
    return (
        f"the {timeframe} candle of {time_of(one.open_ns):%Y-%m-%d %H:%M} is {given} (open, high, low, close, volume), "
        f"and {stored} in the store, of {'this one' if one.brought_by == report.import_id else one.brought_by}"
    )


def jumping(one: Jump) -> str:
    """Return in words which neighbours, or which reach of one candle, are hardly of one market."""
    if one.before_ns == one.after_ns:
        return f"the candle of {time_of(one.after_ns):%Y-%m-%d %H:%M} reaches {one.open:.10g} from {one.close:.10g}"
    return (
        f"the price jumps from {one.close:.10g}, the close of the candle of {time_of(one.before_ns):%Y-%m-%d %H:%M}, "
        f"to {one.open:.10g}, the open of that of {time_of(one.after_ns):%Y-%m-%d %H:%M}"
    )
