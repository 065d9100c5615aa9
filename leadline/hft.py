"""The HFT score: order-book pressure from -100 (all selling) to +100 (all buying).

`symmetric` is the default: the spread scales conviction and never makes direction, so the
score flips sign with the book. `linear` is the founding guide's own arithmetic, kept as a
reference: it adds the spread's points to the direction, so it breaks the mirror rule.
"""

from typing import Literal, NamedTuple

import msgspec

from leadline.settings import Hft, Thresholds, Weights

HftClass = Literal["STRONG_BUY", "MODERATE_BUY", "NEUTRAL", "MODERATE_SELL", "STRONG_SELL"]
Confidence = Literal["HIGH", "MEDIUM", "LOW"]

MOMENTUM_GAIN, MOMENTUM_CAP = 20.0, 25.0  # of I - EMA
WIDE_SPREAD_BPS = 30.0  # caps confidence
STRESS_SPREAD_BPS = 50.0
RATIO_STEPS = ((3.0, 100.0), (2.0, 75.0), (1.5, 50.0), (1.2, 25.0))
SPREAD_QUALITY = ((5.0, 1.0), (10.0, 0.75), (20.0, 0.5), (50.0, 0.25))
LINEAR_SPREAD = ((5.0, 10.0), (10.0, 0.0), (20.0, -10.0), (50.0, -25.0))  # guide; wider: -50
LINEAR_RATIO = ((3.0, 100.0), (2.0, 75.0), (1.5, 50.0), (1.2, 25.0), (0.8, 0.0), (0.5, -25.0), (0.33, -50.0),
                (0.2, -75.0))  # fmt: skip  # guide; lower: -100


class Reading(msgspec.Struct, gc=False):
    """What the score is made of at one verified book message."""

    score: float
    imbalance: float  # I, [-10, 10]
    imbalance_ema: float
    spread_bps: float
    bid_orders: int | None  # None on L2
    ask_orders: int | None
    age_s: float  # freshness of the newest input


class Components(NamedTuple):
    """The parts of a score, for rows and cards; None where a part is missing."""

    score_imbalance: float
    score_ratio: float | None
    spread_quality: float
    linear: float


def score_imbalance(imbalance: float, ema: float) -> float:
    """Pressure now plus its momentum, [-100, 100].

    >>> round(score_imbalance(6.1, 6.4), 9)
    55.0
    """
    momentum = MOMENTUM_GAIN * (imbalance - ema)  # imbalance is within 10 by construction: no clip of 10 * I
    if momentum > MOMENTUM_CAP:
        momentum = MOMENTUM_CAP
    elif momentum < -MOMENTUM_CAP:
        momentum = -MOMENTUM_CAP
    total = 10.0 * imbalance + momentum
    return 100.0 if total > 100.0 else -100.0 if total < -100.0 else total


def score_ratio(bid_orders: int | None, ask_orders: int | None) -> float | None:
    """Order counts of the two sides against each other, [-100, 100]; None when unknown.

    >>> score_ratio(19, 116), score_ratio(116, 19), score_ratio(None, None)
    (-100.0, 100.0, None)
    """
    if bid_orders is None or ask_orders is None or (bid_orders == 0 and ask_orders == 0):
        return None
    more, fewer = (ask_orders, bid_orders) if bid_orders < ask_orders else (bid_orders, ask_orders)
    if more < RATIO_STEPS[-1][0] * fewer:
        return 0.0  # never a negative one
    many = _many(more, fewer)
    return -many if bid_orders < ask_orders else many


def _many(more: int, fewer: int) -> float:
    for step, score in RATIO_STEPS:
        if more >= step * fewer:
            return score
    return 0.0


def spread_quality(spread_bps: float) -> float:
    """Tightness of the market, 1 (at most 5 bps) to 0 (wider than 50)."""
    if spread_bps <= SPREAD_QUALITY[0][0]:  # nearly always
        return 1.0
    for step, quality in SPREAD_QUALITY:
        if spread_bps <= step:
            return quality
    return 0.0


def symmetric(imbalance_part: float, ratio_part: float | None, quality: float, weights: Weights) -> float:
    """Score whose direction is imbalance and ratio; the spread scales it.

    >>> round(symmetric(55.0, -100.0, 1.0, Weights()), 1)
    -3.1
    """
    if ratio_part is None:
        direction = imbalance_part
    else:
        direction = (weights.imbalance * imbalance_part + weights.ratio * ratio_part) / (
            weights.imbalance + weights.ratio
        )
    return direction * ((1.0 - weights.spread) + weights.spread * quality)


def linear(imbalance_part: float, ratio_part: float | None, spread_part: float, weights: Weights) -> float:
    """Score of the guide's arithmetic: a weighted sum of all three, reweighted when the ratio is missing.

    >>> round(linear(61.0, -75.0, 10.0, Weights()), 1), round(linear(55.0, -100.0, 10.0, Weights()), 1)
    (10.0, -0.5)
    """
    if ratio_part is None:
        known = weights.imbalance + weights.spread
        return (weights.imbalance * imbalance_part + weights.spread * spread_part) / known
    return weights.imbalance * imbalance_part + weights.ratio * ratio_part + weights.spread * spread_part


def linear_ratio(bid_orders: int | None, ask_orders: int | None) -> float | None:
    """Return the guide's own lopsided ratio score."""
    if bid_orders is None or ask_orders is None or (bid_orders == 0 and ask_orders == 0):
        return None
    if ask_orders == 0:
        return 100.0
    ratio = bid_orders / ask_orders
    return next((score for step, score in LINEAR_RATIO if ratio >= step), -100.0)


def linear_spread(spread_bps: float) -> float:
    """Return the guide's own spread score, +10 to -50."""
    for step, score in LINEAR_SPREAD:
        if spread_bps <= step:
            return score
    return -50.0


def score(
    imbalance: float, ema: float, bid_orders: int | None, ask_orders: int | None, spread_bps: float, rules: Hft
) -> float:
    """Return the score in the configured mode."""
    part = score_imbalance(imbalance, ema)
    weights = rules.weights
    if rules.score_mode == "linear":
        return linear(part, linear_ratio(bid_orders, ask_orders), linear_spread(spread_bps), weights)
    quality = 1.0 if spread_bps <= SPREAD_QUALITY[0][0] else spread_quality(spread_bps)
    ratio = None if bid_orders is None else score_ratio(bid_orders, ask_orders)
    return symmetric(part, ratio, quality, weights)


def components(reading: Reading, rules: Hft) -> Components:
    """Return the parts of a reading's score, and the score in linear mode."""
    part = score_imbalance(reading.imbalance, reading.imbalance_ema)
    orders = (reading.bid_orders, reading.ask_orders)
    return Components(
        part,
        score_ratio(*orders),
        spread_quality(reading.spread_bps),
        linear(part, linear_ratio(*orders), linear_spread(reading.spread_bps), rules.weights),
    )


def hft_class(score: float, edges: Thresholds) -> HftClass:
    """Return the class of a score."""
    if score >= edges.strong:
        return "STRONG_BUY"
    if score >= edges.moderate:
        return "MODERATE_BUY"
    if score <= -edges.strong:
        return "STRONG_SELL"
    if score <= -edges.moderate:
        return "MODERATE_SELL"
    return "NEUTRAL"


def confidence(score: float, spread_bps: float, complete: bool, age_s: float, rules: Hft) -> Confidence:
    """Confidence label: by size, capped at MEDIUM by a wide spread or a missing part, LOW when old."""
    if age_s > rules.max_latency_seconds:
        return "LOW"
    size = abs(score)
    if size >= 70.0:
        return "HIGH" if complete and spread_bps <= WIDE_SPREAD_BPS else "MEDIUM"
    return "MEDIUM" if size >= 40.0 else "LOW"


def expected_duration(score: float) -> str:
    """How long such pressure tends to matter (guide)."""
    size = abs(score)
    if size >= 80.0:
        return "5-15 min"
    if size >= 60.0:
        return "2-8 min"
    return "1-5 min" if size >= 40.0 else "30 s-2 min"


def alerts(reading: Reading, age_s: float, rules: Hft) -> list[str]:
    """Return what deserves a trader's eye, in neutral words; `age_s` is the reading's age now."""
    found = []
    if age_s > rules.warn_latency_seconds:
        found.append(f"data is {age_s:.1f} s old")
    if abs(reading.score) >= 80.0:
        found.append("extreme buying pressure" if reading.score > 0 else "extreme selling pressure")
    if reading.bid_orders is not None and reading.ask_orders is not None:
        if reading.bid_orders < 0.2 * reading.ask_orders:
            found.append("heavy ask wall")
        if reading.bid_orders > 5.0 * reading.ask_orders:
            found.append("heavy bid support")
    if reading.spread_bps > STRESS_SPREAD_BPS:
        found.append("market stress: wide spread")
    if abs(reading.imbalance - reading.imbalance_ema) > 2.0:
        found.append("momentum shift")
    return found
