"""Series that a live line tells from its start, so that the first event of each is a rise."""

from sinks.expected_series import zeros
from sinks.metrics import Metrics


def values(metrics):
    return {(s.name, *s.labels.values()): s.value for f in metrics.registry.collect() for s in f.samples}


def test_a_counter_is_there_at_zero_before_anything_has_happened_to_it():
    metrics = Metrics()
    metrics.apply(zeros(["BTC/USD"]))
    found = values(metrics)
    for name in (
        ("leadline_signals_total", "BTC/USD", "buy", "tradable"),
        ("leadline_book_updates_total", "BTC/USD", "mismatched"),
        ("leadline_resyncs_total", "BTC/USD", "checksum_mismatch"),
        ("leadline_rejected_frames_total", "invalid_json"),
        ("leadline_paper_trades_total", "BTC/USD", "stop", "tradable"),
        ("leadline_r_multiple_count", "BTC/USD", "filtered"),
        ("leadline_setup_outcomes_total", "squeeze_breakout", "not_tradable", "lost"),
    ):
        assert found[name] == 0.0


def test_the_series_of_a_symbol_are_few_and_there_is_none_without_symbols():
    def count(symbols):
        metrics = Metrics()
        metrics.apply(zeros(symbols))
        return len(values(metrics))

    assert (count(["BTC/USD", "ETH/USD"]) - count(["BTC/USD"])) < 120
    assert zeros([])["signals"] == {} == zeros([])["paper"]["trades"]
