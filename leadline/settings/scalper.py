"""Settings of the fast half: what arms and fires a scalp, what the day's bias does to it, which advice it follows."""

from typing import Annotated

from pydantic import Field

from leadline.settings.section import Fraction, Positive, Section, Symbol


class ScalpingEngine(Section):
    """The scalper. `enabled` is asked for on a live feed only."""

    enabled: bool = False
    symbols: list[Symbol] = Field(default=["BTC/USDT", "ETH/USDT"])
    max_concurrent_signals: Annotated[int, Field(ge=1, le=3)] = 3  # hard cap
    risk_per_trade: Annotated[float, Field(gt=0.0, le=0.005)] = 0.005  # hard cap
    hft_integration: bool = True


class HybridMode(Section):
    """What the day's bias does on the line."""

    bias: bool = True  # false: the line goes by no bias record at all, as if its tape had none
    trend_filter: bool = True
    morning_bias_update: bool = True
    scalp_signal_filtering: bool = True


Period = Annotated[int, Field(ge=2, le=500)]


class Indicators(Section):
    """Periods of the one-minute indicators, docs/signals.md section 4; all fit into the candles that are kept."""

    ema_fast: Period = 9
    ema_slow: Annotated[int, Field(ge=3, le=500)] = 21
    rsi: Period = 14
    atr: Period = 14
    bollinger: Period = 20
    bollinger_sigma: Positive = 2.0
    squeeze_lookback: Annotated[int, Field(ge=10, le=1000)] = 120
    squeeze_fraction: Fraction = 0.20
    relative_volume: Period = 20


class SetupRule(Section):
    """One setup: whether it may arm, and the HFT score that fires it."""

    enabled: bool = True
    theta: Annotated[float, Field(gt=0, lt=80)] = 20.0


class Setups(Section):
    """Arming, firing and prices, docs/signals.md section 4."""

    squeeze_breakout: SetupRule = SetupRule(theta=40.0)
    ema_pullback: SetupRule = SetupRule()
    vwap_reversion: SetupRule = SetupRule()
    candidate_seconds: Positive = 90.0
    hold_ms: Annotated[int, Field(ge=0)] = 250
    breakout_relative_volume: Positive = 1.5
    reversion_sigma: Positive = 2.0
    reversion_rsi: Annotated[float, Field(gt=0, lt=50)] = 30.0
    stop_atr: Positive = 1.5
    stop_min_bps: Positive = 10.0
    stop_spreads: Positive = 4.0
    reward_ratio: Positive = 2.0
    expiry_seconds: Positive = 900.0


class Advice(Section):
    """Which advice the line follows, docs/signals.md section 7. Each has its counterfactual in the store."""

    stop_protection: bool = True
    false_breakout: bool = True
    entry_timing: bool = True
    size_modifier: bool = True
    hold_score: Annotated[float, Field(gt=0, le=100)] = 50.0
    exit_score: Annotated[float, Field(gt=0, le=100)] = 50.0  # against the trade
    exit_seconds: Annotated[float, Field(ge=0)] = 3.0  # it has to last
    grace_seconds: Annotated[float, Field(ge=0)] = 10.0  # of a trade, in which nothing is advised
    adverse_r: Annotated[float, Field(ge=0)] = 0.25  # stop distances that price is against the trade
    false_breakout_score: Annotated[float, Field(gt=0, le=100)] = 60.0  # against the breakout
