"""Settings: what a user may decide, with safe defaults and the reason for each number.

This is the shape of `trading_config.json`; reading the file and the environment is
`flows.configuration`'s. An unknown key or a value out of range is refused. The sections of
DECIDING go into the tape's start record and into `config_hash`: a replay takes them from there.
"""

import hashlib
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from leadline.bias import Bias
from leadline.pasted import is_key

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Symbol = Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,15}/[A-Z0-9.]{1,15}$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Section(BaseModel):
    """A section: no unknown keys, no coercion of text into numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


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
    """The batch analysis that gives the day's bias, SIGNALS.md section 8."""

    enabled: bool = True
    symbols: list[Symbol] = ["BTC/USDT", "ETH/USDT", "XRP/USDT"]
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


class ScalpingEngine(Section):
    """The scalper. `enabled` is asked for on a live feed only."""

    enabled: bool = False
    symbols: list[Symbol] = ["BTC/USDT", "ETH/USDT"]
    max_concurrent_signals: Annotated[int, Field(ge=1, le=3)] = 3  # hard cap, SIGNALS.md section 9
    risk_per_trade: Annotated[float, Field(gt=0.0, le=0.005)] = 0.005  # hard cap
    hft_integration: bool = True


class HybridMode(Section):
    """What the day's bias does on the line."""

    bias: bool = True  # false: the line goes by no bias record at all, as if its tape had none
    trend_filter: bool = True
    morning_bias_update: bool = True
    scalp_signal_filtering: bool = True


class Feed(Section):
    """Where the market comes from. Nothing here changes a decision but `symbols` and `depth`."""

    source: Literal["simulator", "kraken", "replay"] = "simulator"
    url: str = "wss://ws.kraken.com/v2"
    venue: Literal["kraken", "simulator"] | None = None  # None: kraken live; an exchange of our own says simulator
    rest_url: str | None = None  # None: Kraken's own where url is Kraken's, else no history
    symbols: list[Symbol] | None = None  # None: scalping_engine.symbols; BTC, ETH, XRP on the simulator
    depth: Literal[10, 25, 100, 500, 1000] = 25
    level: Literal["L2", "L3"] | None = None  # None: L3 on the simulator, and live where there is an API key
    level3_url: str = "wss://ws-l3.kraken.com/v2"
    level3_tier: Literal["standard", "pro"] = "standard"  # how many subscriptions a second Kraken allows
    key_file: str | None = None  # API key and secret, two lines, mode 0600; the environment comes first
    tape: str | None = None  # replay: a tape's folder
    record: bool | None = None  # None: on for a live feed
    pace: Literal["max", "realtime"] = "max"
    batch: Annotated[int, Field(ge=1, le=100_000)] = 512  # records an activation, at most
    seed: int = 7  # simulator
    hours: Positive = 6.0  # simulator
    predictability: Fraction = 0.5  # simulator: how much order flow predicts the next move; 0 is a true null
    bias: Bias | None = None  # simulator: of each symbol, as its market opens
    connect_timeout_seconds: Positive = 10.0
    instrument_timeout_seconds: Positive = 5.0
    max_frame_bytes: Annotated[int, Field(ge=65_536)] = 8 * 1024 * 1024
    segment_bytes: Annotated[int, Field(ge=4096)] = 64 * 1024 * 1024
    segment_seconds: Positive = 3600.0

    @field_validator("key_file")
    @classmethod
    def _no_key(cls, value: str | None) -> str | None:
        if value is not None and is_key(value):
            raise ValueError("it looks like a key and must be the path of a file: remove the key there")
        return value


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


class Advice(Section):
    """Which advice the line follows, SIGNALS.md section 7. Each has its counterfactual in the store."""

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
    """The HFT score, SIGNALS.md sections 1 and 2."""

    score_mode: Literal["symmetric", "linear"] = "symmetric"
    weights: Weights = Weights()
    thresholds: Thresholds = Thresholds()
    imbalance_lambda_bps: Positive = 5.0
    imbalance_ema_seconds: Positive = 10.0
    warn_latency_seconds: Positive = 2.0
    max_latency_seconds: Positive = 10.0  # guide: no new signal on older data
    signal_decay_seconds: Positive = 30.0  # guide: the score is void
    sample_seconds: Annotated[int, Field(ge=0)] = 1  # 0: a features row at every verified message


class Indicators(Section):
    """Periods of the one-minute indicators, SIGNALS.md section 4."""

    ema_fast: Annotated[int, Field(ge=2)] = 9
    ema_slow: Annotated[int, Field(ge=3)] = 21
    rsi: Annotated[int, Field(ge=2)] = 14
    atr: Annotated[int, Field(ge=2)] = 14
    bollinger: Annotated[int, Field(ge=2)] = 20
    bollinger_sigma: Positive = 2.0
    squeeze_lookback: Annotated[int, Field(ge=10, le=1000)] = 120
    squeeze_fraction: Fraction = 0.20
    relative_volume: Annotated[int, Field(ge=2)] = 20


class SetupRule(Section):
    """One setup: whether it may arm, and the HFT score that fires it."""

    enabled: bool = True
    theta: Annotated[float, Field(gt=0, lt=80)] = 20.0


class Setups(Section):
    """Arming, firing and prices, SIGNALS.md section 4."""

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


class Retention(Section):
    """What is kept: of the tape never past the position a crash would resume from; of the lake all, where null."""

    tape_days: Positive = 7.0
    tape_gib: Positive = 20.0
    lake_days: Positive | None = None
    features_days: Positive | None = None


class Storage(Section):
    """Where the store is."""

    data_dir: str = "data"
    retention: Retention = Retention()


class Metrics(Section):
    """Prometheus' endpoint. A null port serves none."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] | None = 9464


class Alerts(Section):
    """Alerts to people. Whom to tell is never here: addresses are secrets, and come from the environment."""

    enabled: bool = False
    simulated: bool = False
    signals: bool = True
    kill_switch: bool = True
    trust: bool = True
    daily_summary: bool = True
    signal_seconds: Positive = 60.0  # later the price has moved, and a tired trader may still take it
    trust_seconds: Annotated[float, Field(ge=0)] = 30.0  # a book that is asked for again is back within seconds
    cooldown_seconds: Annotated[float, Field(ge=0)] = 300.0
    max_per_hour: Annotated[int, Field(ge=1)] = 20
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    timezone: str = "UTC"
    heartbeat_seconds: Annotated[float, Field(ge=10)] = 300.0

    @model_validator(mode="after")
    def _quiet(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None) or (
            self.quiet_from is not None and self.quiet_from == self.quiet_until
        ):
            raise ValueError("quiet_from and quiet_until are two different times of day, or both null")
        return self


class Settings(Section):
    """The whole of `trading_config.json`."""

    ultimate_analyzer: UltimateAnalyzer = UltimateAnalyzer()
    scalping_engine: ScalpingEngine = ScalpingEngine()
    hybrid_mode: HybridMode = HybridMode()
    feed: Feed = Feed()
    fees: Fees = Fees()
    risk: Risk = Risk()
    paper: Paper = Paper()
    advice: Advice = Advice()
    hft: Hft = Hft()
    indicators: Indicators = Indicators()
    setups: Setups = Setups()
    storage: Storage = Storage()
    metrics: Metrics = Metrics()
    alerts: Alerts = Alerts()

    def symbols(self) -> list[str]:
        """Return the symbols of the feed, in their order."""
        if self.feed.symbols:
            return list(self.feed.symbols)
        if self.feed.source == "simulator" and "symbols" not in self.scalping_engine.model_fields_set:
            return ["BTC/USD", "ETH/USD", "XRP/USD"]
        return list(self.scalping_engine.symbols)


DECIDING = ("scalping_engine", "hybrid_mode", "fees", "risk", "paper", "advice", "hft", "indicators", "setups")


class Decision(Section):
    """The sections that decide, as the line gets them from the tape's start record."""

    scalping_engine: ScalpingEngine = ScalpingEngine()
    hybrid_mode: HybridMode = HybridMode()
    fees: Fees = Fees()
    risk: Risk = Risk()
    paper: Paper = Paper()
    advice: Advice = Advice()
    hft: Hft = Hft()
    indicators: Indicators = Indicators()
    setups: Setups = Setups()


def decision(settings: Settings) -> dict[str, Any]:
    """Return the deciding sections as plain values, for the start record.

    `enabled` and the scalper's symbol list are left out: they say whether and where a line
    runs (the start record has its symbols), not what it decides.
    """
    plain = {name: getattr(settings, name).model_dump() for name in DECIDING}
    plain["scalping_engine"] = {k: v for k, v in plain["scalping_engine"].items() if k not in ("enabled", "symbols")}
    return plain


def config_hash(deciding: dict[str, Any]) -> str:
    """Return 12 hex digits over the deciding sections."""
    return hashlib.sha256(msgspec.json.encode(deciding, order="deterministic")).hexdigest()[:12]
