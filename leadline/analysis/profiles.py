"""Profiles: the three horizons, which timeframes make each and how far back its volume counts.

The timeframes and their weights are docs/analysis.md section 1's. The *anchor* is the timeframe whose ATR
measures a profile's zones and setups and whose indicators make its technical component; where it is
missing, the heaviest timeframe that is present stands in.
"""

from typing import Literal, NamedTuple, get_args

from leadline.analysis.bars import Timeframe

ProfileName = Literal["swing", "position", "scalping"]
PROFILES: tuple[ProfileName, ...] = get_args(ProfileName)

Horizon = Literal["swing", "position", "scalp"]
HORIZON: dict[ProfileName, Horizon] = {"swing": "swing", "position": "position", "scalping": "scalp"}


class Plan(NamedTuple):
    """What a profile looks at."""

    weights: dict[Timeframe, float]
    anchor: Timeframe
    setup_on: tuple[Timeframe, ...]  # a setup measured in another timeframe's ATR would be of another horizon
    volume_from: tuple[Timeframe, ...]  # the volume profile's bars: the first of these that reaches back over its days
    volume_days: float
    vwap_days: float
    old_minutes: int  # a newest close older than this holds the confidence: a day's bar is up to a day old
    dead_minutes: int  # older than this nothing is said: days are enough, but one of them may not be missing

    @property
    def structure_days(self) -> float:
        """How far back a swing is a level: one of a market long gone holds nobody."""
        return 2.0 * self.volume_days


DAY, DAY_AND_A_HALF = 1440, 2160  # minutes
PLANS: dict[ProfileName, Plan] = {
    "swing": Plan(
        {"4h": 0.40, "1d": 0.40, "1w": 0.20}, "1d", ("1d",), ("1h", "4h", "1d"), 60.0, 20.0, DAY, DAY_AND_A_HALF
    ),
    "position": Plan(
        {"1d": 0.50, "1w": 0.40, "1M": 0.10}, "1w", ("1w",), ("4h", "1d", "1w"), 365.0, 140.0, DAY, DAY_AND_A_HALF
    ),
    "scalping": Plan(
        {"5m": 0.50, "15m": 0.30, "1h": 0.20}, "5m", ("5m", "15m"), ("1m", "5m", "15m", "1h"), 2.0, 1.0, 15, 60
    ),
}


def wanted() -> list[Timeframe]:
    """Return the timeframes that an analysis can use, each once, in the order of the profiles.

    >>> wanted()
    ['4h', '1d', '1w', '1h', '1M', '5m', '15m', '1m']
    """
    seen: dict[Timeframe, None] = {}
    for plan in PLANS.values():
        seen.update(dict.fromkeys([*plan.weights, *plan.volume_from]))
    return list(seen)
