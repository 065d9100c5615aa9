"""The ultimate score: four components, their weights, and the bias and confidence that follow.

A component runs from -100 to 100; the score is 50 + s/2, so 50 is neutral. A missing component is
shown as missing and the others are reweighted.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import fsum, isfinite
from typing import NamedTuple

from leadline.alignment import Alignment, align
from leadline.analysis.parts import HOLE, Gaps
from leadline.analysis.scored import Scored, mean, shared
from leadline.bias import BIAS_NUMBER, Bias
from leadline.hft import Confidence
from leadline.settings import AnalyzerThresholds

BIG = ("multi_timeframe", "volume_profile", "technical")  # without one of these no HIGH confidence
MOST_TIMEFRAMES, HALF_TIMEFRAMES = 0.75, 0.5  # of their weight: with less no score is HIGH, or more than LOW
HIGH_SIGNED, MEDIUM_SIGNED = 40.0, 10.0  # the score's distance from neutral, doubled: 70 and 55 of 100
HIGH_CONFLUENCE, MEDIUM_CONFLUENCE = 0.75, 0.5
NO_SCORE = "the history is too short or too old"
CLASSES: tuple[Confidence, ...] = ("LOW", "MEDIUM", "HIGH")
DIGITS = 9  # of a score: the mirror rule's tolerance, so that rounding cannot tip it over a threshold


class HftReading(NamedTuple):
    """The newest stored HFT score, -100..100, and how old it is at the time of the analysis."""

    score: float
    age_s: float


def hft_component(reading: HftReading | None, weight: float, use: bool, decay_s: float) -> Scored:
    """Return the order book's component: its score if it is fresh, otherwise why it is missing."""
    name = "hft_microstructure"
    if not use:
        return Scored(name, weight, None, "switched off (ultimate_analyzer.hft_integration)")
    if reading is None:
        return Scored(name, weight, None, "no stored reading of the order book")
    if not (isfinite(reading.score) and isfinite(reading.age_s)):
        return Scored(name, weight, None, f"the newest reading is no number ({reading.score:g}, {reading.age_s:g} s)")
    if reading.age_s < 0.0:
        return Scored(name, weight, None, f"the newest reading is {-reading.age_s:.0f} s later than the analysis")
    if reading.age_s >= decay_s:
        return Scored(name, weight, None, f"the newest reading is {reading.age_s:.0f} s old, over {decay_s:g} s")
    score = min(max(float(reading.score), -100.0), 100.0)
    return Scored(name, weight, score, f"order book at {score:+.0f}, {reading.age_s:.0f} s old")


def total(components: Sequence[Scored]) -> tuple[tuple[Scored, ...], float | None]:
    """Return the components with their shares, and the signed total; None without one of the BIG three.

    Those are reweighted where some are missing, but the order book's share never passes its own
    weight: its cap would mean nothing if a short history could lift it.
    """
    big = shared([part for part in components if part.name in BIG])
    if all(part.score is None for part in big):
        return tuple(components), None
    others = [
        replace(part, share=part.weight if part.score is not None else 0.0)
        for part in components
        if part.name not in BIG
    ]
    left = 1.0 - fsum(part.share for part in others)
    everything = (*(replace(part, share=part.share * left) for part in big), *others)
    signed = mean(everything)
    return everything, None if signed is None else round(signed, DIGITS)


def score(signed: float | None) -> float | None:
    """Return a signed total as a score of 0..100.

    >>> score(-40.0), score(None)
    (30.0, None)
    """
    return None if signed is None else 50.0 + signed / 2.0


def bias(signed: float | None, thresholds: AnalyzerThresholds) -> Bias:
    """Return the bias of a signed total; NEUTRAL where there is none.

    >>> [bias(s, AnalyzerThresholds()) for s in (40.0, 10.0, 9.99, -10.0, -40.0)]
    ['STRONG_BULLISH', 'WEAK_BULLISH', 'NEUTRAL', 'WEAK_BEARISH', 'STRONG_BEARISH']
    """
    if signed is None or abs(signed) < 2.0 * (thresholds.weak - 50.0):
        return "NEUTRAL"
    strong = abs(signed) >= 2.0 * (thresholds.strong - 50.0)
    if signed > 0.0:
        return "STRONG_BULLISH" if strong else "WEAK_BULLISH"
    return "STRONG_BEARISH" if strong else "WEAK_BEARISH"


def alignment(components: Sequence[Scored], bias: Bias) -> Alignment | None:
    """Return how the order book agrees with the bias; None without a fresh reading."""
    for component in components:
        if component.name == "hft_microstructure" and component.score is not None:
            return align(component.score, BIAS_NUMBER[bias])
    return None


def confidence(
    signed: float | None,
    confluence: float | None,
    components: Sequence[Scored],
    aligned: Alignment | None,
    gaps: Sequence[Gaps] = (),
    doubt: str = "",
    known: float = 1.0,
) -> tuple[Confidence, str]:
    """Return how far to trust a score, and why not further.

    `doubt` is one more cause to hold it; `known` the share of the timeframes' weight that had bars: what is left
    agrees with itself.
    """
    if signed is None or confluence is None:
        return "LOW", NO_SCORE
    level, why = _level(abs(signed), confluence)
    absent = [part.name for part in components if part.name in BIG and part.score is None]
    if absent:
        level, why = _capped(level, why, f"{', '.join(absent)} missing")
    if aligned is not None and aligned.kind == "STRONG_CONFLICT":
        level, why = _capped(level, why, "the order book is in strong conflict with the bias")
    holed = [f"{of.n_holes:,} of {of.n_bars:,} {of.timeframe} bars" for of in gaps if of.many]
    if holed:
        level, why = _capped(level, why, f"{', '.join(holed)} lack more than {100 * HOLE:.0f} % of their parts")
    if doubt:
        level, why = _capped(level, why, doubt)
    if known < MOST_TIMEFRAMES:
        level, why = _capped(level, why, f"timeframes of {100 * (1 - known):.0f} % of the weight are missing")
    if known < HALF_TIMEFRAMES and level:
        level, why = 0, f"{why}, so LOW"
    return CLASSES[level], why


def _level(distance: float, confluence: float) -> tuple[int, str]:
    why = f"score {distance / 2.0:.0f} points from neutral, timeframes agree by {100.0 * confluence:.0f} %"
    if distance >= HIGH_SIGNED and confluence >= HIGH_CONFLUENCE:
        return 2, why
    return (1, why) if distance >= MEDIUM_SIGNED and confluence >= MEDIUM_CONFLUENCE else (0, why)


def _capped(level: int, why: str, cause: str) -> tuple[int, str]:
    return (1, f"{why}; held to MEDIUM: {cause}") if level > 1 else (level, f"{why}; {cause}")
