"""Settings of the HFT score: its weights, its classes, and how old its data may be."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leadline.settings.section import Fraction, Positive, Section


class Weights(Section):
    """Weights of the HFT score's components; they sum to 1 (guide)."""

    imbalance: Fraction = 0.50
    ratio: Fraction = 0.30
    spread: Fraction = 0.20

    @model_validator(mode="after")
    def _sum(self) -> Self:
        if abs(self.imbalance + self.ratio + self.spread - 1.0) > 1e-9:
            raise ValueError(f"weights sum to {self.imbalance + self.ratio + self.spread:g}; they must sum to 1")
        if self.imbalance == 0.0:
            raise ValueError("the imbalance weight must be above 0")
        return self


class Thresholds(Section):
    """Edges of the score's classes, mirrored for the sell side (guide: 60 and 20)."""

    strong: Annotated[float, Field(gt=0, le=100)] = 60.0
    moderate: Annotated[float, Field(gt=0, le=100)] = 20.0

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.moderate >= self.strong:
            raise ValueError(f"moderate ({self.moderate:g}) must be below strong ({self.strong:g})")
        return self


class Hft(Section):
    """The HFT score, docs/signals.md sections 1 and 2."""

    score_mode: Literal["symmetric", "linear"] = "symmetric"
    weights: Weights = Weights()
    thresholds: Thresholds = Thresholds()
    imbalance_lambda_bps: Positive = 5.0
    imbalance_ema_seconds: Positive = 10.0
    warn_latency_seconds: Positive = 2.0
    max_latency_seconds: Positive = 10.0  # guide: no new signal on older data
    signal_decay_seconds: Positive = 30.0  # guide: the score is void
    sample_seconds: Annotated[int, Field(ge=0)] = 1  # 0: a features row at every verified message
