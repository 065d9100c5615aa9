"""The boards' queries on made-up series, asked of promtool: what they say when something is lost, over or made up."""

import subprocess

import pytest
import yaml

from grafana.asking import ALL, asked, filled
from tests.grafana.stack import needs_prometheus

pytestmark = needs_prometheus

WINDOWS = {"__range": "15m", "__interval": "60s", "__rate_interval": "80s"}
LINE = {"instance": "main:9464", "job": "leadline"}
BTC = LINE | {"symbol": "BTC/USD"}
AT = "10m"


def selector(name, labels):
    of = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"leadline_{name}{{{of}}}"


def series(name, values, **labels):
    """Return a series of a value each 15 s, in promtool's words: `1x40` stays, `0+1x40` climbs."""
    return {"series": selector(name, LINE | labels), "values": values}


def says(tmp_path, board, title, given, *expected, chosen=ALL, ref="A", whole=False):
    """Assert what a panel's query says ten minutes after the beginning: (labels, value) each, rounded if `whole`."""
    (expr,) = [
        query.target["expr"] for query in asked(board)
        if query.panel["title"] == title and query.target["refId"] == ref
    ]  # fmt: skip
    wanted = [{"labels": "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}", "value": value}
              for labels, value in expected]  # fmt: skip
    expr = f"round({expr})" if whole else expr  # what is stretched to its window is not exact
    case = {"expr": filled(expr, {**chosen, **WINDOWS}), "eval_time": AT, "exp_samples": wanted}
    test = {"interval": "15s", "input_series": given, "promql_expr_test": [case]}
    (tmp_path / "case.yml").write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [test]}))
    command = ["promtool", "test", "rules", "case.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def trust(symbol, verified):
    return series("trust_state", f"{verified}x40", symbol=symbol, channel="book", state="verified")


@pytest.mark.parametrize(
    "mode, venue, number", [("live", "kraken", 2), ("live", "simulator", 1), ("simulator", "simulator", 1),
                            ("replay", "kraken", 0), ("replay", "simulator", 0)]
)  # fmt: skip
def test_a_market_that_is_no_real_one_of_now_says_so(tmp_path, mode, venue, number):
    given = [series("run_info", "1x40", mode=mode, venue=venue)]
    says(tmp_path, "scalping", "Market", given, ({"instance": LINE["instance"]}, number))


@pytest.mark.parametrize("title, metric", [("Equity, marked", "marked_equity_quote"), ("Day's loss", "day_loss_ratio")])
def test_what_is_marked_is_not_shown_while_the_book_of_an_open_trade_is_lost(tmp_path, title, metric):
    equity = series(metric, "10031.06x40")
    shown = (LINE | {"__name__": f"leadline_{metric}"}, 10031.06)
    for n_open, verified, expected in ((1, 0, ()), (1, 1, (shown,)), (0, 0, (shown,))):
        of_symbol = [series("symbol_open_trades", f"{n_open}x40", symbol="BTC/USD"), trust("BTC/USD", verified)]
        says(tmp_path, "scalping", title, [equity, *of_symbol, trust("ETH/USD", 0)], *expected)


def told(values, **labels):
    """Return when a line told of itself last, in seconds of the test's own clock."""
    return series("telemetry_timestamp_seconds", values, **labels)


MOVES, STILL, STARTS = "0+15x40", "0+15x38 570x2", "0x40"  # still: for half a minute at the end


@pytest.mark.parametrize("values, up, number", [(MOVES, 1, 1), (STILL, 1, 2), (STARTS, 1, 3), ("0+15x38 stale", 0, 0)])
def test_a_line_is_up_only_while_it_tells_of_itself(tmp_path, values, up, number):
    reached = {"series": selector("", LINE).replace("leadline_", "up"), "values": f"{up}x40"}
    says(tmp_path, "scalping", "Line", [reached, told(values)], ({"instance": LINE["instance"]}, number))


@pytest.mark.parametrize("values, n_lost", [(MOVES, 1), (STILL, 2)])
def test_books_that_are_not_verified_are_counted_and_all_of_a_line_that_stands_still(tmp_path, values, n_lost):
    given = [trust("BTC/USD", 0), trust("ETH/USD", 1), told(values)]
    says(tmp_path, "scalping", "Books not verified", given, ({}, n_lost))


def test_a_line_that_stands_still_hides_nothing_of_another(tmp_path):
    given = [series("equity_quote", f"{n}x40", **of) for n, of in each_line()]
    given += [told(values, **of) for values, (_, of) in zip((STILL, MOVES), each_line(), strict=True)]
    shown = {"instance": "other:9464", "job": "leadline", "__name__": "leadline_equity_quote"}
    says(tmp_path, "scalping", "Equity", given, (shown, 2))


def test_analyses_are_shown_where_no_line_runs(tmp_path):
    age = [series("analysis_age_seconds", "60x40", symbol="BTC/USD")]
    shown = (BTC | {"__name__": "leadline_analysis_age_seconds"}, 60)
    says(tmp_path, "analyzer", "Age", age, shown)
    says(tmp_path, "analyzer", "Age", [*age, told(STILL)])


@pytest.mark.parametrize("left, number", [("3600", -30), ("-1", 999)])
def test_a_bias_that_has_lapsed_is_not_shown_as_in_force(tmp_path, left, number):
    given = [series("analysis_bias", "-30x40", symbol="BTC/USD"),
             series("analysis_valid_seconds", f"{left}x40", symbol="BTC/USD")]  # fmt: skip
    says(tmp_path, "analyzer", "Bias", given, (BTC, number))
    score = [series("analysis_score", "35.3x40", symbol="BTC/USD")]
    in_force = [] if number == 999 else [(BTC | {"__name__": "leadline_analysis_score"}, 35.3)]
    says(tmp_path, "analyzer", "Score", given + score, *in_force)


def test_a_symbol_that_was_never_analysed_has_no_bias_in_force(tmp_path):
    given = [series("analysis_valid_seconds", "-60x40", symbol="BTC/USD")]
    says(tmp_path, "analyzer", "Bias", given, (BTC, 999))


def test_signals_are_counted_whole_in_each_step_and_a_restart_counts_none(tmp_path):
    of = {"symbol": "BTC/USD", "side": "buy", "verdict": "tradable"}
    one_lately = series("signals_total", "0x37 1x3", **of)
    says(tmp_path, "scalping", "Signals", [one_lately], ({"verdict": "tradable"}, 1))
    restarted = series("signals_total", "7x37 1x3", **of | {"verdict": "filtered"})
    says(tmp_path, "scalping", "Signals", [one_lately, restarted], ({"verdict": "tradable"}, 1))


@pytest.mark.parametrize("ref, name", [("I", "setup_profit_factor_ratio"), ("J", "setup_payoff_ratio")])
def test_a_setup_has_a_ratio_where_it_has_won_and_lost_and_none_before(tmp_path, ref, name):
    of = {"setup": "ema_pullback", "verdict": "tradable"}
    shown = (of | {"instance": LINE["instance"]}, 1.5)
    says(tmp_path, "scalping", "Setups", [series(name, "1.5x40", **of)], shown, ref=ref)
    says(tmp_path, "scalping", "Setups", [series("setup_win_rate", "1x40", **of)], ref=ref)


def test_how_trades_ended_is_of_the_chosen_verdict_and_symbol_and_whole(tmp_path):
    of = {"symbol": "BTC/USD", "verdict": "tradable"}
    given = [series("paper_trades_total", "0x20 1x20", outcome="stop", **of),
             series("paper_trades_total", "0x20 3x20", outcome="target", **of | {"verdict": "filtered"}),
             series("paper_trades_total", "0x20 9x20", outcome="stop", **of | {"symbol": "ETH/USD"})]  # fmt: skip
    chosen = ALL | {"verdict": "tradable", "symbol": "BTC/USD"}
    says(tmp_path, "scalping", "How trades ended: $verdict", given, ({"outcome": "stop"}, 1), chosen=chosen)
    results = [series("r_multiple_bucket", "0x20 1x20", le="-1.0", **of),
               series("r_multiple_bucket", "0x20 5x20", le="-1.0", **of | {"symbol": "ETH/USD"})]  # fmt: skip
    says(tmp_path, "scalping", "Results in R: $verdict", results, ({"le": "-1.0"}, 1), chosen=chosen)


def each_line(**labels):
    """Return the labels of two lines, of which the second has twice the first's values."""
    return [(n, labels | {"instance": instance}) for n, instance in ((1, "main:9464"), (2, "other:9464"))]


@pytest.mark.parametrize("title, ref, name, labels", [
    ("Load by stage", "A", "stage_seconds_sum", {"stage": "book"}),
    ("Load by stage", "B", "stage_seconds_sum", {"stage": "book"}),
    ("Epoch stall", "A", "snapshot_seconds_sum", {"stage": "book"}),
    ("Epoch stall", "B", "snapshot_seconds_sum", {"stage": "book"}),
    ("Garbage collection", "A", "gc_pause_seconds_sum", {"generation": "2"}),
])  # fmt: skip
def test_the_times_of_two_lines_are_never_added_up(tmp_path, title, ref, name, labels):
    given = [series(name, f"0+{15 * n}x40", **of) for n, of in each_line(**labels)]
    given += [series("snapshot_seconds_count", "0+15x40", **of) for _, of in each_line(**labels)]
    expected = [(of if ref == "A" else {"instance": of["instance"]}, n) for n, of in each_line(**labels)]
    says(tmp_path, "latency", title, given, *expected, ref=ref, whole=True)


@pytest.mark.parametrize("title, name, labels", [
    ("Tick to signal, p50", "tick_to_signal_seconds", {}), ("Tick to signal over time", "tick_to_signal_seconds", {}),
    ("Feed latency", "feed_latency_seconds", {}), ("Stage, p99 of a batch", "stage_seconds", {"stage": "book"}),
])  # fmt: skip
def test_a_quantile_is_of_one_line(tmp_path, title, name, labels):
    given = [series(f"{name}_bucket", f"0+{count}x40", le=le, **of)
             for n, of in each_line(**labels) for le, count in (("100", 2 - n), ("200", 1), ("+Inf", 1))]  # fmt: skip
    q = 0.99 if labels else 0.5
    expected = [(of, 100 * q + 100 * (n - 1)) for n, of in each_line(**labels)]
    says(tmp_path, "latency", title, given, *expected, whole=True)


def test_each_line_keeps_its_own_promise(tmp_path):
    given = [series(f"tick_to_signal_seconds_{name}", f"0+{count}x40", **of, **more) for n, of in each_line()
             for name, count, more in (("bucket", 2 - n, {"le": "0.5"}), ("count", 1, {}))]  # fmt: skip
    says(tmp_path, "latency", "Within 500 ms", given, *((of, 2 - n) for n, of in each_line()))
    says(tmp_path, "latency", "Signals measured", given, *((of, 40) for _, of in each_line()))
