"""The analysis of one symbol at one time: from closed bars to score, bias, key level and setups.

Nothing after `as_of_ns` is looked at, there is no clock and no chance in it: the same bars, reading
and settings give the same analysis.
"""

from collections.abc import Mapping
from typing import NamedTuple

from leadline.analysis.bars import Bars, Timeframe, checked, close_ns, closed_by, ordered, span_ns
from leadline.analysis.chart import MIN_BARS, WINDOW, Chart, chart
from leadline.analysis.newest import newest
from leadline.analysis.opposed import noted
from leadline.analysis.place import Trades
from leadline.analysis.profile_analysis import Market, analysed
from leadline.analysis.profiles import PLANS, PROFILES, wanted
from leadline.analysis.result import Analysis
from leadline.analysis.steps import Steps, steps
from leadline.analysis.ultimate import HftReading
from leadline.settings import Settings
from leadline.times import DAY_NS, utc

STALE_BARS = 12  # a timeframe whose newest bar closed longer ago than this is missing
STALE_DAYS_BARS = 3  # the same from a day on


class Now(NamedTuple):
    """What is known at the time of an analysis besides its bars."""

    symbol: str
    as_of_ns: int
    hft: HftReading | None = None
    equity_quote: float | None = None  # None: paper.equity_quote
    trades: Trades | None = None


def bars_needed() -> dict[Timeframe, int]:
    """Return how many of the newest closed bars an analysis can use, by timeframe; more change nothing.

    >>> bars_needed()["1d"], bars_needed()["4h"]
    (400, 2191)
    """
    needed: dict[Timeframe, int] = dict.fromkeys(wanted(), WINDOW)
    for plan in PLANS.values():
        for timeframe in plan.volume_from:
            count = int(plan.volume_days * DAY_NS) // span_ns(timeframe) + 1
            needed[timeframe] = max(needed[timeframe], count)
    return needed


def analyse(bars: Mapping[Timeframe, Bars], now: Now, rules: Settings) -> Analysis:
    """Return the analysis of a symbol at `now.as_of_ns`. Timeframes that are not given are missing, and said so."""
    closed = _closed(bars, now)
    absent = {timeframe: why for timeframe in wanted() if (why := _absence(closed.get(timeframe), timeframe, now))}
    fresh = {timeframe: these for timeframe, these in closed.items() if _is_fresh(these, timeframe, now.as_of_ns)}
    last = newest(closed)
    market = Market(
        now.symbol, now.as_of_ns, last, fresh, _charts(fresh), absent, now.hft,
        rules.paper.equity_quote if now.equity_quote is None else now.equity_quote, now.trades,
        Steps(None) if last is None else steps(closed[last.timeframe]),
    )  # fmt: skip
    profiles, notes = noted([analysed(name, market, rules) for name in PROFILES])
    chosen = next(one for one in profiles if one.name == rules.ultimate_analyzer.profile)
    return Analysis(
        now.symbol, now.as_of_ns, market.price, None if last is None else last.at_ns,
        None if last is None else last.timeframe, chosen.name, chosen.score, chosen.bias, chosen.confidence,
        chosen.key_level, profiles, chosen.missing, notes,
    )  # fmt: skip


def _closed(bars: Mapping[Timeframe, Bars], now: Now) -> dict[Timeframe, Bars]:
    """Return the bars that are closed and can be used; what comes after `as_of_ns` may be anything."""
    found = {}
    for timeframe, most in bars_needed().items():
        if timeframe in bars:
            name = f"{timeframe} bars of {now.symbol}"
            newest = closed_by(ordered(bars[timeframe], name), timeframe, now.as_of_ns, most)
            found[timeframe] = checked(newest, name)
    return found


def _charts(fresh: Mapping[Timeframe, Bars]) -> dict[Timeframe, Chart]:
    return {
        timeframe: chart(bars.part(max(0, len(bars) - WINDOW), len(bars)), timeframe)
        for timeframe, bars in fresh.items()
        if len(bars) >= MIN_BARS
    }


def _is_fresh(bars: Bars, timeframe: Timeframe, as_of_ns: int) -> bool:
    if not len(bars):
        return False
    most = STALE_DAYS_BARS if span_ns(timeframe) >= DAY_NS else STALE_BARS
    return as_of_ns - _closed_ns(bars, timeframe) <= most * span_ns(timeframe)


def _closed_ns(bars: Bars, timeframe: Timeframe) -> int:
    return int(close_ns(bars.open_ns[-1:], timeframe)[0])


def _absence(bars: Bars | None, timeframe: Timeframe, now: Now) -> str:
    """Return why a timeframe has no chart; empty if it has one."""
    if bars is None or not len(bars):
        return f"no {timeframe} bar is closed by then; {MIN_BARS} are needed"
    if not _is_fresh(bars, timeframe, now.as_of_ns):
        closed = utc(_closed_ns(bars, timeframe))
        return f"the newest {timeframe} bar closed {closed:%Y-%m-%d %H:%M} UTC, too long ago"
    if len(bars) < MIN_BARS:
        return f"{len(bars)} {timeframe} bars, {MIN_BARS} are needed"
    return ""
