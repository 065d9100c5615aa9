"""One profile of an analysis: its timeframes, volume, indicators and order book, put together."""

from collections.abc import Mapping
from math import fsum
from typing import NamedTuple

from leadline.alignment import NEUTRAL, UNUSED, Alignment
from leadline.analysis.bars import Bars, Timeframe, close_ns, missing_bars
from leadline.analysis.chart import Chart
from leadline.analysis.key_level import KeyLevel, key_level
from leadline.analysis.levels import levels
from leadline.analysis.newest import TOO_OLD, Newest, doubt, too_old
from leadline.analysis.parts import Gaps, gaps_of
from leadline.analysis.place import Trades, short_of, volume_place, window
from leadline.analysis.profiles import PLANS, Plan, ProfileName
from leadline.analysis.result import Agreement, ProfileAnalysis, TimeframeFacts
from leadline.analysis.scored import Scored, combined, confluence, missing
from leadline.analysis.setup_path import Basis
from leadline.analysis.setups import Setup, setup
from leadline.analysis.steps import Steps
from leadline.analysis.technical import Technical, technical
from leadline.analysis.timeframe import timeframe as timeframe_score
from leadline.analysis.ultimate import (
    BIG,
    NO_SCORE,
    HftReading,
    alignment,
    bias,
    confidence,
    hft_component,
    score,
    total,
)
from leadline.analysis.zones import Zone, breakouts, zones
from leadline.bias import BIAS_NUMBER, Bias
from leadline.hft import Confidence
from leadline.settings import Settings
from leadline.times import DAY_NS
from leadline.volume_profile import VolumeProfile


class Market(NamedTuple):
    """What there is to analyse: fresh closed bars, a chart for each timeframe that has enough, why others have none."""

    symbol: str
    as_of_ns: int
    newest: Newest | None
    bars: Mapping[Timeframe, Bars]
    charts: Mapping[Timeframe, Chart]
    absent: Mapping[Timeframe, str]
    hft: HftReading | None
    equity_quote: float
    trades: Trades | None
    steps: Steps  # of its prices

    @property
    def price(self) -> float | None:
        """The newest close, quote."""
        return None if self.newest is None else self.newest.price


def anchor_of(plan: Plan, charts: Mapping[Timeframe, Chart]) -> Chart | None:
    """Return the anchor's chart, or that of the heaviest timeframe that is present."""
    order = [plan.anchor, *sorted(plan.weights, key=lambda one: -plan.weights[one])]
    return next((charts[timeframe] for timeframe in order if timeframe in charts), None)


def analysed(name: ProfileName, market: Market, rules: Settings) -> ProfileAnalysis:
    """Return one profile's analysis."""
    plan, config = PLANS[name], rules.ultimate_analyzer
    book = hft_component(
        market.hft, config.weights.hft_microstructure, config.hft_integration, rules.hft.signal_decay_seconds
    )
    if why := too_old(name, plan, market.newest, market.as_of_ns):
        return nothing(name, plan, why, book, rules)
    anchor = anchor_of(plan, market.charts)
    frames = multi_timeframe(plan, market, config.weights.multi_timeframe)
    traded_in = window(dict(market.bars), plan.volume_from, plan.volume_days, market.as_of_ns, market.trades)
    placed, volume = volume_place(traded_in, config.weights.volume_profile, config.profile_bins, config.value_area)
    indicators, values = _technical(anchor, plan, config.weights.technical)
    components, signed = total([frames, placed, indicators, book])
    label = bias(signed, config.thresholds)
    aligned = alignment(components, label)
    agreement = confluence(frames.parts)
    gaps = {timeframe: gaps_of(market.charts[timeframe].bars, timeframe)
            for timeframe in plan.weights if timeframe in market.charts}  # fmt: skip
    trust, why = confidence(signed, agreement, components, aligned, tuple(gaps.values()),
                            doubt(plan, market.newest, market.as_of_ns), _known(plan, frames))  # fmt: skip
    around, atr = _zones(plan, market, anchor, volume)
    planned = _setup(name, market, anchor, around, signed, label, trust, aligned, rules)
    return ProfileAnalysis(
        name, score(signed), signed, label, trust, why, agreement, components,
        None if anchor is None else anchor.timeframe, atr,
        tuple(_facts(market.charts[timeframe], part, gaps[timeframe])
              for timeframe, part in zip(plan.weights, frames.parts, strict=True) if timeframe in gaps),
        volume, plan.volume_days if isinstance(traded_in, str) else traded_in.days, values,
        None if aligned is None else Agreement(aligned.kind, aligned.size_modifier, aligned.advice),
        KeyLevel(None, "no price is known") if market.price is None
        else key_level(label, market.price, market.charts.get("1d", anchor), volume),
        around, breakouts(around, market.price, atr) if market.price is not None and atr else (),
        None if isinstance(planned, str) else planned,
        planned if isinstance(planned, str) else f"bias {label}",
        (*(line for component in components for line in missing(component)),
         *filter(None, [short_of(traded_in, plan.volume_days)]),
         *(f"{frames.name} {of.timeframe}: {of.words}" for of in gaps.values() if of.missing)),
    )  # fmt: skip


def nothing(name: ProfileName, plan: Plan, why: str, book: Scored, rules: Settings) -> ProfileAnalysis:
    """Return an analysis that says nothing but what the order book says, and why."""
    weights = rules.ultimate_analyzer.weights.model_dump(include=set(BIG))
    components = (*(Scored(component, weight, None, TOO_OLD) for component, weight in weights.items()), book)
    return ProfileAnalysis(
        name, None, None, "NEUTRAL", "LOW", why, None, components, None, None, (), None, plan.volume_days, None, None,
        KeyLevel(None, TOO_OLD), (), (), None, TOO_OLD, (why, *missing(book)),
    )  # fmt: skip


def multi_timeframe(plan: Plan, market: Market, weight: float) -> Scored:
    """Return the component of all timeframes of a profile."""
    parts = [
        timeframe_score(market.charts[timeframe], share)
        if timeframe in market.charts
        else Scored(timeframe, share, None, market.absent[timeframe])
        for timeframe, share in plan.weights.items()
    ]
    said = [f"{part.name} {part.score:+.0f}" for part in parts if part.score is not None]
    return combined("multi_timeframe", weight, parts, ", ".join(said) or None)


def _technical(anchor: Chart | None, plan: Plan, weight: float) -> tuple[Scored, Technical | None]:
    if anchor is None:
        return Scored("technical", weight, None, f"no timeframe of {', '.join(plan.weights)} has enough bars"), None
    return technical(anchor, weight, plan.vwap_days)


def _zones(
    plan: Plan, market: Market, anchor: Chart | None, volume: VolumeProfile | None
) -> tuple[tuple[Zone, ...], float | None]:
    if anchor is None or market.price is None:
        return (), None
    atr = anchor.atr_quote
    since_ns = market.as_of_ns - int(plan.structure_days * DAY_NS)
    return zones(levels(market.charts, plan.weights, anchor, volume, since_ns), market.price, atr), atr


def _setup(
    name: ProfileName, market: Market, anchor: Chart | None, around: tuple[Zone, ...],
    signed: float | None, label: Bias, trust: Confidence, aligned: Alignment | None, rules: Settings,
) -> Setup | str:  # fmt: skip
    if anchor is None or market.price is None or signed is None:
        return NO_SCORE
    side = (BIAS_NUMBER[label] > 0) - (BIAS_NUMBER[label] < 0)
    # a book that is not known makes a size no larger than one that says nothing
    unknown = NEUTRAL if rules.ultimate_analyzer.hft_integration else UNUSED
    modifier = (unknown if aligned is None else aligned).size_modifier
    basis = Basis(
        name, side, market.price, anchor, around, abs(signed), trust, modifier, market.equity_quote, market.steps,
        traded(PLANS[name], market), doubt(PLANS[name], market.newest, market.as_of_ns),
    )  # fmt: skip
    return setup(basis, rules)


def traded(plan: Plan, market: Market) -> tuple[float, float]:
    """Return the lowest and the highest price in the charts of a profile; there is one at least."""
    seen = [market.charts[timeframe].bars for timeframe in plan.weights if timeframe in market.charts]
    return min(float(bars.low.min()) for bars in seen), max(float(bars.high.max()) for bars in seen)


def _known(plan: Plan, frames: Scored) -> float:
    """Return the share of the timeframes' weight that has a score."""
    weights = plan.weights.values()
    return fsum(w for w, part in zip(weights, frames.parts, strict=True) if part.score is not None) / fsum(weights)


def _facts(chart: Chart, part: Scored, gaps: Gaps) -> TimeframeFacts:
    bars = chart.bars
    return TimeframeFacts(
        chart.timeframe, len(bars), missing_bars(bars, chart.timeframe), gaps.n_gaps, gaps.words,
        int(bars.open_ns[0]), int(close_ns(bars.open_ns[-1:], chart.timeframe)[0]),
        chart.reference, chart.atr_quote,
        chart.price(chart.ema_fast[-1]), chart.price(chart.ema_slow[-1]), chart.adx,
        float(bars.high[chart.highs[-1]]) if len(chart.highs) else None,
        float(bars.low[chart.lows[-1]]) if len(chart.lows) else None,
        confluence(part.parts),
    )  # fmt: skip
