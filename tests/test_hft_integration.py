"""The founding guide's integration test: its four checks and its final block, from real computation.

Run it as `python tests/test_hft_integration.py`, or by pytest. It exits with 1 if a check fails.
The guide prints a score of -73 for components 61, -75 and +10; its own weights give +10.0, and
so do we. The numbers of the final block are those of a signal that a small market made just now.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it is not found otherwise

from rich.console import Console

from leadline import hft
from leadline.alignment import align
from leadline.bias import BIAS_NUMBER
from leadline.risk import BASE_RISK
from leadline.settings import Hft, Weights
from sinks.cards import card
from tests.operators.markets import market
from tests.operators.moments import BTC, finished, line

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = (6.1, 6.4, 19, 116, 0.4)  # imbalance, its EMA, bids, asks, spread in bps: the guide's
Report = list[str]


def played(table: str) -> list[dict]:
    """Return a table's rows of a small market that went down the line: decoded, verified, scored, sized."""
    found = finished(line(), market(BTC, mode="simulator").records)
    return [row.values for row in found if row.table == table]


def signal_row() -> dict:
    """Return the small market's newest signal, as the store gets it."""
    return played("signals")[-1]


def check_hft_module() -> Report:
    """Score the guide's own sample and its printed components."""
    rules = Hft()
    linear = hft.score(*SAMPLE, Hft(score_mode="linear"))
    symmetric = hft.score(*SAMPLE, rules)
    printed = hft.linear(61.0, -75.0, 10.0, Weights())
    assert round(linear, 1) == -0.5
    assert round(symmetric, 1) == -3.1
    assert hft.hft_class(linear, rules.thresholds) == "NEUTRAL"
    assert round(printed, 1) == 10.0
    return [
        f"the guide's sample (imbalance 6.1, EMA 6.4, 19 bids, 116 asks, 0.4 bps): {linear:+.1f} linear, "
        f"{symmetric:+.1f} symmetric",
        f"its components 61, -75, +10 weigh to {printed:+.1f}; the guide prints -73, which its weights cannot give",
    ]


def check_alignment() -> Report:
    """Set the guide's -73 against WEAK_BULLISH."""
    found = align(-73, BIAS_NUMBER["WEAK_BULLISH"])
    assert (found.kind, found.size_modifier) == ("STRONG_CONFLICT", 0.5)
    return [f"HFT -73 against WEAK_BULLISH: {found.kind}, size x{found.size_modifier:g}, {found.advice}"]


def check_bias_integration() -> Report:
    """Let closed candles give a bias, and follow it through alignment into the size of a signal."""
    row = signal_row()
    closed = [candle for candle in played("candles") if candle["timeframe"] == "1m" and candle["open_time"] < row["ts"]]
    found = align(row["hft_score"], BIAS_NUMBER[row["bias"]])
    assert (row["alignment"], row["size_modifier"]) == (found.kind, found.size_modifier)
    assert row["bias"] != "NEUTRAL"
    budget = 10_000 * 0.005 * BASE_RISK * found.size_modifier
    assert 0.99 * budget < row["risk_quote"] <= budget
    return [
        f"the analyzer is not part of this version: the bias is the tape's own, from {len(closed)} closed candles",
        f"sum of signs {row['technical']:+d} = {row['bias']}, HFT {row['hft_score']:+.1f}: {row['alignment']}, "
        f"size x{row['size_modifier']:g}, {row['risk_quote']:.2f} of {budget:.2f} at risk",
    ]


def check_report() -> Report:
    """Render the card of a signal."""
    row = signal_row()
    console = Console(width=100, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(card(row))
    text = captured.get()
    for shown in (row["symbol"], row["side"].upper(), f"{row['stop']:,}", f"{row['target']:,}", row["hft_class"]):
        assert shown in text, f"{shown} is missing on the card"
    return text.splitlines()


CHECKS: list[tuple[str, Callable[[], Report]]] = [
    ("HFT Signals Module", check_hft_module),
    ("Technical Alignment", check_alignment),
    ("Ultimate Analyzer Integration", check_bias_integration),
    ("Report Generation", check_report),
]


def results() -> list[str]:
    """Return the final block: what was computed for the newest signal of the small market."""
    row = signal_row()
    return [
        f"  HFT Signal: {row['hft_class']} ({row['hft_score']:+.0f}/100)",
        f"  Technical Bias: {row['bias']}",
        f"  Alignment: {row['alignment']}",
        "  Ultimate Score: none, the analyzer is not part of this version",
        f"  Confidence: {row['hft_confidence']}",
    ]


def main(checks: Sequence[tuple[str, Callable[[], Report]]] = CHECKS) -> int:
    """Print every check and what it did; return 1 if one failed."""
    print("🚀 COMPREHENSIVE HFT INTEGRATION TEST\n" + "=" * 40)
    failed = 0
    for name, check in checks:
        try:
            report = check()
        except Exception as e:
            failed += 1
            print(f"❌ {name}: FAILED ({type(e).__name__}: {e})")
        else:
            print(f"✅ {name}: Working")
            print("\n".join(f"   {each}" for each in report))
    if not failed:
        print("\n📊 FINAL RESULTS:", *results(), sep="\n")
    return 1 if failed else 0


def test_the_hft_module_gives_the_golden_scores():
    assert check_hft_module()


def test_the_guides_conflict_is_a_strong_one():
    assert check_alignment()


def test_the_bias_of_closed_candles_reaches_the_size_of_a_signal():
    assert check_bias_integration()


def test_the_card_of_a_signal_shows_what_was_computed():
    text = "\n".join(check_report())
    assert "SIMULATED" in text


def test_one_failed_check_fails_the_whole_and_the_others_still_run(capsys):
    def broken():
        raise AssertionError("on purpose")

    assert main([("Broken", broken), *CHECKS[:1]]) == 1
    out = capsys.readouterr().out
    assert "❌ Broken: FAILED (AssertionError: on purpose)" in out
    assert "✅ HFT Signals Module: Working" in out
    assert "FINAL RESULTS" not in out


def test_run_as_a_script_it_prints_the_guides_block_and_exits_with_zero():
    script = [sys.executable, "-X", "utf8", str(ROOT / "tests" / "test_hft_integration.py")]
    done = subprocess.run(script, capture_output=True, encoding="utf-8", cwd=ROOT.parent, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name, _ in CHECKS:
        assert f"✅ {name}: Working" in done.stdout
    assert "📊 FINAL RESULTS:" in done.stdout


if __name__ == "__main__":
    sys.exit(main())
