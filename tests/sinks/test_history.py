"""History as it is read: bars of any timeframe are what their minutes make, and nothing is invented."""

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from leadline.analysis.bars import TIMEFRAMES
from leadline.analysis.parts import gaps_of
from leadline.errors import StoreError
from leadline.history import SPANS_NS, Candles, number, numbers, open_ns
from leadline.moment import Row
from leadline.times import DAY_NS, MINUTE_NS
from leadline.trade_minutes import TradeRows
from sinks.history import bars, connect, missing, trades
from sinks.history_list import rolled_gaps, rolled_up_to, series, stored, stored_gaps
from sinks.history_writer import HistoryWriter
from sinks.market import Market
from tests.sinks.stores import new_lake, put

MONDAY_NS = int(datetime(2024, 1, 29, tzinfo=UTC).timestamp()) * 10**9  # a month ends on its Thursday
_SYMBOLS = (f"S{k}/USD" for k in count())


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    writer = HistoryWriter(new_lake(tmp_path_factory.mktemp("store")), "kraken")
    yield writer
    writer.close()


def candles(opens_ns, seed=1, n_trades=3):
    draw = np.random.default_rng(seed)
    n = len(opens_ns)
    o, c = draw.uniform(90, 110, (2, n)).round(1)
    volume = draw.uniform(0.1, 9, n).round(8)
    return Candles(np.array(opens_ns, np.int64), o, np.maximum(o, c) + 1, np.minimum(o, c) - 1, c, volume,
                   np.full(n, np.nan), np.full(n, n_trades))  # fmt: skip


def naive(given, timeframe, as_of_ns):
    """Roll up by hand: {open: (o, h, l, c, volume)} of the bars closed by a time."""
    found = {}
    for k, time_ns in enumerate(given.open_ns.tolist()):
        bar = number(time_ns, timeframe)
        if open_ns(bar + 1, timeframe) <= as_of_ns:
            found.setdefault(bar, []).append(k)
    return {
        open_ns(bar, timeframe): (
            given.open[ks[0]], max(given.high[ks]), min(given.low[ks]), given.close[ks[-1]],
            round(sum(given.volume[ks].tolist()), 8),
        )
        for bar, ks in found.items()
    }  # fmt: skip


def as_rows(found):
    columns = zip(*(getattr(found, n).tolist() for n in ("open", "high", "low", "close", "volume")), strict=True)
    return {o: (*row[:4], round(row[4], 8)) for o, row in zip(found.open_ns.tolist(), columns, strict=True)}


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_bars_of_each_timeframe_are_what_their_minutes_make(writer, timeframe):
    symbol = next(_SYMBOLS)
    days = 40 if timeframe in ("1w", "1M") else 2
    step = 30 if days == 40 else 1
    opens = MONDAY_NS - (28 * DAY_NS if days == 40 else 0) + np.arange(0, days * 1440, step) * MINUTE_NS
    given = candles(opens)
    writer.candles(symbol, "30m" if step == 30 else "1m", given, "archive", "test")
    as_of_ns = int(opens[-1]) - 17 * MINUTE_NS
    found = bars(writer.connection, symbol, timeframe, as_of_ns, 5000)
    assert as_rows(found) == {
        o: row for o, row in naive(given, timeframe, as_of_ns).items() if o >= opens[0]
    }  # fmt: skip
    assert len(found) > 0
    newest = bars(writer.connection, symbol, timeframe, as_of_ns, 3)
    assert list(newest.open_ns) == list(found.open_ns[-3:])


@pytest.mark.parametrize("minute", [61, 399])
def test_nothing_after_as_of_is_looked_at(writer, minute):
    as_of_ns = MONDAY_NS + minute * MINUTE_NS + 1
    there = np.flatnonzero(np.random.default_rng(minute).random(600) < 0.9)
    given = candles(MONDAY_NS + there * MINUTE_NS)
    whole_symbol, cut_symbol = next(_SYMBOLS), next(_SYMBOLS)
    writer.candles(whole_symbol, "1m", given, "archive", "test")
    writer.candles(cut_symbol, "1m", given.where(given.open_ns + MINUTE_NS <= as_of_ns), "archive", "test")
    for timeframe in ("1m", "1h"):
        whole, cut = (bars(writer.connection, s, timeframe, as_of_ns, 900) for s in (whole_symbol, cut_symbol))
        assert as_rows(whole) == as_rows(cut)
        assert all(numbers(whole.open_ns, timeframe) < number(as_of_ns, timeframe))


def test_missing_bars_are_missing_and_a_bar_beside_a_hole_is_whole_or_left_out(writer):
    symbol = next(_SYMBOLS)
    there = np.r_[0:60, 65:150, 300:420]  # 0:00-1:00, 1:05-2:30, 5:00-7:00
    writer.candles(symbol, "1m", candles(MONDAY_NS + there * MINUTE_NS), "archive", "test")
    as_of_ns = MONDAY_NS + DAY_NS
    hours = bars(writer.connection, symbol, "1h", as_of_ns, 100)
    assert [(o - MONDAY_NS) // SPANS_NS["1h"] for o in hours.open_ns.tolist()] == [0, 1, 5, 6]
    absent = missing(writer.connection, Market(symbol), "1h", MONDAY_NS, MONDAY_NS + 8 * SPANS_NS["1h"])
    assert [gap.n_bars for gap in absent] == [3, 1]
    (of,) = series(writer.connection, symbol=symbol)
    assert (of.n_bars, of.n_missing) == (265, 155)
    assert [gap.n_bars for gap in stored_gaps(stored(writer.connection, of), of)] == [5, 150]


@pytest.mark.parametrize(("origin", "told"), [("archive", False), ("rest", True), ("trades", True)])
def test_a_bar_says_of_how_many_parts_it_is_made_and_whether_an_absent_one_is_missing(writer, origin, told):
    symbol, draw = next(_SYMBOLS), np.random.default_rng(3)
    there = np.flatnonzero(draw.random(3 * 1440) < 0.8)
    writer.candles(symbol, "1m", candles(MONDAY_NS + there * MINUTE_NS), origin, "test")
    for timeframe, minutes in (("1m", 1), ("5m", 5), ("1h", 60), ("1d", 1440)):
        found = bars(writer.connection, symbol, timeframe, MONDAY_NS + 3 * DAY_NS, 9999)
        opened = (found.open_ns - MONDAY_NS) // MINUTE_NS
        counted = [int(((there >= o) & (there < o + minutes)).sum()) for o in opened.tolist()]
        assert found.n_parts.tolist() == counted and len(counted) > 2
        assert set(found.of_parts.tolist()) == {minutes}
        assert set(found.quiet_told.tolist()) == {told}
    (of,) = series(writer.connection, symbol=symbol)
    assert rolled_up_to(of, [of]) == ["5m", "15m", "30m", "1h", "4h", "1d", "1w", "1M"]
    these = stored(writer.connection, of)
    for timeframe in rolled_up_to(of, [of]):
        read = bars(writer.connection, symbol, timeframe, MONDAY_NS + 3 * DAY_NS, 9999)
        assert rolled_gaps(these, of, timeframe) == gaps_of(read, timeframe)


def test_of_series_that_saw_the_same_the_one_with_most_of_its_parts_tells(writer):
    symbol = next(_SYMBOLS)
    quiet = np.arange(240) // 60 == 2  # nothing traded in the third hour: the minutes say so, the hours leave it out
    minutes = candles(MONDAY_NS + np.arange(240) * MINUTE_NS)
    minutes = minutes._replace(volume=np.where(quiet, 0.0, 1.0), n_trades=np.where(quiet, 0, 1))
    hours = candles(MONDAY_NS + np.array([0, 1, 3]) * SPANS_NS["1h"])._replace(volume=np.full(3, 60.0))
    writer.candles(symbol, "1h", hours, "archive", "test")
    alone = bars(writer.connection, symbol, "4h", MONDAY_NS + DAY_NS, 9)
    assert (alone.n_parts.tolist(), alone.of_parts.tolist(), alone.quiet_told.tolist()) == ([3], [4], [False])
    writer.candles(symbol, "1m", minutes, "trades", "test")
    both = bars(writer.connection, symbol, "4h", MONDAY_NS + DAY_NS, 9)
    assert (both.n_parts.tolist(), both.of_parts.tolist(), both.quiet_told.tolist()) == ([240], [240], [True])


def test_a_minute_that_was_not_seen_whole_counts_as_absent_and_a_quiet_one_does_not(tmp_path):
    store = new_lake(tmp_path)
    one = {"symbol": "A/B", "timeframe": "1m", "open": 5.0, "high": 5.0, "low": 5.0, "close": 5.0, "volume": 0.0,
           "n_trades": 0, "filled": True, "partial": False, "origin": "stream", "mode": "live", "venue": "kraken",
           "run_id": "r"}  # fmt: skip
    traded = {"filled": False, "volume": 2.0, "n_trades": 1}
    odd = {1: {"partial": True}, 2: {"partial": True, **traded}, 3: traded}  # the rest were quiet
    rows = [Row("candles", one | odd.get(k, {}) | {"open_time": MONDAY_NS + k * MINUTE_NS}) for k in range(60)]
    put(store, rows, 10)
    with closing(HistoryWriter(store, "kraken")) as history:
        found = bars(history.connection, "A/B", "1h", MONDAY_NS + DAY_NS, 9)
    assert (found.n_parts.tolist(), found.of_parts.tolist(), found.quiet_told.tolist()) == ([58], [60], [True])
    assert found.volume.tolist() == [4.0]


def test_each_bar_comes_from_the_series_that_saw_most_of_it(writer):
    symbol = next(_SYMBOLS)
    minutes = candles(MONDAY_NS + np.arange(240) * MINUTE_NS)
    hour = SPANS_NS["1h"]
    hours = candles(MONDAY_NS + np.arange(8) * hour, seed=2)._replace(volume=np.full(8, 1e6))
    writer.candles(symbol, "1m", minutes, "archive", "test")
    writer.candles(symbol, "1h", hours.where(np.array([0, 4, 5, 6, 7])), "archive", "test")
    found = as_rows(bars(writer.connection, symbol, "1h", MONDAY_NS + 8 * hour, 99))
    assert [found[MONDAY_NS + k * hour][4] == 1e6 for k in range(8)] == [True] + [False] * 3 + [True] * 4
    four = as_rows(bars(writer.connection, symbol, "4h", MONDAY_NS + 8 * hour, 99))
    assert four[MONDAY_NS + 4 * hour][4] == 4e6


def test_a_flat_minute_that_nobody_saw_is_no_bar_and_a_quiet_one_is(writer, tmp_path):
    store = new_lake(tmp_path)

    def minute(k, **given):
        flat = {"symbol": "A/B", "timeframe": "1m", "open_time": MONDAY_NS + k * MINUTE_NS, "open": 5.0, "high": 5.0,
                "low": 5.0, "close": 5.0, "volume": 0.0, "n_trades": 0, "filled": True, "partial": False,
                "mode": "live", "venue": "kraken", "run_id": "r"}  # fmt: skip
        return Row("candles", flat | given)

    traded = {"filled": False, "volume": 2.0, "high": 6.0, "n_trades": 1}
    put(store, [minute(0), minute(1, partial=True), minute(2, **traded), minute(3, partial=True, **traded)], 10)
    read = HistoryWriter(store, "kraken")
    found = as_rows(bars(read.connection, "A/B", "1m", MONDAY_NS + DAY_NS, 99))
    assert [(o - MONDAY_NS) // MINUTE_NS for o in found] == [0, 2]
    assert found[MONDAY_NS] == (5.0, 5.0, 5.0, 5.0, 0.0)
    read.close()


def test_simulated_worlds_and_the_real_one_never_mix(tmp_path):
    store = new_lake(tmp_path)
    given = candles(MONDAY_NS + np.arange(3) * MINUTE_NS)
    for venue, tape_id, part in (("kraken", None, [0]), ("simulator", "t1", [1]), ("simulator", "t2", [2])):
        writer = HistoryWriter(store, venue, tape_id)
        assert writer.candles("A/B", "1m", given.where(np.array(part)), "rest", "test").added == 1
        found = bars(writer.connection, "A/B", "1m", MONDAY_NS + DAY_NS, 99, venue=venue, tape_id=tape_id)
        assert list(found.open_ns) == [MONDAY_NS + part[0] * MINUTE_NS]
        writer.close()


def test_what_is_there_is_not_written_again(writer):
    symbol = next(_SYMBOLS)
    given = candles(MONDAY_NS + np.array([0, 1, 1, 3]) * MINUTE_NS)
    assert tuple(writer.candles(symbol, "1m", given, "archive", "a")) == (3, 0, 1)
    other = given._replace(close=given.close + 0.5)
    assert tuple(writer.candles(symbol, "1m", other, "archive", "b")) == (0, 0, 4)
    assert tuple(writer.candles(symbol, "1m", given.where(np.array([0, 1, 3])), "archive", "a")) == (0, 3, 0)
    more = candles(MONDAY_NS + np.array([0, 2]) * MINUTE_NS)
    assert writer.candles(symbol, "1m", more, "archive", "c").added == 1
    assert len(bars(writer.connection, symbol, "1m", MONDAY_NS + DAY_NS, 99)) == 4


def some_trades(seconds):
    n, none = len(seconds), np.full(len(seconds), -1)
    times = MONDAY_NS + np.array(seconds, np.int64) * 10**9
    return TradeRows(times, np.full(n, 5.0), np.ones(n), none, none, np.zeros(n, np.bool_))


def test_trades_reach_back_as_far_as_all_of_them_are_known(writer):
    symbol = next(_SYMBOLS)
    end_ns = MONDAY_NS + 10 * MINUTE_NS
    assert trades(writer.connection, symbol, MONDAY_NS, end_ns) is None
    writer.candles(symbol, "1m", candles(MONDAY_NS + np.arange(10) * MINUTE_NS), "trades", "test")
    seconds = [5, 70, 130, 190, *range(300, 600, 20)]  # none in minute 4
    assert writer.trades(symbol, some_trades(seconds), "archive", "test").added == len(seconds)
    found = trades(writer.connection, symbol, MONDAY_NS, end_ns)
    assert found.from_ns == MONDAY_NS + 5 * MINUTE_NS and len(found.ts_ns) == 15
    assert writer.trades(symbol, some_trades([5, 5, 6, 245]), "archive", "again").added == 1
    found = trades(writer.connection, symbol, MONDAY_NS, end_ns)
    assert found.from_ns == MONDAY_NS and len(found.ts_ns) == len(seconds) + 1


def test_a_minute_that_a_flow_and_a_backfill_brought_counts_once(tmp_path):
    store = new_lake(tmp_path)
    streamed = {"symbol": "A/B", "venue": "kraken", "mode": "live", "run_id": "live", "origin": "stream", "price": 5.0,
                "size": 1.0, "side": "buy"}  # fmt: skip
    with closing(HistoryWriter(store, "kraken")) as history:
        history.candles("A/B", "1m", candles(MONDAY_NS + np.arange(3) * MINUTE_NS), "rest", "test")
        history.trades("A/B", some_trades([1, 2, 61]), "rest", "test")
        known = [Row("trades", streamed | {"ts": MONDAY_NS + s * 10**9, "trade_id": s}) for s in (61, 62, 121)]
        put(store, known, 10)
        found = trades(history.connection, "A/B", MONDAY_NS, MONDAY_NS + 3 * MINUTE_NS)
    assert found.from_ns == MONDAY_NS
    assert ((found.ts_ns - MONDAY_NS) // 10**9).tolist() in ([1, 2, 61, 121], [1, 2, 61, 62, 121])
    assert len(found.price) == len(found.ts_ns)


def test_an_older_store_says_how_it_is_brought_up_to_date(tmp_path):
    store = new_lake(tmp_path)
    shutil.rmtree(store / "lake" / "trades")
    with pytest.raises(StoreError, match="`leadline catalog refresh` brings it up to date"):
        connect(store)


def test_a_year_is_a_folder(writer):
    symbol = next(_SYMBOLS)
    new_year = int(datetime(2022, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    writer.candles(symbol, "1m", candles(new_year + np.array([-1, 0]) * MINUTE_NS), "archive", "test")
    where = "SELECT open_time FROM candles WHERE symbol = ? ORDER BY 1"
    rows = writer.connection.execute(where, [symbol]).fetchall()
    assert rows == [(datetime(2022, 1, 1) - timedelta(minutes=1),), (datetime(2022, 1, 1),)]
