"""Metrics: what a scrape over HTTP finds after the line has reported."""

import re
import socket
import urllib.request

import pytest

from leadline.errors import ConfigError
from leadline.moment import Row
from sinks.metrics import Metrics, MetricsSink
from sources.counters import FeedCounters

TELEMETRY = {
    "frames": {("kraken", "book"): 3, ("kraken", "trade"): 1}, "book_updates": {("BTC/USD", "verified"): 3},
    "resyncs": {("BTC/USD", "frozen"): 1}, "rejected": {"invalid_json": 2}, "trust": {("BTC/USD", "book"): "stale"},
    "book_age": {"BTC/USD": 0.25}, "feed_latency": [-0.3, 0.02], "stages": {"book": [4e-5]},
    "snapshots": {"book": [2e-4]},
    "run": ("live", "simulator", 1_700_000_000.0),
    "hft_score": {"BTC/USD": -7.5}, "hft_class": {"BTC/USD": "NEUTRAL"}, "signals": {("BTC/USD", "buy", "tradable"): 1},
    "paper": {
        "trades": {("BTC/USD", "target", "filtered"): 2},
        "r_multiples": {("BTC/USD", "tradable"): [1.4, -1.0]}, "outcomes": {("BTC/USD", "tradable"): 2},
        "win_rate": {("BTC/USD", "tradable"): 0.5}, "win_rate_lower": {("BTC/USD", "tradable"): 0.1},
        "expectancy_r": {("BTC/USD", "tradable"): 0.2}, "break_even": {("BTC/USD", "tradable"): 0.48},
        "impossible": {("BTC/USD", "tradable"): 1},
        "setup_results": {("ema_pullback", "tradable", "won"): 1, ("ema_pullback", "tradable", "lost"): 2},
        "setups": {("ema_pullback", "tradable"): {
            "win_rate": 1 / 3, "win_rate_lower": 0.06, "break_even": 0.5, "impossible": 1, "expectancy_r": -0.2,
            "profit_factor": 0.75, "payoff_ratio": 1.5,
        }},
        "equity_quote": 10_010.0, "marked_quote": 10_005.0, "drawdown": 0.001, "day_loss": 0.0005,
        "open_trades": 1, "symbol_trades": {"BTC/USD": 1}, "open_risk_quote": 33.0, "kill_switch": 0,
    },
}  # fmt: skip

ACCOUNT = {
    "equity_quote": 10_010.0, "marked_equity_quote": 10_005.0, "drawdown_ratio": 0.001, "day_loss_ratio": 0.0005,
    "open_trades": 1, "open_risk_quote": 33.0, "kill_switch": 0,
}  # fmt: skip

FEATURES = {
    "symbol": "BTC/USD", "data_level": "L3", "best_bid": 99.5, "best_ask": 100.0,
    "depth_imbalance": -0.25,
}  # fmt: skip


def scrape(endpoint):
    """Return {series: value} of what Prometheus would read."""
    with urllib.request.urlopen(f"http://127.0.0.1:{endpoint.port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture(scope="module")
def served():
    """Metrics and their endpoint, one for all tests here: closing one takes half a second."""
    metrics = Metrics()
    endpoint = metrics.serve("127.0.0.1", 0)
    yield metrics, endpoint
    endpoint.close()


def test_a_scrape_finds_what_the_line_reported_added_up(served):
    metrics, endpoint = served
    part = MetricsSink(metrics, FeedCounters(reconnects=2, tape_bytes=1000, queued=4, stalls=1)).build("metrics", 0, 1)
    part.write_batch(
        [("main", Row("telemetry", TELEMETRY)), ("main", Row("signals", {})), ("main", Row("telemetry", TELEMETRY))]
    )
    metrics.observe_signal(0.0004)
    found = scrape(endpoint)
    expected = {
        'leadline_frames_total{channel="book",venue="kraken"}': 6,
        'leadline_book_updates_total{result="verified",symbol="BTC/USD"}': 6,
        'leadline_resyncs_total{reason="frozen",symbol="BTC/USD"}': 2,
        'leadline_rejected_frames_total{reason="invalid_json"}': 4,
        'leadline_trust_state{channel="book",state="stale",symbol="BTC/USD"}': 1,
        'leadline_trust_state{channel="book",state="verified",symbol="BTC/USD"}': 0,
        'leadline_run_info{mode="live",venue="simulator"}': 1,
        "leadline_run_began_timestamp_seconds": 1.7e9,
        'leadline_symbol_open_trades{symbol="BTC/USD"}': 1,
        'leadline_book_age_seconds{symbol="BTC/USD"}': 0.25,
        'leadline_hft_score{symbol="BTC/USD"}': -7.5,
        'leadline_signals_total{side="buy",symbol="BTC/USD",verdict="tradable"}': 2,
        'leadline_paper_trades_total{outcome="target",symbol="BTC/USD",verdict="filtered"}': 4,
        'leadline_win_rate{symbol="BTC/USD",verdict="tradable"}': 0.5,
        'leadline_win_rate_lower{symbol="BTC/USD",verdict="tradable"}': 0.1,
        'leadline_expectancy_r{symbol="BTC/USD",verdict="tradable"}': 0.2,
        'leadline_impossible_outcomes{symbol="BTC/USD",verdict="tradable"}': 1,
        'leadline_setup_outcomes_total{result="lost",setup="ema_pullback",verdict="tradable"}': 4,
        'leadline_setup_win_rate{setup="ema_pullback",verdict="tradable"}': 1 / 3,
        'leadline_setup_profit_factor_ratio{setup="ema_pullback",verdict="tradable"}': 0.75,
        "leadline_equity_quote": 10_010.0,
        "leadline_kill_switch": 0,
        'leadline_r_multiple_bucket{le="-1.0",symbol="BTC/USD",verdict="tradable"}': 2,
        "leadline_tape_bytes_total": 1000,
        "leadline_reconnects_total": 2,
        "leadline_queue_frames": 4,
        "leadline_queue_stalls_total": 1,
        "leadline_clock_offset_seconds": -0.3,
        'leadline_snapshot_seconds_count{stage="book"}': 2,
        "leadline_feed_latency_seconds_count": 4,
        'leadline_feed_latency_seconds_bucket{le="-0.1"}': 2,
        'leadline_stage_seconds_count{stage="book"}': 2,
        'leadline_tick_to_signal_seconds_bucket{le="0.0005"}': 1,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_a_scrape_before_the_account_is_told_finds_nothing_of_it(metrics):
    def account():
        names = {f"leadline_{name}" for name in ACCOUNT}
        return {s.name: s.value for f in metrics.registry.collect() for s in f.samples if s.name in names}

    metrics.apply({name: value for name, value in TELEMETRY.items() if name != "paper"})
    assert account() == {}
    metrics.apply(TELEMETRY)
    metrics.apply({"paper": {"kill_switch": 1}})
    assert account() == {f"leadline_{name}": value for name, value in ACCOUNT.items()} | {"leadline_kill_switch": 1}


def test_a_change_of_trust_moves_the_one(served):
    metrics, endpoint = served
    for state in ("stale", "verified"):
        metrics.apply({"trust": {("ETH/USD", "trade"): state}})
    found = scrape(endpoint)
    states = {k: v for k, v in found.items() if k.startswith("leadline_trust_state") and "ETH/USD" in k}
    assert len(states) == 4 and [k for k, v in states.items() if v] == [
        'leadline_trust_state{channel="trade",state="verified",symbol="ETH/USD"}'
    ]


def test_every_metric_of_ours_is_prefixed_and_there_is_none_that_nothing_feeds(metrics):
    metrics.apply(TELEMETRY)
    metrics.of_table["features"](FEATURES)
    metrics.of_table["status"]({"symbol": "BTC/USD", "state": "idle"})
    metrics.follow(FeedCounters())
    metrics.observe_signal(0.001)
    families = {f.name for f in metrics.registry.collect() if f.samples}
    assert families == {f.name for f in metrics.registry.collect()}
    ours = {name for name in families if not name.startswith("process_")}
    assert all(re.match(r"leadline_[a-z_]+$", name) for name in ours) and len(ours) == 52


def test_a_replay_has_no_counters_of_a_live_feed():
    families = {f.name for f in Metrics().registry.collect()}
    assert not families & {"leadline_reconnects", "leadline_tape_bytes"}


def test_a_telemetry_key_without_a_metric_is_a_fault():
    with pytest.raises(KeyError):
        Metrics().apply({"moon_phase": 1})


def test_a_taken_port_is_one_line_that_names_it_and_the_setting(metrics, served):
    endpoint = served[1]
    with pytest.raises(ConfigError, match=rf"metrics\.port {endpoint.port} .*LEADLINE__METRICS__PORT") as e:
        metrics.serve("127.0.0.1", endpoint.port)
    assert "\n" not in str(e.value)


def test_a_closed_endpoint_frees_its_port(metrics):
    endpoint = metrics.serve("127.0.0.1", 0)
    endpoint.close()
    with socket.create_server(("127.0.0.1", endpoint.port)) as again:
        assert again.getsockname()[1] == endpoint.port


def test_a_run_is_of_one_market_only():
    metrics = Metrics()
    for run in (("live", "kraken", None), ("replay", "simulator", 5.0)):
        metrics.apply({"run": run})
    found = [s for f in metrics.registry.collect() if f.name == "leadline_run_info" for s in f.samples]
    assert [s.labels for s in found] == [{"mode": "replay", "venue": "simulator"}]
