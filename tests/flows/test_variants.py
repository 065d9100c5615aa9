"""Variants: what `--vary` may say, and what is said of what it may not."""

import pytest

from flows.setting_paths import DECIDES
from flows.variants import check, resolve, variants
from leadline.errors import ConfigError
from leadline.settings import Decision, Settings, decision

BASE = decision(Settings())


def test_all_combinations_are_made_and_the_first_has_the_first_values():
    found = variants(["fees.profile=kraken_futures,kraken_spot_10k-", "hft_integration=true,false"])
    assert [v.name for v in found] == [
        "fees.profile=kraken_futures hft_integration=true", "fees.profile=kraken_futures hft_integration=false",
        "fees.profile=kraken_spot_10k- hft_integration=true", "fees.profile=kraken_spot_10k- hft_integration=false",
    ]  # fmt: skip
    assert found[3].changes == {
        "fees": {"profile": "kraken_spot_10k-"}, "scalping_engine": {"hft_integration": False},
    }  # fmt: skip


def test_values_are_of_the_settings_own_type():
    found = variants(["fees.maker_bps=null,2.5", "latency_ms=0,300", "squeeze_breakout.theta=20"])
    assert found[2].changes == {
        "fees": {"maker_bps": 2.5}, "paper": {"latency_ms": 0}, "setups": {"squeeze_breakout": {"theta": 20}},
    }  # fmt: skip
    for variant in found:
        check(BASE, variant)


def test_every_deciding_setting_is_known_by_its_path():
    assert [resolve(path) for path in DECIDES] == list(DECIDES)


def test_every_deciding_setting_can_be_varied_but_where_the_line_runs():
    walked = {f"{section}.{name}" for section, values in Decision().model_dump().items() for name in values}
    apart = {"scalping_engine.enabled", "scalping_engine.symbols"}
    assert {".".join(path.split(".")[:2]) for path in DECIDES} == walked - apart


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("theta", "theta could be setups.squeeze_breakout.theta, setups.ema_pullback.theta or"),
        ("hft_integrtion", "did you mean scalping_engine.hft_integration?"),
        ("fees.profil", "did you mean fees.profile?"),
        ("feed.depth", "feed.depth decides nothing on a tape; only these sections can be varied: scalping_engine"),
        ("symbols", "symbols decides nothing on a tape"),
        ("scalping_engine.enabled", "decides nothing on a tape"),
        ("qwertyuiop", "is no setting; `leadline config` lists every setting"),
        ("", "is no setting"),
    ],
)
def test_a_name_that_means_no_one_setting_is_an_error_that_helps(name, said):
    with pytest.raises(ConfigError) as error:
        resolve(name)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("varied", "said"),
    [
        (["hft_integration"], "write it as NAME=VALUE,VALUE"),
        (["hft_integration="], "write it as NAME=VALUE,VALUE"),
        (["hft_integration=true"], "nothing to compare"),
        (["hft_integration=true,true"], "a value is there twice"),
        (["fees.profile=kraken_futures", "profile=kraken_spot_10k"], "fees.profile is varied twice"),
    ],
)
def test_what_cannot_be_compared_is_an_error_that_helps(varied, said):
    with pytest.raises(ConfigError, match=said):
        variants(varied)


@pytest.mark.parametrize(
    ("varied", "said"),
    [
        ("fees.profile=kraken_futures,kraken", "fees: unknown fee profile 'kraken'; one of kraken_spot_10k-"),
        ("risk_per_trade=0.001,0.05", "scalping_engine.risk_per_trade is 0.05; allowed: a number above 0, at most"),
        ("hft_integration=true,maybe", 'scalping_engine.hft_integration is "maybe"; allowed: true or false'),
        ("fill_model=taker,maker", 'paper.fill_model is "maker"; allowed: taker, maker_pessimistic or'),
    ],
)
def test_a_value_that_no_configuration_may_have_is_refused(varied, said):
    with pytest.raises(ConfigError) as error:
        for variant in variants([varied]):
            check(BASE, variant)
    assert said in str(error.value)
