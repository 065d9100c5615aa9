"""Inputs: all that an analysis of one symbol is made of, whoever read it, and the analysis of it."""

from dataclasses import replace
from typing import NamedTuple

from leadline.analysis.bars import Bars, Timeframe
from leadline.analysis.place import Trades
from leadline.analysis.result import Analysis
from leadline.analysis.ultimate import HftReading
from leadline.analysis.ultimate_analysis import Now, analyse
from leadline.settings import Settings, config_hash

DECIDING = ("fees", "risk", "paper", "hft")  # sections that an analysis depends on, besides its own
OF_THE_BOOK = "hft_microstructure"  # the component that no bars are needed for
ELSEWHERE = {"enabled", "symbols", "schedule", "as_of"}  # of its own: whether and when, not what


class World(NamedTuple):
    """The rows that an analysis may see: the real ones, or those of one simulated market.

    That is one tape; of a run on a simulated exchange the tape `past`, too: what the exchange tells of before it.
    """

    venue: str
    tape_id: str | None = None
    past: str | None = None

    @property
    def simulated(self) -> bool:
        """Whether its market was made up."""
        return self.venue == "simulator"


class Book(NamedTuple):
    """The newest verified reading of the order book; names and units are those of the view `features`."""

    ts_ns: int
    hft_score: float
    hft_class: str
    confidence: str
    imbalance: float | None
    imbalance_ema: float | None
    bid_orders: int | None
    ask_orders: int | None
    spread_bps: float | None
    mid: float | None
    data_level: str | None
    age_s: float | None  # of the newest event in it, when it was taken

    def reading(self, as_of_ns: int) -> HftReading:
        """Return the score and how old it is at a time."""
        return HftReading(self.hft_score, (as_of_ns - self.ts_ns) / 1e9 + max(self.age_s or 0.0, 0.0))


class Inputs(NamedTuple):
    """What is known of one symbol at one time."""

    symbol: str
    as_of_ns: int
    world: World
    bars: dict[Timeframe, Bars]
    book: Book | None  # None: the store has no reading of the day before
    trades: Trades | None = None  # the newest ones, where all of them are known
    equity_quote: float | None = None  # of the paper account by then, where it has run
    apart: str | None = None  # what the store has of another simulated market, in words

    def analysis(self, rules: Settings) -> Analysis:
        """Return the analysis."""
        reading = None if self.book is None else self.book.reading(self.as_of_ns)
        now = Now(self.symbol, self.as_of_ns, hft=reading, equity_quote=self.equity_quote, trades=self.trades)
        found = analyse(self.bars, now, rules)
        return found if self.apart is None else _lacking(found, self.apart)


def _lacking(analysis: Analysis, why: str) -> Analysis:
    """Return an analysis that says more of why bars are missing, wherever they are: the book is made of none."""
    lacks = [any(not line.startswith(OF_THE_BOOK) for line in one.missing) for one in analysis.profiles]
    profiles = tuple(
        replace(one, missing=(*one.missing, why)) if lacking else one
        for one, lacking in zip(analysis.profiles, lacks, strict=True)
    )
    analysis = replace(analysis, profiles=profiles)
    return replace(analysis, missing=analysis.of(analysis.profile).missing)


class Missing(NamedTuple):
    """A symbol that cannot be analysed, and the line that says why."""

    symbol: str
    reason: str


def analysis_hash(rules: Settings) -> str:
    """Return 12 hex digits over the settings that an analysis depends on."""
    sections = {name: getattr(rules, name).model_dump() for name in DECIDING}
    return config_hash({"ultimate_analyzer": rules.ultimate_analyzer.model_dump(exclude=ELSEWHERE), **sections})


def venue_of(rules: Settings) -> str:
    """Return whose rows are analysed: real ones, unless `feed.venue` says simulator.

    The embedded simulator alone is no reason: an imported history is not of its market.
    """
    return rules.feed.venue or "kraken"
