"""Metrics of the process and its surroundings, and those read off the rows."""

import inspect
import json
import re
from threading import Event
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry

from leadline.bias import BIAS_NUMBER
from leadline.hft import HftClass
from leadline.moment import Row
from leadline.settings import Settings
from leadline.times import SECOND_NS
from operators.status import StatusLine
from sinks import process_metrics
from sinks.analysis_metrics import AnalysisCollector, latest
from sinks.clock_metrics import ClockMetrics
from sinks.disk_metrics import DiskCollector
from sinks.gc_metrics import GcCollector
from sinks.row_metrics import CLASSES, JUDGED, LEVELS, STATES, RowMetrics
from tests.sinks.stores import new_store, put

AS_OF = 1_800_000_000
FEATURES = {
    "symbol": "BTC/USD", "data_level": "L2", "best_bid": 99.5, "best_ask": 100.0,
    "depth_imbalance": -0.25,
}  # fmt: skip


def samples(registry):
    return {
        (s.name, *s.labels.values()): s.value for f in registry.collect() for s in f.samples if "_created" not in s.name
    }


@pytest.fixture
def registry():
    return CollectorRegistry()


def test_the_states_of_the_signal_metric_are_those_that_the_status_says():
    said = set(re.findall(r'return "(\w+)"', inspect.getsource(StatusLine._of)))
    assert said == set(STATES) and JUDGED.issubset(said)


def test_one_class_and_one_state_are_in_force_and_judged_minutes_are_counted(registry):
    rows = RowMetrics(registry)
    for name in ("STRONG_BUY", "NEUTRAL", "NEUTRAL"):
        rows.classes({"BTC/USD": name})
    rows.feature(FEATURES | {"hft_class": "STRONG_SELL"})  # of another moment than the score that is told
    for state in ("warming_up", "idle", "armed"):
        rows.status({"symbol": "BTC/USD", "state": state})
    found = samples(registry)
    assert [k[2] for k, v in found.items() if k[0] == "leadline_hft_class" and v] == ["NEUTRAL"]
    assert [k[2] for k, v in found.items() if k[0] == "leadline_signal_state" and v] == ["armed"]
    assert found["leadline_evaluations_total", "BTC/USD"] == 2
    assert [k[2] for k, v in found.items() if k[0] == "leadline_data_level" and v] == ["L2"]
    touch = ("best_bid_quote", "best_ask_quote", "depth_imbalance_ratio")
    assert [found[f"leadline_{name}", "BTC/USD"] for name in touch] == [99.5, 100.0, -0.25]
    assert len(found) == len(CLASSES) + len(STATES) + len(LEVELS) + 4 and set(CLASSES) == set(get_args(HftClass))


def test_a_label_outside_its_closed_set_is_a_fault(registry):
    rows = RowMetrics(registry)
    with pytest.raises(KeyError):
        rows.classes({"BTC/USD": "MAYBE"})
    with pytest.raises(KeyError):
        rows.status({"symbol": "BTC/USD", "state": "asleep"})


def test_the_clock_offset_is_the_least_of_a_minute_and_an_old_one_is_forgotten(registry):
    clock = ClockMetrics(registry)
    clock.observe([0.3, -1.2])
    clock.observe([])
    clock.observe([0.05])
    assert samples(registry)[("leadline_clock_offset_seconds",)] == -1.2
    for _ in range(120):
        clock.observe([0.04])
    assert samples(registry)[("leadline_clock_offset_seconds",)] == 0.04


def test_collections_are_counted_by_generation_in_cumulative_buckets(registry):
    pauses = GcCollector()
    registry.register(pauses)
    for seconds in (0.0002, 0.003, 2.0):
        pauses.note(2, seconds)
    found = samples(registry)
    name = "leadline_gc_pause_seconds_bucket"
    assert [found[name, "2", le] for le in ("0.0001", "0.00025", "0.005", "1.0", "+Inf")] == [0, 1, 2, 2, 3]
    assert found["leadline_gc_pause_seconds_sum", "2"] == pytest.approx(2.0032)


def test_every_collection_between_begin_and_end_is_noted():
    import gc

    pauses = GcCollector()
    gc.disable()  # one that is due by itself would be noted, too
    pauses.begin()
    try:
        gc.collect(1)
    finally:
        pauses.end()
        gc.enable()
    gc.collect(1)
    counts = {s.labels["generation"]: s.value for f in pauses.collect() for s in f.samples if s.name.endswith("_count")}
    assert counts["1"] == 1


def test_a_folder_that_is_gone_tells_no_number(registry, tmp_path):
    registry.register(DiskCollector(tmp_path))
    found = samples(registry)
    assert 0 < found[("leadline_disk_free_bytes",)] <= found[("leadline_disk_size_bytes",)]
    assert 0 < found[("leadline_disk_free_inodes",)] <= found[("leadline_disk_inodes",)]
    assert list(DiskCollector(tmp_path / "gone").collect()) == []


COMPONENTS = json.dumps([
    {"name": "technical", "weight": 0.25, "score": 3.0,
     "parts": [{"name": "1h", "weight": 0.6, "score": None}, {"name": "4h", "weight": 0.4, "score": 5.0}]},
    {"name": "hft_microstructure", "weight": 0.15, "score": None, "parts": []},
])  # fmt: skip


def analysed(data_dir, *, venue, score, bias="WEAK_BULLISH", as_of=AS_OF, symbol="BTC/USD"):
    of = {"as_of": as_of * SECOND_NS, "symbol": symbol, "venue": venue, "bias": bias, "score": score, "mode": "live"}
    put(data_dir, [Row("analyses", of | {"confidence": "LOW", "components": COMPONENTS})], as_of * SECOND_NS)
    if score is not None:
        put(data_dir, [Row("bias", of | {"valid_until": (as_of + 3600) * SECOND_NS})], as_of * SECOND_NS)


def test_the_newest_analysis_of_each_symbol_of_the_line_and_its_world_is_told(registry, tmp_path):
    data_dir = new_store(tmp_path)
    analysed(data_dir, venue="kraken", score=40.0, as_of=AS_OF - 7200)
    analysed(data_dir, venue="kraken", score=61.5)
    analysed(data_dir, venue="simulator", score=99.0, as_of=AS_OF + 5)
    analysed(data_dir, venue="kraken", score=1.0, symbol="DOGE/USD", as_of=AS_OF + 1)
    registry.register(
        AnalysisCollector(data_dir, ["BTC/USD", "ETH/USD"], False, clock=lambda: AS_OF + 60.0, patience_s=60.0)
    )
    assert samples(registry) == {
        ("leadline_analysis_age_seconds", "BTC/USD"): 60.0,
        ("leadline_analysis_valid_seconds", "BTC/USD"): 3540.0,
        ("leadline_analysis_score", "BTC/USD"): 61.5,
        ("leadline_analysis_bias", "BTC/USD"): BIAS_NUMBER["WEAK_BULLISH"],
        ("leadline_analysis_confidence", "BTC/USD", "HIGH"): 0,
        ("leadline_analysis_confidence", "BTC/USD", "LOW"): 1,
        ("leadline_analysis_confidence", "BTC/USD", "MEDIUM"): 0,
        ("leadline_analysis_coverage_ratio", "BTC/USD"): pytest.approx(0.25),
        ("leadline_analysis_component_coverage_ratio", "BTC/USD", "technical"): 0.4,
        ("leadline_analysis_component_coverage_ratio", "BTC/USD", "hft_microstructure"): 0.0,
    }
    assert [one.score for one in latest(data_dir, ["BTC/USD"], True)] == [99.0]


def test_an_analysis_without_a_score_tells_its_age_and_no_score(registry, tmp_path):
    data_dir = new_store(tmp_path)
    analysed(data_dir, venue="kraken", score=None, bias="NEUTRAL")
    registry.register(AnalysisCollector(data_dir, ["BTC/USD"], False, clock=lambda: AS_OF + 60.0, patience_s=60.0))
    assert {name for name, *_ in samples(registry)} == {
        "leadline_analysis_age_seconds", "leadline_analysis_bias", "leadline_analysis_confidence",
        "leadline_analysis_coverage_ratio", "leadline_analysis_component_coverage_ratio",
    }  # fmt: skip


def test_an_analysis_that_never_gave_a_bias_is_as_overdue_as_one_that_was_never_made(registry, tmp_path):
    now = [float(AS_OF)]
    data_dir = new_store(tmp_path)
    analysed(data_dir, venue="kraken", score=None, bias="NEUTRAL")
    registry.register(AnalysisCollector(
        data_dir, ["BTC/USD"], False, clock=lambda: now[0], patience_s=60.0, wanted=["BTC/USD"]
    ))  # fmt: skip
    now[0] += 60
    assert samples(registry)["leadline_analysis_valid_seconds", "BTC/USD"] == -60.0


def test_a_bias_stays_in_force_where_the_next_analysis_gave_none(registry, tmp_path):
    data_dir = new_store(tmp_path)
    analysed(data_dir, venue="kraken", score=61.5)
    analysed(data_dir, venue="kraken", score=None, bias="NEUTRAL", as_of=AS_OF + 600)
    registry.register(AnalysisCollector(data_dir, ["BTC/USD"], False, clock=lambda: AS_OF + 900.0, patience_s=60.0))
    found = {name: value for (name, *labels), value in samples(registry).items() if labels == ["BTC/USD"]}
    assert found["leadline_analysis_bias"] == BIAS_NUMBER["WEAK_BULLISH"] and "leadline_analysis_score" not in found
    assert (found["leadline_analysis_age_seconds"], found["leadline_analysis_valid_seconds"]) == (300.0, 2700.0)


def test_an_analysis_that_was_never_made_is_overdue_since_the_start(registry, tmp_path):
    now = [float(AS_OF)]
    data_dir = new_store(tmp_path)
    registry.register(AnalysisCollector(
        data_dir, ["BTC/USD", "ETH/USD"], False, clock=lambda: now[0], patience_s=60.0, wanted=["BTC/USD"]
    ))  # fmt: skip
    now[0] += 60
    assert samples(registry) == {("leadline_analysis_valid_seconds", "BTC/USD"): -60.0}
    analysed(data_dir, venue="kraken", score=61.5)
    now[0] += 30
    assert samples(registry)["leadline_analysis_valid_seconds", "BTC/USD"] == 3510.0


def test_an_analysis_is_missed_only_where_the_store_could_say_so_and_it_is_to_be_made(registry, tmp_path):
    registry.register(AnalysisCollector(tmp_path, ["BTC/USD"], False, patience_s=60.0, wanted=["BTC/USD"]))
    assert samples(registry) == {}
    both = {"symbols": ["BTC/USD", "ETH/USD"]}
    for analyzer, source, wanted in (
        (both, "kraken", ["ETH/USD"]), (both, "simulator", []), (both | {"enabled": False}, "kraken", []),
    ):  # fmt: skip
        feed = {"source": source, "symbols": ["ETH/USD", "XRP/USD"]}
        settings = Settings.model_validate({"feed": feed, "ultimate_analyzer": analyzer})
        assert process_metrics._wanted(settings) == wanted


def test_a_store_that_answers_late_holds_no_scrape_up(registry, tmp_path, monkeypatch):
    answered = Event()

    def late(*_):
        answered.wait(60)
        return []

    monkeypatch.setattr("sinks.analysis_metrics.latest", late)
    collector = AnalysisCollector(tmp_path, ["BTC/USD"], False, patience_s=0.01)
    assert len(list(collector.collect())) == len(list(collector.collect())) == 7
    answered.set()


def test_the_store_is_asked_at_most_every_half_minute_and_a_store_that_fails_keeps_what_was_known(registry, tmp_path):
    now = [float(AS_OF)]
    data_dir = new_store(tmp_path)
    registry.register(AnalysisCollector(data_dir, ["BTC/USD"], False, clock=lambda: now[0], patience_s=60.0))
    assert samples(registry) == {}
    analysed(data_dir, venue="kraken", score=61.5)
    now[0] += 29
    assert samples(registry) == {}
    now[0] += 1
    assert samples(registry)["leadline_analysis_age_seconds", "BTC/USD"] == 30.0
    (data_dir / "leadline.duckdb").unlink()
    now[0] += 30
    assert samples(registry)["leadline_analysis_age_seconds", "BTC/USD"] == 60.0


def test_what_surrounds_the_process_is_told_under_our_prefix(registry, tmp_path):
    data_dir = new_store(tmp_path)
    settings = Settings.model_validate({"storage": {"data_dir": str(data_dir)}})
    end = process_metrics.follow(registry, settings)
    end()
    names = {f.name for f in registry.collect()}
    assert all(re.match(r"leadline_[a-z_]+$", name) for name in names)
    assert {"leadline_gc_pause_seconds", "leadline_disk_free_bytes", "leadline_analysis_score"} <= names
