"""Hybrid: what the day's bias lets a scalp do, docs/signals.md section 9.

A bullish bias keeps longs above its key level, a bearish one shorts below it; a neutral one, or none,
keeps everything. `side` is +1 for a long, -1 for a short.
"""

from typing import Literal

from leadline.bias_record import BiasRecord
from leadline.settings import HybridMode

Refusal = Literal["against_bias", "wrong_side_of_key_level"]


def refusal(side: int, mid: float, bias: BiasRecord | None, rules: HybridMode) -> Refusal | None:
    """Return why a scalp at this mid is filtered, or None.

    >>> bullish = BiasRecord("b", "A/B", "kraken", 0, 1, "WEAK_BULLISH", 100.0)
    >>> [refusal(side, mid, bullish, HybridMode()) for side, mid in ((1, 100.5), (1, 100.0), (-1, 99.0))]
    [None, 'wrong_side_of_key_level', 'against_bias']
    """
    if bias is None or bias.side == 0:
        return None
    if rules.trend_filter and side != bias.side:
        return "against_bias"
    if rules.scalp_signal_filtering and bias.key_level is not None and side * (mid - bias.key_level) <= 0:
        return "wrong_side_of_key_level"
    return None
