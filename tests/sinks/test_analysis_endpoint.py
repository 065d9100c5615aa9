"""The endpoint of a run without a scalper: what is scraped there."""

from contextlib import closing
from urllib.request import urlopen

from leadline.moment import Row
from leadline.settings import Settings
from sinks import analysis_endpoint, endpoint
from tests.sinks.stores import new_store, put

AS_OF_US = 1_800_000_000_000_000


def test_the_newest_analyses_are_served_over_http(tmp_path):
    row = {"symbol": "BTC/USD", "as_of": AS_OF_US, "score": 61.5, "bias": "WEAK_BULLISH", "venue": "kraken"}
    put(new_store(tmp_path), [Row("analyses", row)], AS_OF_US)
    given = {"ultimate_analyzer": {"symbols": ["BTC/USD"]}, "storage": {"data_dir": str(tmp_path)}}
    registry = analysis_endpoint.registry(Settings.model_validate(given))
    with closing(endpoint.serve(registry, "127.0.0.1", 0)) as served:
        text = ""
        while "leadline_analysis_score{" not in text:  # a store that is late is told at a later scrape
            with urlopen(f"http://127.0.0.1:{served.port}/metrics") as answer:
                text = answer.read().decode()
    assert 'leadline_analysis_score{symbol="BTC/USD"} 61.5' in text
    assert 'leadline_analysis_bias{symbol="BTC/USD"} 30.0' in text
    assert "leadline_disk_free_bytes " in text
