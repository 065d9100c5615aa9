"""Settings: what a user may decide, with safe defaults and the reason for each number.

This is the shape of `trading_config.json`; reading the file and the environment is
`flows.configuration`'s. An unknown key or a value out of range is refused. The sections of
DECIDING go into the tape's start record and into `config_hash`: a replay takes them from there.

    section    what each section is made of
    analyzer   the slow half            scalper  the fast half, and the bias between them
    score      the HFT score            feed     where the market comes from
    money      fees, risk, paper        running  storage, metrics, alerts
    whole      all of them together, and what of it decides
"""

from leadline.settings.analyzer import AnalyzerThresholds, AnalyzerWeights, Schedule, UltimateAnalyzer
from leadline.settings.feed import Feed
from leadline.settings.money import FEE_PROFILES, SPOT_TIERS, Fees, Paper, Risk
from leadline.settings.running import Alerts, Metrics, Retention, Storage
from leadline.settings.scalper import Advice, HybridMode, Indicators, ScalpingEngine, SetupRule, Setups
from leadline.settings.score import Hft, Thresholds, Weights
from leadline.settings.whole import DECIDING, Decision, Settings, config_hash, decision

__all__ = [
    "DECIDING", "FEE_PROFILES", "SPOT_TIERS", "Advice", "Alerts", "AnalyzerThresholds", "AnalyzerWeights",
    "Decision", "Feed", "Fees", "Hft", "HybridMode", "Indicators", "Metrics", "Paper", "Retention", "Risk",
    "ScalpingEngine", "Schedule", "Settings", "SetupRule", "Setups", "Storage", "Thresholds", "UltimateAnalyzer",
    "Weights", "config_hash", "decision",
]  # fmt: skip
