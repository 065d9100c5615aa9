"""`leadline compare`: one tape under several settings, by the real command's function, in real processes."""

import json

import pytest

from cli import compare as compare_module
from cli.main import main
from flows.variants import Variant
from leadline.settings import Settings
from simulator.tape import TapeSpec
from tests.flows import tapes

SPEC = TapeSpec(seed=8, hours=3.6, symbols=("BTC/USD", "ETH/USD"), level="L2", density=0.1)
EAGER = {"fees": {"profile": "kraken_futures"}, "setups": {"breakout_relative_volume": 0.1, "hold_ms": 0},
         "indicators": {"squeeze_fraction": 1.0, "bollinger_sigma": 0.5, "ema_fast": 3, "ema_slow": 8}}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a data folder with one tape, whose own decisions are eager ones."""
    folder = tmp_path_factory.mktemp("data")
    tapes.simulated(folder / "tape", SPEC, Settings.model_validate(EAGER))
    return folder


@pytest.fixture(autouse=True)
def configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLINE_CONFIG", str(tmp_path / "trading_config.json"))


def compare(data, capsys, *varied, **options):
    arguments = [text for one in varied for text in ("--vary", one)]
    arguments += [text for name, value in options.items() for text in (f"--{name}", str(value))]
    code = main(["compare", SPEC.tape_id, "--data-dir", str(data), *arguments, "--json"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return json.loads(out)


def test_fees_are_a_difference_in_every_pair_and_the_signals_stay(data, capsys, tmp_path):
    found = compare(data, capsys, "fees.profile=kraken_futures,kraken_spot_10k-", out=tmp_path / "page.html")
    cheap, dear = found["variants"]
    assert found["tape"] == SPEC.tape_id
    assert found["simulated"]
    assert cheap["signals"] == dear["signals"] >= 10
    assert cheap["difference"] is None
    assert dear["difference"]["n_paired"] == cheap["n"] == dear["n"]
    assert dear["difference"]["base_alone"]["n"] == dear["difference"]["variant_alone"]["n"] == 0
    assert -75 < dear["difference"]["net_bps"]["mean"] < -65  # 35 bps more, in and out
    assert dear["difference"]["words_bps"].startswith("worse by ")
    page = (tmp_path / "page.html").read_text()
    assert all(text in page for text in ("SIMULATED MARKET", dear["name"]))
    assert dear["difference"]["words_bps"] in page.replace('<span class="whole">', "").replace("</span>", "")


def test_the_days_bias_varied_on_a_tape_without_one_is_said(data, capsys):
    told = [note for note in compare(data, capsys, "trend_filter=true,false")["notes"] if "no bias" in note]
    assert told == ["The tape has no bias of the day, so hybrid_mode changes nothing on it."]
    varied = [Variant("a", {"hybrid_mode": {}})]
    assert compare_module._biases(varied, 0, True)[0].endswith("; set LEADLINE__FEED__BIAS for a made-up one.")
    assert compare_module._biases(varied, 1, True) == []
    assert compare_module._biases([Variant("a", {"fees": {}})], 0, True) == []


def test_a_variant_of_what_is_already_so_differs_in_no_pair(data, capsys, monkeypatch):
    monkeypatch.setenv("LEADLINE__FEES__PROFILE", "kraken_spot_10k-")  # as in a replay it goes over the tape's own
    one, other = compare(data, capsys, "profile=kraken_spot_10k-,kraken_spot_10k", "fees.taker_bps=40")["variants"]
    assert one["changes"]["fees"] == {"profile": "kraken_spot_10k-", "taker_bps": 40}
    assert other["difference"]["words"] == "the same in every pair"


def test_it_is_printed_side_by_side_with_what_it_does_not_show(data, capsys):
    tape = str(data / "tape" / SPEC.tape_id)
    assert main(["compare", tape, "--vary", "hft_integration=true,false", "--vary", "entry_timing=false"]) == 0
    out = capsys.readouterr().out
    assert f"2 variants on {SPEC.tape_id}:" in out
    assert "[2] hft_integration=false entry_timing=false" in out
    assert all(text in out for text in ("win rate", "entered in [1], too", "simulated"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-tape", "--vary", "latency_ms=0,150"], "there is no tape 'no-such-tape': a live run keeps one"),
        (["--vary", "latency=0,150"], "did you mean paper.latency_ms?"),
        (["--vary", "latency_ms=0,-1"], "paper.latency_ms is -1; allowed: a whole number at least 0"),
        (["here", "--hours", "2", "--vary", "latency_ms=0,1"], "--hours is of the simulated market"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_before_anything_is_played(arguments, said, capsys):
    assert main(["compare", *arguments]) == 1
    out, err = capsys.readouterr()
    assert said in err
    assert (out, err.count("\n")) == ("", 1)


def test_without_a_tape_the_simulated_market_is_played(capsys, monkeypatch):
    monkeypatch.setenv("LEADLINE__FEED__LEVEL", "L2")
    monkeypatch.setenv("LEADLINE__FEED__SYMBOLS", "BTC/USD")
    assert main(["compare", "--hours", "0.02", "--vary", "latency_ms=0,150", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tape"].startswith("the simulated market sim-")
    assert [one["signals"] for one in found["variants"]] == [0, 0]
    assert found["variants"][1]["difference"]["words"] == "no signal in common"
