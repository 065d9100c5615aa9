"""Settings of the feed: which market, how it is heard, how it is kept as a tape."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from leadline.bias import Bias
from leadline.pasted import is_key
from leadline.settings.section import Fraction, Positive, Section, Symbol


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
