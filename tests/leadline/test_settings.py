"""Settings: safe defaults with docs/signals.md's values, hard caps, and the hash of what decides."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leadline.settings import DECIDING, FEE_PROFILES, Decision, Fees, Settings, config_hash, decision


def test_the_defaults_are_safe():
    settings = Settings()
    assert settings.scalping_engine.enabled is False
    assert settings.feed.source == "simulator"
    assert (settings.scalping_engine.risk_per_trade, settings.scalping_engine.max_concurrent_signals) == (0.005, 3)
    assert settings.metrics.host == "127.0.0.1"


def test_the_defaults_are_those_of_signals_md():
    rules = Decision()
    thetas = [getattr(rules.setups, name).theta for name in ("squeeze_breakout", "ema_pullback", "vwap_reversion")]
    assert thetas == [40.0, 20.0, 20.0]
    assert (rules.setups.candidate_seconds, rules.setups.hold_ms, rules.setups.expiry_seconds) == (90.0, 250, 900.0)
    assert (rules.setups.stop_atr, rules.setups.stop_min_bps, rules.setups.stop_spreads) == (1.5, 10.0, 4.0)
    assert (rules.risk.cooldown_seconds, rules.risk.max_break_even, rules.paper.latency_ms) == (60.0, 0.60, 150)
    assert (rules.hft.imbalance_lambda_bps, rules.hft.imbalance_ema_seconds) == (5.0, 10.0)
    assert (rules.hft.max_latency_seconds, rules.hft.signal_decay_seconds) == (10.0, 30.0)
    assert (rules.hft.weights.imbalance, rules.hft.weights.ratio, rules.hft.weights.spread) == (0.5, 0.3, 0.2)
    periods = rules.indicators
    assert (periods.ema_fast, periods.ema_slow, periods.rsi, periods.atr, periods.bollinger) == (9, 21, 14, 14, 20)


@pytest.mark.parametrize(
    "given",
    [{"scalping_engine": {"risk_per_trade": 0.0051}}, {"scalping_engine": {"max_concurrent_signals": 4}},
     {"risk": {"max_open_risk": 0.051}}, {"risk": {"max_daily_loss": 0.031}}, {"risk": {"max_notional": 3.1}}],
)  # fmt: skip
def test_no_setting_exceeds_a_hard_cap(given):
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [({"fees": {"profil": "x"}}, "profil"), ({"nonsense": {}}, "nonsense"),
     ({"feed": {"depth": 11}}, "depth"), ({"feed": {"depth": "25"}}, "depth"),
     ({"feed": {"symbols": ["x"]}}, "symbols"),
     ({"paper": {"equity_quote": 0}}, "equity"), ({"setups": {"stop_atr": float("inf")}}, "finite"),
     ({"risk": {"cooldown_seconds": float("nan")}}, "finite"),
     ({"ultimate_analyzer": {"schedule": {"morning_analysis": "9:00"}}}, "morning_analysis"),
     ({"fees": {"profile": "free"}}, "one of kraken_spot_10k-"), ({"indicators": {"bollinger": 501}}, "bollinger"),
     ({"hft": {"weights": {"imbalance": 0.6, "ratio": 0.3, "spread": 0.2}}}, "weights sum to 1.1"),
     ({"hft": {"weights": {"imbalance": 0.0, "ratio": 0.8, "spread": 0.2}}}, "imbalance weight must be above 0"),
     ({"hft": {"thresholds": {"strong": 20.0}}}, r"moderate \(20\) must be below strong \(20\)")],
)  # fmt: skip
def test_a_bad_value_is_refused_by_name(given, says):
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(given)


@pytest.mark.parametrize(("name", "bps"), FEE_PROFILES.items())
def test_every_fee_profile_can_be_named(name, bps):
    fees = Fees(profile=name)
    assert (fees.bps("maker"), fees.bps("taker")) == bps


def test_a_fee_given_overrides_its_profile_alone():
    assert Fees(taker_bps=7.0).bps("taker") == 7.0
    assert Fees(taker_bps=7.0).bps("maker") == 25.0
    assert Fees(maker_bps=0.0).bps("maker") == 0.0


def test_the_symbols_are_the_feeds_then_the_scalpers_then_the_simulators():
    assert Settings().symbols() == ["BTC/USD", "ETH/USD", "XRP/USD"]
    scalper = {"scalping_engine": {"symbols": ["DOGE/USD"]}}
    assert Settings.model_validate(scalper).symbols() == ["DOGE/USD"]
    assert Settings.model_validate({"feed": {"source": "kraken"}}).symbols() == ["BTC/USDT", "ETH/USDT"]
    assert Settings.model_validate(scalper | {"feed": {"symbols": ["X/USD"]}}).symbols() == ["X/USD"]


def test_what_decides_survives_the_tape():
    settings = Settings.model_validate({"hft": {"score_mode": "linear"}, "setups": {"ema_pullback": {"theta": 25.0}}})
    plain = msgspec.json.decode(msgspec.json.encode(decision(settings)))
    again = Decision.model_validate(plain)
    assert (again.hft, again.setups, again.fees, again.risk) == (
        settings.hft, settings.setups, settings.fees, settings.risk)  # fmt: skip
    assert config_hash(plain) == config_hash(decision(settings))


def test_the_hash_covers_what_decides_and_nothing_else():
    base = config_hash(decision(Settings()))
    for same in ({"feed": {"seed": 8}}, {"storage": {"data_dir": "x"}}, {"metrics": {"port": None}},
                 {"scalping_engine": {"enabled": True}}, {"scalping_engine": {"symbols": ["X/USD"]}}):  # fmt: skip
        assert config_hash(decision(Settings.model_validate(same))) == base
    for other in ({"setups": {"hold_ms": 251}}, {"fees": {"taker_bps": 1.0}}, {"hft": {"score_mode": "linear"}},
                  {"scalping_engine": {"hft_integration": False}}, {"paper": {"equity_quote": 1.0}},
                  {"hybrid_mode": {"trend_filter": False}}, {"hybrid_mode": {"bias": False}},
                  {"indicators": {"rsi": 15}}, {"risk": {"cooldown_seconds": 61.0}}):  # fmt: skip
        assert config_hash(decision(Settings.model_validate(other))) != base


def test_every_deciding_section_is_as_in_the_settings():
    of_all = Settings.model_fields
    assert {name: of_all[name].annotation for name in DECIDING} == {
        n: f.annotation for n, f in Decision.model_fields.items()
    }


@given(st.permutations(DECIDING))
def test_the_hash_does_not_depend_on_the_order_of_keys(names):
    plain = decision(Settings())
    assert config_hash({name: plain[name] for name in names}) == config_hash(plain)
