"""Claims about the configuration: what loads, what is refused and how, what wins, what is written."""

import doctest
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import configuration, environment, jsonc, setting_paths
from flows.configuration import check_live, effective, explicit_environment, load, merged
from flows.setting_paths import SETTINGS, allowed, nearest
from leadline.errors import ConfigError
from leadline.settings import Decision, Settings, config_hash, decision

GUIDE = """{
  "ultimate_analyzer": {
    "enabled": true,
    "symbols": ["BTC/USDT", "ETH/USDT", "XRP/USDT"],
    "schedule": {
      "morning_analysis": "09:00",
      "evening_analysis": "21:00"
    },
    "hft_integration": true
  },
  "scalping_engine": {
    "enabled": false,  // DISABLED by default for safety
    "symbols": ["BTC/USDT", "ETH/USDT"],
    "max_concurrent_signals": 3,
    "risk_per_trade": 0.005,  // 0.5% max risk
    "hft_integration": true
  },
  "hybrid_mode": {
    "trend_filter": true,
    "morning_bias_update": true,
    "scalp_signal_filtering": true
  }
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trading_config.json"


def refusal(file: Path, text: str = "{}", **env: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(file, env)
    return str(refused.value)


@pytest.mark.parametrize("module", [configuration, environment, jsonc, setting_paths])
def test_the_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_the_first_run_writes_safe_defaults_and_the_second_reads_them_back(file):
    first, second = load(file, {}), load(file, {})
    assert first.settings == second.settings == Settings()
    assert first.settings.feed.source == "simulator"
    assert first.settings.scalping_engine.enabled is False
    assert first.notices == (f"wrote {file} with safe defaults",)
    assert second.notices == ()
    assert os.listdir(file.parent) == [file.name]


def test_the_written_file_is_plain_json_and_holds_every_setting_but_the_scalpers_symbols(file):
    load(file, {})
    origins = load(file, {}).origins
    assert json.loads(file.read_text())["feed"]["source"] == "simulator"
    assert [path for path, origin in origins.items() if origin != "file"] == ["scalping_engine.symbols"]


def test_a_written_file_leaves_the_simulator_its_three_symbols(file):
    load(file, {})
    assert load(file, {}).settings.symbols() == ["BTC/USD", "ETH/USD", "XRP/USD"]
    live = load(file, {"LEADLINE__FEED__SOURCE": "kraken"})
    assert live.settings.symbols() == ["BTC/USDT", "ETH/USDT"]


def test_the_guides_own_block_loads_as_written(file):
    file.write_text(GUIDE)
    loaded = load(file, {})
    assert loaded.settings.symbols() == ["BTC/USDT", "ETH/USDT"]
    assert loaded.settings.scalping_engine.risk_per_trade == 0.005
    assert loaded.origins["scalping_engine.enabled"] == "file"
    assert loaded.origins["feed.source"] == "default"


def test_a_folder_that_cannot_be_written_gives_defaults_and_says_so(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    loaded = load(env={})
    assert loaded.settings == Settings()
    assert "built-in defaults" in loaded.notices[0]


@pytest.mark.parametrize("write", [True, False])
def test_a_named_file_that_is_not_there_and_cannot_be_written_is_refused(tmp_path, write):
    named = tmp_path / "missing" / "x.json"
    for path, env in ((None, {"LEADLINE_CONFIG": str(named)}), (named, {})):
        with pytest.raises(ConfigError, match=r"there is no configuration .*x\.json, and it cannot be written") as e:
            load(path, env, write=write)
        assert "\n" not in str(e.value) and "set LEADLINE_CONFIG to another" in str(e.value)
    assert not named.parent.exists()


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that not even root may write in")
def test_a_named_file_in_a_folder_that_may_not_be_written_in_is_refused():
    with pytest.raises(ConfigError, match=r"there is no configuration /proc/self/x\.json, and it cannot be written"):
        load(env={"LEADLINE_CONFIG": "/proc/self/x.json"})


def test_the_environment_names_the_file(tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"paper": {"latency_ms": 7}}')
    loaded = load(env={"LEADLINE_CONFIG": str(other)})
    assert (loaded.settings.paper.latency_ms, loaded.path) == (7, other)


def test_the_environment_wins_over_the_file_and_is_named_as_the_origin(file):
    file.write_text('{"feed": {"source": "replay", "depth": 100}}')
    loaded = load(file, {"leadline__feed__Source": "kraken"})
    assert (loaded.settings.feed.source, loaded.settings.feed.depth) == ("kraken", 100)
    rows = {path: (value, origin) for path, value, origin in effective(loaded)}
    assert rows["feed.source"] == ("kraken", "environment")
    assert rows["feed.depth"] == (100, "file")
    assert rows["feed.level"] == (None, "default")
    assert list(rows) == list(SETTINGS)


@pytest.mark.parametrize("path", SETTINGS)
def test_every_setting_can_be_set_by_environment(path, tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "trading_config.json"
    setting = SETTINGS[path]
    text = setting.default if isinstance(setting.default, str) else json.dumps(setting.default)
    loaded = load(file, {environment.variable(path): text})
    rows = {path: (value, origin) for path, value, origin in effective(loaded)}
    assert rows[path] == (setting.default, "environment")


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("feed.symbols", "BTC/USD,ETH/USD", ["BTC/USD", "ETH/USD"]),
        ("feed.symbols", '["BTC/USD"]', ["BTC/USD"]),
        ("feed.symbols", "null", None),
        ("feed.tape", "2024", "2024"),
        ("feed.tape", '"null"', "null"),
        ("feed.record", "off", False),
        ("feed.hours", "2", 2),
        ("metrics.port", "null", None),
        ("scalping_engine.enabled", "True", True),
        ("storage.data_dir", "/tmp/a b", "/tmp/a b"),
    ],
)
def test_environment_text_becomes_what_its_setting_accepts(file, path, text, value):
    rows = {path: value for path, value, _ in effective(load(file, {environment.variable(path): text}))}
    assert rows[path] == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"feed": {"sorce": 1}}', "trading_config.json: feed.sorce is unknown; did you mean feed.source?"),
        ('{"fed": {}}', "trading_config.json: fed is unknown; did you mean feed?"),
        ('{"feed": {"taker_bps": 1}}', "trading_config.json: feed.taker_bps is unknown; did you mean fees.taker_bps?"),
        ('{"feed": {"depth": 30}}', "trading_config.json: feed.depth is 30; allowed: 10, 25, 100, 500 or 1000"),
        (
            '{"scalping_engine": {"risk_per_trade": 0.01}}',
            "trading_config.json: scalping_engine.risk_per_trade is 0.01; allowed: a number above 0, at most 0.005",
        ),
        (
            '{"feed": {"symbols": ["BTC/USD", "btc"]}}',
            'trading_config.json: feed.symbols[1] is "btc"; allowed: a symbol such as "BTC/USD"',
        ),
        (
            '{"paper": 7}',
            "trading_config.json: paper is 7; it must be a section: {equity_quote, latency_ms, fill_model, "
            "maker_wait_seconds, calibration_outcomes}",
        ),
        (
            '{"hft": {"weights": {"ratio": 0.5}}}',
            "trading_config.json: hft.weights: weights sum to 1.2; they must sum to 1",
        ),
        (
            '{"feed": {"depth": 10,}}',
            "trading_config.json line 1, column 23: a comma before a closing bracket; remove it",
        ),
        ('{"feed": {}, "feed": {}}', 'trading_config.json: key "feed" is given twice in one section; keep one'),
        ('{"feed": {"hours": NaN}}', "trading_config.json: NaN is not a number JSON knows; give a finite one"),
        ('{"feed": {"hours": 1e999}}', "trading_config.json: 1e999 is too large"),
    ],
)
def test_a_fault_in_the_file_is_one_line_with_path_value_and_what_is_allowed(file, text, line):
    assert refusal(file, text) == line


def test_several_faults_are_several_lines(file):
    assert len(refusal(file, '{"feed": {"depth": 1, "sorce": 2}, "zz": 3}').splitlines()) == 3


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"x', "null", '{"a": "\\ud800"}', '{"a": ["\\ud800"]}', "[" * 100_000]
)
def test_a_file_that_is_no_object_of_json_is_refused_in_one_line(file, text):
    assert len(refusal(file, text).splitlines()) == 1


@pytest.mark.parametrize(
    "key",
    [
        "Kx3p/Hq8ZrT0aWm5Yc1Ub7Ne+Jd2Gf9LsVo4Ri6PtEkXyQwBnMzCvAu",
        "/Hq8ZrT0aWm5Yc1Ub7Ne+Jd2Gf9LsVo4Ri6PtEkXyQwBnMzCvAu0p==",
    ],
)
def test_a_key_in_place_of_its_files_path_is_refused_and_not_shown(file, key):
    pasted = json.dumps({"feed": {"key_file": f"{key}\n{key}"}})
    for said in (refusal(file, pasted), refusal(file, **{"LEADLINE__FEED__KEY_FILE": key})):
        assert "must be the path of a file" in said and key[:10] not in said


def test_a_path_as_long_as_a_key_is_taken(file):
    file.write_text('{"feed": {"key_file": "/home/trader/exchanges/kraken/private/KeyFile7"}}')
    assert load(file, {}).settings.feed.key_file is not None


def test_a_file_that_is_not_text_and_a_folder_are_refused(file):
    file.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(file, {})
    with pytest.raises(ConfigError, match="cannot read"):
        load(file.parent, {})


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LEADLINE__FEED__SORCE", "kraken", "LEADLINE__FEED__SORCE is unknown; did you mean LEADLINE__FEED__SOURCE?"),
        (
            "LEADLINE__HFT",
            "{}",
            "LEADLINE__HFT names a section; set one of its values, such as LEADLINE__HFT__SCORE_MODE",
        ),
        ("LEADLINE__ZZ", "1", "LEADLINE__ZZ is unknown; `leadline config` lists every setting"),
        ("LEADLINE__FEED__DEPTH", "x", 'LEADLINE__FEED__DEPTH: feed.depth is "x"; allowed: 10, 25, 100, 500 or 1000'),
        (
            "LEADLINE__HFT__WEIGHTS__RATIO",
            "0.5",
            "LEADLINE__HFT__WEIGHTS__RATIO: hft.weights: weights sum to 1.2; they must sum to 1",
        ),
        (
            "LEADLINE__FEED__RECORD",
            "maybe",
            'LEADLINE__FEED__RECORD: feed.record is "maybe"; allowed: true or false, or null',
        ),
    ],
)
def test_a_fault_in_the_environment_names_the_variable(file, name, value, line):
    assert refusal(file, **{name: value}) == line


def test_a_variable_given_in_two_cases_is_refused(file):
    assert "given twice" in refusal(file, LEADLINE__FEED__DEPTH="10", leadline__feed__depth="25")


def test_the_environment_does_not_hide_a_broken_section_of_the_file(file):
    line = refusal(file, '{"feed": 3}', LEADLINE__FEED__SOURCE="kraken")
    assert line.startswith("trading_config.json: feed is 3; it must be a section")


def test_only_deciding_values_of_the_environment_override_a_tapes_decision(file):
    env = {
        "LEADLINE__FEES__PROFILE": "kraken_futures",
        "LEADLINE__HFT__THRESHOLDS__STRONG": "70",
        "LEADLINE__FEED__DEPTH": "100",
        "LEADLINE__SCALPING_ENGINE__ENABLED": "true",
    }
    changes = explicit_environment(load(file, env))
    assert changes == {"fees": {"profile": "kraken_futures"}, "hft": {"thresholds": {"strong": 70}}}
    tape = decision(Settings())
    assert Decision.model_validate(merged(tape, changes)).hft.thresholds.strong == 70
    assert config_hash(merged(tape, {})) == config_hash(decision(Settings()))


def test_a_live_feed_needs_the_scalper_switched_on_and_the_refusal_says_how(file):
    env = {"LEADLINE__FEED__SOURCE": "kraken"}
    with pytest.raises(ConfigError) as refused:
        check_live(load(file, env).settings)
    said = re.search(r"(LEADLINE__\w+)=(\w+)", str(refused.value))
    assert said is not None
    check_live(load(file, env | {said[1]: said[2]}).settings)


def test_the_simulator_and_a_tape_need_no_switch():
    for source in ("simulator", "replay"):
        check_live(Settings.model_validate({"feed": {"source": source}}))


def test_comments_are_blanked_outside_strings_only():
    text = '{"a": "http://x", // "b": 1\n "c": "\\"//"} // end'
    assert jsonc.parse(text, "t") == {"a": "http://x", "c": '"//'}
    assert len(jsonc.strip_comments(text)) == len(text)


def test_a_wrong_name_of_any_setting_is_led_back_to_it():
    for path in SETTINGS:
        assert nearest(path + "s") == path or nearest(path + "s") in SETTINGS


def test_what_each_setting_accepts_can_be_said_in_words():
    assert all(allowed(setting.schema) for setting in SETTINGS.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
sections = st.sampled_from([name for path in (*SETTINGS, *setting_paths.SECTIONS) for name in path.split(".")])
near_settings = st.recursive(
    json_values, lambda inner: st.dictionaries(sections | st.text(max_size=3), inner, max_size=4), max_leaves=12
)


def loads_or_is_refused_in_lines(file: Path, env: dict[str, str]) -> None:
    try:
        loaded = load(file, env)
    except ConfigError as e:
        assert all(line.isprintable() and line for line in str(e).split("\n"))
    else:
        assert set(loaded.origins) == set(SETTINGS)


@given(near_settings)
def test_any_json_loads_or_is_refused_in_printable_lines(tmp_path_factory, tree):
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(tree))
    loads_or_is_refused_in_lines(file, {})


@given(st.text())
def test_any_text_loads_or_is_refused_in_printable_lines(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "text.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    loads_or_is_refused_in_lines(file, {})


@given(st.sampled_from(list(SETTINGS)), st.text() | json_values.map(json.dumps))
def test_any_value_in_the_environment_loads_or_is_refused_in_printable_lines(tmp_path_factory, path, text):
    file = tmp_path_factory.getbasetemp() / "empty.json"
    file.write_text("{}")
    loads_or_is_refused_in_lines(file, {environment.variable(path): text})
