"""The whole of the settings, and the part of it that decides: that goes into the tape's start record and its hash."""

import hashlib
from typing import Any

import msgspec

from leadline.settings.analyzer import UltimateAnalyzer
from leadline.settings.feed import Feed
from leadline.settings.money import Fees, Paper, Risk
from leadline.settings.running import Alerts, Metrics, Storage
from leadline.settings.scalper import Advice, HybridMode, Indicators, ScalpingEngine, Setups
from leadline.settings.score import Hft
from leadline.settings.section import Section


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


DECIDING = tuple(Decision.model_fields)


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
