"""Settings of the slow half: when the analyzer runs, what it weighs, and what it plans."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leadline.settings.section import Clock, Fraction, Positive, Section, Symbol


class Schedule(Section):
    """When the analyzer runs."""

    morning_analysis: Clock = "09:00"
    evening_analysis: Clock = "21:00"
    timezone: str = "UTC"


class AnalyzerWeights(Section):
    """Weights of the ultimate score's components; they sum to 1 (guide)."""

    multi_timeframe: Fraction = 0.40
    volume_profile: Fraction = 0.35
    technical: Fraction = 0.20
    hft_microstructure: Annotated[float, Field(ge=0.0, le=0.05)] = 0.05  # the guide's cap

    @model_validator(mode="after")
    def _sum(self) -> Self:
        total = self.multi_timeframe + self.volume_profile + self.technical + self.hft_microstructure
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"weights sum to {total:g}; they must sum to 1")
        return self


class AnalyzerThresholds(Section):
    """Edges of the bias, of 100; mirrored about 50 for the bearish side."""

    strong: Annotated[float, Field(gt=50, le=100)] = 70.0
    weak: Annotated[float, Field(gt=50, le=100)] = 55.0

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.weak >= self.strong:
            raise ValueError(f"weak ({self.weak:g}) must be below strong ({self.strong:g})")
        return self


class UltimateAnalyzer(Section):
    """The batch analysis that gives the day's bias, docs/analysis.md."""

    enabled: bool = True
    symbols: list[Symbol] = Field(default=["BTC/USDT", "ETH/USDT", "XRP/USDT"])
    schedule: Schedule = Schedule()
    hft_integration: bool = True
    as_of: str | None = None
    profile: Literal["swing", "position", "scalping"] = "swing"  # whose score and bias are the analysis's own
    weights: AnalyzerWeights = AnalyzerWeights()
    thresholds: AnalyzerThresholds = AnalyzerThresholds()
    profile_bins: Annotated[int, Field(ge=10, le=1000)] = 100
    value_area: Annotated[float, Field(ge=0.5, le=0.95)] = 0.70  # market-profile convention
    risk_per_trade: Annotated[float, Field(gt=0.0, le=0.02)] = 0.02  # of a swing or position; hard cap
    stop_atr: Positive = 1.5
    reward_ratio: Annotated[float, Field(ge=2.0)] = 2.0
