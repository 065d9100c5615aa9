"""Evidence: live rows of one configuration count, and no others."""

import pytest

from leadline.times import MINUTE_NS
from sinks import catalog, evidence
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import new_lake, put

DAY = 1440


def trades(n, *, first=0, **given):
    of = {"account_model": True, "on_account": True, "config_hash": "mine", "pnl_quote": 2.0, "r_multiple": 1.5}
    return [
        row("paper_trades", i, trade_id=f"t{first + i}", signal_id=f"s{first + i}", exit_ts=T0 + i, **of | given)
        for i in range(n)
    ]


def minutes(n, *, run, **given):
    of = {"timeframe": "1m", "origin": "stream", "run_id": run}
    return [row("candles", i, open_time=T0 + i * MINUTE_NS, **of | given) for i in range(n)]


def runs(*hashes, **given):
    return [row("runs", i, run_id=f"of {hash_}", config_hash=hash_, **given) for i, hash_ in enumerate(hashes)]


@pytest.fixture
def read(tmp_path):
    """Store rows and return (ladder, trades of other settings)."""
    folder = new_lake(tmp_path)

    def read(*tables):
        for k, rows in enumerate(tables):
            put(folder, rows, T0 + k)
        with catalog.connect(folder) as store:
            return evidence.read(store, "mine")

    return read


def test_minutes_of_live_market_are_counted_once_and_by_the_runs_of_this_configuration(read):
    mine = minutes(DAY, run="of mine")
    also = minutes(DAY, run="of mine", symbol="ETH/USD")
    other = minutes(3 * DAY, run="of other", symbol="XRP/USD")
    warm_up = minutes(2 * DAY, run="of mine", symbol="ADA/USD", origin="history")
    found, _ = read(runs("mine", "other"), mine, also, other, warm_up)
    assert found.days == 1.0


def test_simulated_and_replayed_rows_are_no_evidence(read):
    found, elsewhere = read(
        runs("mine", mode="replay"), minutes(DAY, run="of mine"), trades(2),
        trades(5, first=10, mode="replay"), trades(5, first=20, venue="simulator"),
        trades(5, first=30, on_account=False), trades(4, first=40, config_hash="other"),
    )  # fmt: skip
    assert (found.days, found.performance.n, elsewhere) == (0.0, 2, 4)
