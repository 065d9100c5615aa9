"""Settings of money: what a trade costs, what the account may risk, and how it trades on paper."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leadline.settings.section import Fraction, Positive, Section

FEE_PROFILES: dict[str, tuple[float, float]] = {  # maker, taker in bps; public tables drift
    "kraken_spot_10k-": (25, 40), "kraken_spot_10k": (20, 35), "kraken_spot_50k": (14, 24),
    "kraken_spot_100k": (12, 22), "kraken_spot_250k": (10, 20), "kraken_spot_500k": (8, 18),
    "kraken_spot_1M": (6, 16), "kraken_spot_2.5M": (4, 14), "kraken_spot_5M": (2, 12),
    "kraken_spot_10M": (0, 10), "kraken_futures": (2, 5),
}  # fmt: skip
SPOT_TIERS: dict[str, int] = {  # profile -> traded volume of 30 days, USD, from which it holds
    "kraken_spot_10k-": 0, "kraken_spot_10k": 10_000, "kraken_spot_50k": 50_000, "kraken_spot_100k": 100_000,
    "kraken_spot_250k": 250_000, "kraken_spot_500k": 500_000, "kraken_spot_1M": 1_000_000,
    "kraken_spot_2.5M": 2_500_000, "kraken_spot_5M": 5_000_000, "kraken_spot_10M": 10_000_000,
}  # fmt: skip


class Fees(Section):
    """What a trade costs. `maker_bps` and `taker_bps` override the profile."""

    profile: str = "kraken_spot_10k-"
    maker_bps: Annotated[float, Field(ge=-10, le=500)] | None = None
    taker_bps: Annotated[float, Field(ge=-10, le=500)] | None = None
    entry: Literal["maker", "taker"] = "taker"
    exit: Literal["maker", "taker"] = "taker"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.profile not in FEE_PROFILES:
            raise ValueError(f"unknown fee profile {self.profile!r}; one of {', '.join(FEE_PROFILES)}")
        return self

    def bps(self, role: Literal["maker", "taker"]) -> float:
        """Fee of one side of a trade, in bps."""
        maker, taker = FEE_PROFILES[self.profile]
        if role == "maker":
            return float(maker if self.maker_bps is None else self.maker_bps)
        return float(taker if self.taker_bps is None else self.taker_bps)


class Risk(Section):
    """The account's limits; caps that no setting exceeds."""

    max_break_even: Fraction = 0.60  # above it a signal is not tradable
    cooldown_seconds: Positive = 60.0
    max_open_risk: Annotated[float, Field(gt=0, le=0.05)] = 0.05
    max_daily_loss: Annotated[float, Field(gt=0, le=0.03)] = 0.03
    max_notional: Annotated[float, Field(gt=0, le=3.0)] = 1.0  # times equity; above 1 only on purpose


class Paper(Section):
    """The paper account. Nothing here ever places an order."""

    equity_quote: Positive = 10_000.0
    latency_ms: Annotated[int, Field(ge=0)] = 150
    fill_model: Literal["taker", "maker_pessimistic", "maker_optimistic"] = "taker"
    maker_wait_seconds: Positive = 90.0  # then a resting entry is taken back
    calibration_outcomes: Annotated[int, Field(ge=50)] = 200  # of a setup, before its confidence is calibrated
