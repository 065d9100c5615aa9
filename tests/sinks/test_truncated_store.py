"""As of a time, on disk: an analysis is the same from a store that ends there and from one that goes on.

Not bars that are cut in memory but the stored rows themselves: minutes and hours, trades, readings of the book and the
account, read through the catalog's views and rolled up on the way.
"""

from contextlib import closing

import numpy as np
import pytest

from leadline.analysis import plain
from leadline.analysis.inputs import World
from leadline.history import Candles
from leadline.moment import Row
from leadline.settings import Settings
from leadline.times import HOUR_NS, MINUTE_NS
from leadline.trade_minutes import TradeRows
from sinks import analysis_inputs, catalog
from sinks.history_writer import writing
from tests.leadline.analysis.histories import rolled, walk
from tests.sinks.analysis_stores import observed
from tests.sinks.stores import new_store, put

MINUTES = walk(12, 90 * 1440, minutes=1, sigma=2.0)
HOURS = rolled(MINUTES, "1h")
STEP_NS = 20 * 10**9  # between trades
END_NS = int(MINUTES.open_ns[-1]) + MINUTE_NS


def as_candles(bars):
    n = len(bars)
    return Candles(bars.open_ns, bars.open, bars.high, bars.low, bars.close, bars.volume, np.full(n, np.nan),
                   np.full(n, 3))  # fmt: skip


def trades():
    """Return three trades in each minute of the last five days, whose prices are their own."""
    since = MINUTES.open_ns[-5 * 1440 :]
    times = (since[:, None] + np.arange(3) * STEP_NS + 1000).ravel()
    draw = np.random.default_rng(3)
    price = np.repeat(MINUTES.close[-5 * 1440 :], 3) * draw.uniform(0.999, 1.001, len(times))
    n = len(times)
    return TradeRows(times, price, draw.uniform(0.1, 2.0, n), np.ones(n, np.int64), np.arange(n), np.zeros(n, np.bool_))


TRADES = trades()


def store(folder, as_of_ns):
    """Return a store of all that was known by a time: closed candles, trades, readings, the account."""
    new_store(folder)
    with writing(folder, "kraken") as writer:
        for timeframe, bars, span_ns in (("1m", MINUTES, MINUTE_NS), ("1h", HOURS.part(0, 24 * 60), HOUR_NS)):
            known = as_candles(bars).where(bars.open_ns + span_ns <= as_of_ns)
            writer.candles("BTC/USD", timeframe, known, "archive", f"{timeframe}.csv")
        whole = TRADES.ts_ns < as_of_ns - as_of_ns % MINUTE_NS  # a minute's trades are stored when it is over
        writer.trades("BTC/USD", TRADES.where(whole), "archive", "trades.csv")
    for k, at_ns in enumerate(range(END_NS - 96 * HOUR_NS, END_NS + 1, 12 * HOUR_NS)):
        if at_ns <= as_of_ns:
            observed(folder, at_ns, hft_score=10.0 * k - 40.0)
            account = {
                "ts": at_ns,
                "equity_quote": 9_000.0 + 100.0 * k,
                "venue": "kraken",
                "mode": "live",
                "run_id": "r",
            }
            put(folder, [Row("account", account)], at_ns)
    return folder


def found(folder, as_of_ns):
    with closing(catalog.connect(folder)) as connection:
        return analysis_inputs.read(connection, "BTC/USD", as_of_ns, World("kraken"))


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return store(tmp_path_factory.mktemp("everything") / "data", END_NS)


@pytest.mark.parametrize("back_ns", [0, 36 * HOUR_NS, 50 * HOUR_NS + 17 * MINUTE_NS + 12_345, 84 * HOUR_NS + 1])
def test_an_analysis_is_the_same_whether_the_store_on_disk_ends_there_or_goes_on(everything, tmp_path, back_ns):
    as_of_ns = END_NS - back_ns
    whole, cut = found(everything, as_of_ns), found(store(tmp_path / "data", as_of_ns), as_of_ns)
    assert plain(whole.analysis(Settings())) == plain(cut.analysis(Settings()))
    assert len(whole.trades.price) == len(cut.trades.price) > 4000  # the test is of them, too
    assert np.array_equal(whole.trades.price, cut.trades.price) and whole.trades.ts_ns[-1] < as_of_ns
    assert whole.book == cut.book and whole.book.hft_score is not None and whole.equity_quote == cut.equity_quote
    assert {"5m", "1h", "4h", "1d"} <= set(whole.bars)


def test_what_comes_after_moves_an_analysis_that_looks_at_it(everything):
    """Without this the equality above could be of analyses that read none of it."""
    early, late = (plain(found(everything, END_NS - back * HOUR_NS).analysis(Settings())) for back in (13, 0))
    assert early["price"] != late["price"]
    assert [one["score"] for one in early["profiles"]] != [one["score"] for one in late["profiles"]]
