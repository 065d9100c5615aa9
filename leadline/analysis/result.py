"""Analysis: the whole result as one tree of plain values, and that tree as JSON can hold it.

Scores are signed (-100..100, positive bullish) but for `score`, which runs from 0 to 100 with 50 neutral.
None is always accompanied by a reason; there is no NaN.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from leadline.analysis.bars import Timeframe
from leadline.analysis.key_level import KeyLevel
from leadline.analysis.newest import dated
from leadline.analysis.profiles import ProfileName
from leadline.analysis.scored import Scored
from leadline.analysis.setups import Setup
from leadline.analysis.technical import Technical
from leadline.analysis.zones import Breakout, Zone
from leadline.bias import Bias
from leadline.hft import Confidence
from leadline.volume_profile import VolumeProfile


@dataclass(frozen=True)
class TimeframeFacts:
    """What a timeframe's chart is made of. `confluence` is how far its parts agree, 0..1."""

    timeframe: Timeframe
    n_bars: int  # closed ones that were looked at
    missing_bars: int  # absent between the first and the last; never filled in
    bars_with_gaps: int  # lack more than 5 % of the finer bars that they are made of
    gaps: str  # that in words, and whether it may have been quiet time; empty where there are none
    from_ns: int
    closed_ns: int  # when the newest bar closed
    close: float
    atr: float
    ema_fast: float
    ema_slow: float
    adx: float
    swing_high: float | None  # the last confirmed ones
    swing_low: float | None
    confluence: float | None


@dataclass(frozen=True)
class Agreement:
    """How the order book agrees with the bias."""

    kind: str
    size_modifier: float
    advice: str


@dataclass(frozen=True)
class ProfileAnalysis:
    """One horizon: swing, position or scalping."""

    name: ProfileName
    score: float | None  # 0..100
    signed: float | None
    bias: Bias
    confidence: Confidence
    confidence_reason: str
    confluence: float | None  # agreement of the timeframes, apart from direction
    components: tuple[Scored, ...]
    anchor: Timeframe | None  # whose ATR measures the zones and the setup
    atr: float | None
    timeframes: tuple[TimeframeFacts, ...]
    volume_profile: VolumeProfile | None
    volume_days: float  # that the volume profile reaches back
    technical: Technical | None
    alignment: Agreement | None  # None without a fresh reading of the order book
    key_level: KeyLevel
    zones: tuple[Zone, ...]
    breakouts: tuple[Breakout, ...]
    setup: Setup | None
    setup_reason: str  # why there is one, or none
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Analysis:
    """One symbol at one time. Score, bias and key level are those of the profile `profile`."""

    symbol: str
    as_of_ns: int
    price: float | None  # the newest close of any timeframe
    price_ns: int | None  # when that was
    price_timeframe: Timeframe | None
    profile: ProfileName
    score: float | None
    bias: Bias
    confidence: Confidence
    key_level: KeyLevel
    profiles: tuple[ProfileAnalysis, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]  # of plans that are on opposite sides

    @property
    def price_dated(self) -> str:
        """What the price is, when it was and how old that is, in words."""
        if self.price_ns is None:
            return "no bar is closed by then"
        return f"{self.price_timeframe} close of {dated(self.price_ns, self.as_of_ns)}"

    def of(self, name: ProfileName) -> ProfileAnalysis:
        """Return one profile."""
        return next(one for one in self.profiles if one.name == name)


def plain(analysis: Analysis) -> dict[str, Any]:
    """Return the tree as dicts, lists, numbers and text."""
    found: dict[str, Any] = msgspec.to_builtins(analysis)
    return found
