"""Hybrid: what the day's bias lets a scalp do, docs/signals.md section 9.

A bullish bias keeps longs above its key level, a bearish one shorts below it; a neutral one, or none,
keeps everything. `side` is +1 for a long, -1 for a short. An entry into a zone of the analysis is held to the same,
but the key level is a scalp's alone: a plan of days buys at the very levels that key levels are made of.
"""

from typing import Literal

from leadline.bias_record import BiasRecord, EntryPlan
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


def plan_refusal(plan: EntryPlan, mid: float, bias: BiasRecord, rules: HybridMode) -> Refusal | None:
    """Return why a plan of the analysis is not to be entered at this mid, or None."""
    why = refusal(plan.sign, mid, bias, rules)
    return why if plan.horizon == "scalp" or why == "against_bias" else None


def refused(why: Refusal, side: int, bias: BiasRecord, key_level: str) -> str:
    """Return a refusal in words; the key level as it is shown.

    >>> bearish = BiasRecord("b", "A/B", "kraken", 0, 1, "WEAK_BEARISH", 100.0)
    >>> refused("against_bias", 1, bearish, "100"), refused("wrong_side_of_key_level", -1, bearish, "100")
    ('against the WEAK_BEARISH bias', 'not below the key level 100 of the WEAK_BEARISH bias')
    """
    if why == "against_bias":
        return f"against the {bias.bias} bias"
    return f"not {'above' if side > 0 else 'below'} the key level {key_level} of the {bias.bias} bias"
