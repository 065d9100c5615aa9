"""Alignment: whether the order book agrees with the technical bias, and what that does to size.

`hft_score` and `technical` (the bias's number) are both signed, positive for long. Swapping
both signs leaves the alignment as it is.
"""

from typing import Literal, NamedTuple

Kind = Literal["STRONG_ALIGNMENT", "MODERATE_ALIGNMENT", "NEUTRAL", "MODERATE_CONFLICT", "STRONG_CONFLICT"]


class Alignment(NamedTuple):
    """A kind of agreement, the factor on the base risk, its score in 0..1 and the advice."""

    kind: Kind
    size_modifier: float
    agreement: float  # A of docs/signals.md section 4's strength
    advice: str


STRONG_ALIGNMENT = Alignment("STRONG_ALIGNMENT", 1.5, 1.0, "enter now")
MODERATE_ALIGNMENT = Alignment("MODERATE_ALIGNMENT", 1.0, 0.75, "follow the technical plan")
NEUTRAL = Alignment("NEUTRAL", 0.8, 0.5, "no agreement either way: smaller size")
MODERATE_CONFLICT = Alignment("MODERATE_CONFLICT", 0.7, 0.25, "order book for timing only")
STRONG_CONFLICT = Alignment("STRONG_CONFLICT", 0.5, 0.0, "wait")
UNUSED = Alignment("NEUTRAL", 1.0, 0.5, "order book not used")  # hft_integration is false

STRONG, HFT_SPEAKS, BIAS_SPEAKS, FAR_APART = 60.0, 20.0, 30.0, 80.0


def align(hft_score: float, technical: float) -> Alignment:
    """Return how the score and the bias agree; the first rule that fits.

    >>> align(-73, 30).kind
    'STRONG_CONFLICT'
    """
    if (hft_score >= STRONG and technical >= STRONG) or (hft_score <= -STRONG and technical <= -STRONG):
        return STRONG_ALIGNMENT
    if abs(hft_score) < HFT_SPEAKS or abs(technical) < BIAS_SPEAKS:
        return NEUTRAL
    if hft_score * technical > 0:
        return MODERATE_ALIGNMENT
    return STRONG_CONFLICT if abs(technical - hft_score) > FAR_APART else MODERATE_CONFLICT
