"""Which market a report is of where nobody says: the store's, and never against a setting."""

import pytest

from leadline.settings import Settings
from sinks import catalog
from sinks.stored_market import as_stored
from tests.leadline.analysis.histories import walk
from tests.sinks.analysis_stores import imported
from tests.sinks.lake_rows import row
from tests.sinks.stores import put

BARS = walk(11, 48)
SIMULATED = {"venue": "simulator", "tape_id": "t", "mode": "live", "run_id": "t"}


@pytest.fixture
def simulated(tmp_path):
    """A store with the bars of a simulated exchange and an analysis of them."""
    imported(tmp_path, BARS, **SIMULATED)
    put(tmp_path, [row("runs", started_at=2, **SIMULATED)], 2)
    put(tmp_path, [row("analyses", as_of=2, symbol="BTC/USD", **SIMULATED)], 3)
    return tmp_path


def shown(folder, **sections):
    with catalog.connect(folder) as connection:
        found = as_stored(connection, Settings.model_validate(sections))
    return found.feed.venue, found.ultimate_analyzer.symbols


def test_a_store_of_one_market_is_shown_with_what_was_analysed_in_it(simulated):
    assert shown(simulated) == ("simulator", ["BTC/USD"])


def test_what_is_set_wins(simulated):
    default = Settings().ultimate_analyzer.symbols
    assert shown(simulated, feed={"venue": "kraken"}) == ("kraken", default)
    assert shown(simulated, ultimate_analyzer={"symbols": ["XRP/USD"]}) == ("simulator", ["XRP/USD"])


def test_of_two_markets_the_newest_live_run_tells(simulated):
    imported(simulated, BARS, "ETH/USD")
    assert shown(simulated)[0] == "simulator"
    put(simulated, [row("runs", started_at=3_000_000, venue="kraken", mode="live", run_id="k", tape_id="k")], 4_000_000)
    assert shown(simulated)[0] is None


def test_symbols_that_have_bars_are_shown_whether_analysed_or_not(simulated):
    imported(simulated, BARS, Settings().ultimate_analyzer.symbols[0], **SIMULATED)
    assert shown(simulated)[1] == Settings().ultimate_analyzer.symbols
