"""The analyzer as users run it: `python -m bytewax.run flows.analyze`."""

import json

import pytest

from cli.main import main
from flows.analyze import from_settings
from flows.configuration import load
from leadline.analysis import Bars
from leadline.errors import ConfigError
from tests.flows.processes import ask, environment, finish, start
from tests.leadline.analysis.histories import walk
from tests.sinks.analysis_stores import imported

BARS = walk(11, 24 * 500, drift=0.05)
AS_OF = "2021-03-01"


def analyze(folder, as_of=AS_OF, **settings):
    env = environment(folder, ultimate_analyzer__as_of=as_of, **settings)
    return finish(start(env | {"LEADLINE_CONSOLE": "cards"}, module="flows.analyze"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run over a symbol that has a history and one that has none."""
    folder = tmp_path_factory.mktemp("analyze")
    imported(folder / "data", BARS)
    return folder, analyze(folder, ultimate_analyzer__symbols="BTC/USD,ETH/USD")


def test_a_symbol_without_history_is_one_line_and_the_others_go_well(run):
    _, (code, out, err) = run
    assert code == 0, err
    lines = out.splitlines()[1:]  # the first says that the configuration was written
    assert lines[0].startswith("BTC/USD  ")
    assert " of 100, " in lines[0]
    assert "key level" in lines[0]
    assert "missing: hft_microstructure: no stored reading of the order book" in lines[0]
    assert lines[1].startswith(
        "ETH/USD  no bar of ETH/USD is closed by 2021-03-01 00:00 UTC: the store has BTC/USD (`leadline report"
    )
    assert lines[2].startswith("1 of 2 symbols analysed as of 2021-03-01 00:00 UTC in ")
    assert len(lines) == 3


def test_the_views_hold_the_analysis_and_its_bias(run):
    folder, _ = run
    sql = "SELECT symbol, as_of::TEXT, score, bias, mode, venue, detail FROM analyses"
    ((symbol, as_of, score, bias, mode, venue, detail),) = ask(folder, sql)
    assert (symbol, as_of, mode, venue) == ("BTC/USD", "2021-03-01 00:00:00", "history", "kraken")
    assert json.loads(detail)["score"] == score
    assert ask(folder, "SELECT symbol, bias, valid_until::TEXT FROM bias") == [("BTC/USD", bias, "2021-03-01 10:00:00")]


def test_a_second_run_leaves_one_row_of_each(run):
    folder, _ = run
    before = ask(folder, "SELECT * EXCLUDE (run_id, stored_at) FROM analyses")
    assert analyze(folder, ultimate_analyzer__symbols="BTC/USD")[0] == 0
    assert ask(folder, "SELECT * EXCLUDE (run_id, stored_at) FROM analyses") == before


def test_a_symbol_without_a_score_does_not_pass_for_one_that_has_one(tmp_path):
    imported(tmp_path / "data", BARS)
    code, out, err = analyze(tmp_path, "2025-01-01", ultimate_analyzer__symbols="BTC/USD,ETH/USD")
    assert code == 0, err
    *_, of, _, said = out.splitlines()
    assert of.startswith("BTC/USD  no score, ")
    assert said.startswith("1 of 2 symbols analysed, none with a score as of 2025-01-01 00:00 UTC in ")


def test_a_volume_that_cannot_be_added_up_leaves_out_its_symbol_and_no_other(tmp_path):
    absurd = BARS.volume.copy()
    absurd[-24 * 100] = 1e300
    odd = Bars.of(BARS.open_ns, BARS.open, BARS.high, BARS.low, BARS.close, absurd)
    imported(tmp_path / "data", odd, source="XBTUSD_60.csv")
    imported(tmp_path / "data", BARS, "ETH/USD")
    code, out, err = analyze(tmp_path, ultimate_analyzer__symbols="BTC/USD,ETH/USD")
    assert code == 0, err
    lines = out.splitlines()[1:]
    assert lines[0].startswith(
        "BTC/USD  the 1h candle of BTC/USD of 2021-02-04 00:00 UTC has a volume of 1e+300, which no "
    )
    assert lines[1].startswith("ETH/USD  ") and " of 100, " in lines[1]
    assert lines[2].startswith("1 of 2 symbols analysed")


def test_where_nothing_could_be_analysed_the_exit_code_says_so(tmp_path):
    code, _, err = analyze(tmp_path, ultimate_analyzer__symbols="BTC/USD")
    assert code == 1
    assert err.startswith("leadline: no symbol could be analysed: no bar of BTC/USD is closed by ")
    assert "leadline history import FILE" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AS_OF", "soon", "as_of is 'soon'; give a time such as"),
        ("AS_OF", "2200-01-01", "as_of is '2200-01-01', in the future"),
        ("ENABLED", "false", "ultimate_analyzer.enabled is false: switch it on with LEADLINE__"),
        ("SCHEDULE__TIMEZONE", "Mars/Olympus", "timezone is 'Mars/Olympus'"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_before_anything_is_read(tmp_path, name, value, said):
    env = environment(tmp_path) | {f"LEADLINE__ULTIMATE_ANALYZER__{name}": value}
    with pytest.raises(ConfigError, match=said):
        from_settings(load(env=env))


def test_krakens_history_is_imported_and_analysed(tmp_path, recordings):
    data = tmp_path / "data"
    assert (
        main(["history", "import", str(recordings / "kraken_ohlcvt" / "XBTUSD_60.csv.gz"), "--data-dir", str(data)])
        == 0
    )
    code, out, err = analyze(tmp_path, ultimate_analyzer__symbols="BTC/USD")
    assert code == 0, err
    assert "63.1 of 100, WEAK_BULLISH" in out
    for profile in ("swing", "position"):  # the hours end on 2023-01-07 10:00; as of later they are no market
        settings = {"symbols": "BTC/USD", "as_of": "2023-01-20", "profile": profile}
        env = environment(tmp_path, **{f"ultimate_analyzer__{name}": value for name, value in settings.items()})
        code, out, err = finish(start(env | {"LEADLINE_CONSOLE": "cards"}, module="flows.analyze"))
        assert code == 0, err
        assert "no score, NEUTRAL (LOW) | price 16,935.3 (1h close of 2023-01-07 10:00 UTC, 12 days old)" in out
    assert ask(tmp_path, "SELECT count(*) FROM bias WHERE as_of > '2023-01-01'") == [(0,)]
