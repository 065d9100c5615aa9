"""What an analysis reads from the store: closed bars of one world, nothing later, and the newest book."""

import random
import shutil

import duckdb
import numpy as np
import pytest

from leadline.analysis import Bars, bars_needed, plain
from leadline.analysis.inputs import World
from leadline.errors import StoreError
from leadline.history import NO_BARS
from leadline.settings import Settings
from leadline.times import HOUR_NS, MINUTE_NS
from sinks import analysis_inputs, catalog, history
from sinks.candle_copy import copying
from sinks.market import Market, time_of
from tests.leadline.analysis.histories import bitcoin, end_ns, hourly, rolled, walk
from tests.sinks.analysis_stores import candles, imported, in_memory, readings, trade

REAL = World("kraken")
BARS = walk(5, 24 * 700)
END = end_ns(BARS)
RULES = Settings()
COLUMNS = ("open_ns", "open", "high", "low", "close", "volume")
ALL_COLUMNS = (*COLUMNS, "n_parts", "of_parts", "quiet_told", "reached_ns")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A real store of hourly bars, read through its views."""
    with catalog.connect(imported(tmp_path_factory.mktemp("store"), BARS)) as connection:
        yield connection


def same(one, other):
    """Tell whether two sets of bars are the same, column by column."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in
               ("open_ns", "open", "high", "low", "close")) and np.allclose(one.volume, other.volume)  # fmt: skip


def test_longer_bars_are_rolled_up_from_the_hourly_ones(store):
    found = analysis_inputs.read(store, "BTC/USD", END, REAL)
    expected = hourly(BARS)
    assert set(found.bars) == {"1h", "4h", "1d", "1w", "1M"}
    for timeframe, bars in found.bars.items():
        n = len(bars) - 1  # the oldest may have begun before the history
        assert n > 20
        whole = expected[timeframe]
        at = int(np.searchsorted(whole.open_ns, bars.open_ns[-n]))
        assert same(bars.part(len(bars) - n, len(bars)), whole.part(at, at + n))


def assert_read_as_from_the_whole_store(store, as_of_ns):
    found = analysis_inputs.read(store, "BTC/USD", as_of_ns, REAL)
    for timeframe, most in bars_needed().items():
        whole = history.bars(store, "BTC/USD", timeframe, as_of_ns, most)
        read = found.bars.get(timeframe, NO_BARS)
        assert all(np.array_equal(getattr(whole, name), getattr(read, name)) for name in ALL_COLUMNS), timeframe


def test_what_is_copied_for_an_analysis_gives_the_same_bars_as_the_whole_store():
    days, n = rolled(BARS, "1d"), len(BARS)
    minutes = walk(8, 3 * 1440, minutes=1)
    holes = np.flatnonzero(np.arange(n) % 997 > 30)  # a day without hours now and then
    patchy = Bars.of(*(getattr(BARS, name)[holes] for name in COLUMNS))
    with in_memory(
        candles(patchy), candles(days.part(3, 200), timeframe="1d"), candles(minutes, timeframe="1m")
    ) as store:
        assert_read_as_from_the_whole_store(store, END)


@pytest.mark.parametrize("also", [None, "5m"])
def test_hours_made_of_minutes_once_give_the_same_bars_as_the_minutes(also):
    draw, minutes = np.random.default_rng(6), walk(8, 70 * 1440, minutes=1)
    kinds = draw.choice(5, len(minutes), p=[0.6, 0.1, 0.1, 0.1, 0.1])  # the last are not there
    flags = [{}, {"filled": True}, {"partial": True}, {"filled": True, "partial": True}]
    tables = []
    for kind, flag in enumerate(flags):
        at = np.flatnonzero(kinds == kind)
        some = Bars.of(*(getattr(minutes, name)[at] for name in COLUMNS))
        tables.append(candles(some, timeframe="1m", **flag, origin=("archive", "rest")[kind % 2]))
    if also:
        tables.append(candles(rolled(minutes, also).part(500, 9000), timeframe=also, origin="rest"))
    with in_memory(*tables) as store:
        for back in (0, 17, 26 * 60 + 5):
            assert_read_as_from_the_whole_store(store, end_ns(minutes, 1) - back * MINUTE_NS)


def test_each_candle_is_copied_once_whatever_stretches_are_asked_for():
    pick, first = random.Random(4), int(BARS.open_ns[0])
    with in_memory(candles(BARS.part(0, 40))) as store:
        for _ in range(10):
            wanted: set[int] = set()
            with copying(store, Market("BTC/USD"), END, {}) as copy:
                for _ in range(5):
                    start, end = pick.randrange(40), pick.randrange(40)
                    copy.need(["1h"], [(time_of(first + start * HOUR_NS), time_of(first + end * HOUR_NS))])
                    wanted |= set(range(start, end))
                rows = copy.connection.execute("SELECT epoch_ns(open_time) FROM candles").fetchall()
            assert sorted((ns - first) // HOUR_NS for (ns,) in rows) == sorted(wanted)


def test_a_bar_that_is_not_closed_is_not_read(store):
    found = analysis_inputs.read(store, "BTC/USD", END - HOUR_NS - 1, REAL)
    assert int(found.bars["1h"].open_ns[-1]) == END - 3 * HOUR_NS
    assert len(found.bars["1d"]) <= len(BARS) // 24


def truncation(bars, n, seed):
    """Compare analyses of a store that goes on with those of a store that ends at the time."""
    rows, pick, first = candles(bars), random.Random(seed), int(bars.open_ns[0])
    with in_memory(rows) as everything:
        for _ in range(n):
            at = first + pick.randrange(100 * 1440, (end_ns(bars) - first) // MINUTE_NS) * MINUTE_NS
            n_closed = int(np.searchsorted(bars.open_ns + HOUR_NS, at, side="right"))
            with in_memory(rows.slice(0, n_closed)) as ended:
                whole, cut = (analysis_inputs.read(one, "BTC/USD", at, REAL) for one in (everything, ended))
            assert plain(whole.analysis(RULES)) == plain(cut.analysis(RULES))


def test_an_analysis_is_the_same_whether_the_store_ends_there_or_goes_on():
    truncation(BARS, 6, 1)


def test_a_real_history_gives_the_same_analysis_whether_it_ends_there_or_goes_on(recordings):
    truncation(bitcoin(recordings), 5, 2)


@pytest.mark.parametrize("minutes", [60, 15])
def test_a_week_is_as_old_as_the_last_part_of_it_that_the_store_has(minutes):
    bars = walk(5, 100 * 7 * 24 * 60 // minutes, minutes=minutes)
    week_ns = 7 * 24 * HOUR_NS
    monday_ns = int(rolled(bars, "1w").open_ns[-1])  # the last whole week begins one before
    ends_ns = monday_ns - 5 * HOUR_NS
    known = bars.part(0, int(np.searchsorted(bars.open_ns, ends_ns)))
    named = {60: "1h", 15: "15m"}[minutes]
    with in_memory(candles(known, timeframe=named)) as connection:
        found = analysis_inputs.read(connection, "BTC/USD", monday_ns, REAL)
    weeks = found.bars["1w"]
    assert weeks.open_ns[-1] == monday_ns - week_ns  # 97 % of it is known
    assert weeks.reached_ns[-1] == ends_ns
    assert weeks.reached_ns[-2] == monday_ns - week_ns
    told = found.analysis(RULES)
    assert (told.price, told.price_ns, told.price_timeframe) == (known.close[-1], ends_ns, named)


def test_rows_of_a_simulated_market_are_never_read_for_a_real_one():
    lies = candles(BARS, venue="simulator", tape_id="tape", mode="simulator")
    with pytest.raises(StoreError, match="the store has it of simulator"):
        analysis_inputs.read(in_memory(lies), "BTC/USD", END, REAL)


def test_of_the_simulators_tapes_one_is_read():
    other = walk(6, 24 * 100)
    both = in_memory(
        candles(BARS, venue="simulator", tape_id="a"), candles(other, venue="simulator", tape_id="b"), candles(other)
    )
    found = analysis_inputs.read(both, "BTC/USD", END, World("simulator", "a"))
    assert found.bars["1h"].close[-1] == BARS.close[-1]


def stored(*tapes):
    """Return a store with a candle of each tape of the simulator, stored in their order; of each its mode."""
    parts = [BARS.part(0, n) for n in range(1, len(tapes) + 1)]  # stored_at counts the bars
    return in_memory(*(candles(part, venue="simulator", tape_id=tape, mode=mode)
                       for part, (tape, mode) in zip(parts, tapes, strict=True)))  # fmt: skip


REST, RUN, MARKET = ("rest:http://here", "history"), ("t1", "live"), ("sim-1", "simulator")


@pytest.mark.parametrize(
    ("tapes", "is_of"),
    [((REST, RUN), ("t1", REST[0])), ((RUN, REST), ("t1", REST[0])), ((REST,), (REST[0], REST[0])),
     ((RUN,), ("t1", None)),
     ((REST, ("t0", "live"), RUN), ("t1", REST[0])), ((REST, RUN, MARKET), ("sim-1", None)),
     ((MARKET, REST, RUN), ("t1", REST[0])), ((REST, RUN, ("mine", "history")), ("mine", None))],
)  # fmt: skip
def test_a_run_on_a_simulated_exchange_and_its_past_are_one_world(tapes, is_of):
    assert analysis_inputs.world(stored(*tapes), "simulator")[1:] == is_of


def test_bars_of_another_simulated_market_are_said_to_be_unused():
    days = rolled(BARS, "1d")
    lots, few = (
        candles(days, timeframe="1d", venue="simulator", run_id="history-1"),
        BARS.part(len(BARS) - 100, len(BARS)),
    )
    both = in_memory(lots, candles(few, venue="simulator", tape_id="rest:http://here"))
    told = analysis_inputs.read(both, "BTC/USD", END, World("simulator", "rest:http://here")).analysis(RULES)
    why = f"{len(days)} bars of another simulated market (history-1) are not used: only those of rest:http://here are"
    assert any("60 are needed" in line for line in told.missing) and told.missing[-1] == why
    with pytest.raises(StoreError, match=r"no bar of BTC/USD .*; 800 bars of 2 other simulated markets are not used"):
        analysis_inputs.read(both, "BTC/USD", END, World("simulator", "elsewhere"))
    enough = in_memory(lots, candles(BARS, venue="simulator", tape_id="here"))
    told = analysis_inputs.read(enough, "BTC/USD", END, World("simulator", "here")).analysis(RULES)
    assert "another simulated" not in str(told.missing)  # no bars of this profile are
    alone = analysis_inputs.read(in_memory(lots), "BTC/USD", END, World("simulator", "history-1"))
    assert "another simulated" not in str(alone.analysis(RULES).missing)


def test_a_partial_candle_is_not_read():
    found = analysis_inputs.read(
        in_memory(candles(BARS.part(0, 100)), candles(BARS.part(100, 101), partial=True)), "BTC/USD", END, REAL
    )
    assert len(found.bars["1h"]) == 100


def test_a_symbol_of_which_only_a_part_of_one_candle_was_seen_is_to_wait_for_the_next():
    begun = in_memory(candles(BARS.part(0, 1), partial=True))
    with pytest.raises(StoreError, match=r"opens 2020-01-01 00:00 UTC; only a part of it was seen; try again when"):
        analysis_inputs.read(begun, "BTC/USD", END, REAL)


def test_a_candle_that_a_run_and_its_past_both_have_counts_once():
    run = {"venue": "simulator", "tape_id": "run"}
    past = {"venue": "simulator", "tape_id": "rest:1"}
    half = len(BARS) // 2
    both = in_memory(
        candles(BARS.part(0, len(BARS) - 1), **past), candles(BARS.part(half, half + 1), partial=True, **run),
        candles(BARS.part(half + 1, len(BARS)), **run),
    )  # fmt: skip
    world = World("simulator", "run", "rest:1")
    found = analysis_inputs.read(both, "BTC/USD", END, world)
    alone = analysis_inputs.read(in_memory(candles(BARS, **run)), "BTC/USD", END, World("simulator", "run"))
    for timeframe, bars in alone.bars.items():
        for name in ALL_COLUMNS:
            np.testing.assert_array_equal(getattr(found.bars[timeframe], name), getattr(bars, name))


def test_a_symbol_that_is_not_there_is_named_with_those_that_are(store):
    with pytest.raises(
        StoreError,
        match=r"no bar of ETH/USD is closed by .* has BTC/USD .`leadline report analysis BTC/USD`; .*=BTC/USD.; bring",
    ):
        analysis_inputs.read(store, "ETH/USD", END, REAL)


def test_a_symbol_that_only_another_venue_has_says_how_to_ask_for_that_one():
    simulated = in_memory(candles(BARS, venue="simulator", tape_id="a"))
    with pytest.raises(StoreError, match=r"has it of simulator, and kraken's .* LEADLINE__FEED__VENUE=simulator$"):
        analysis_inputs.read(simulated, "BTC/USD", END, REAL)


def test_a_time_before_the_history_says_when_it_begins(store):
    with pytest.raises(StoreError, match="its first bar opens 2020-01-01 00:00 UTC; choose a later"):
        analysis_inputs.read(store, "BTC/USD", int(BARS.open_ns[0]), REAL)


@pytest.mark.parametrize(
    ("age_s", "given", "score"),
    [
        (4, {}, 42.0), (31, {}, None), (-1, {}, None), (4, {"venue": "simulator"}, None), (4, {"trust": "stale"}, None),
        (4, {"symbol": "ETH/USD"}, None), (4, {"hft_score": None}, None), (4, {"age_s": 27.0}, None),
    ],
)  # fmt: skip
def test_only_a_fresh_verified_reading_of_the_real_book_counts(age_s, given, score):
    rows = candles(BARS.part(len(BARS) - 24 * 70, len(BARS)))
    with in_memory(rows, features=readings(END - age_s * 10**9, **given)) as store:
        found = analysis_inputs.read(store, "BTC/USD", END, REAL).analysis(RULES)
    book = next(one for one in found.of("swing").components if one.name == "hft_microstructure")
    assert book.score == score
    assert book.reason


def test_sizes_are_of_the_account_s_equity_by_then_and_of_no_other_s():
    equity = {"equity_quote": 1000.0, "mode": "live", "venue": "kraken", "ts": END - 2_000_000}
    rows = [
        equity, equity | {"ts": END, "equity_quote": 800.0}, equity | {"ts": END + 1000, "equity_quote": 1.0},
        equity | {"ts": END, "equity_quote": 2.0, "mode": "replay"},
        equity | {"ts": END, "equity_quote": 3.0, "venue": "simulator", "tape_id": "a", "mode": "simulator"},
    ]  # fmt: skip
    bars = candles(BARS.part(len(BARS) - 24 * 70, len(BARS)))

    def caps(account):
        with in_memory(bars, account=account) as store:
            found = analysis_inputs.read(store, "BTC/USD", END, REAL)
        setups = [one.setup for one in found.analysis(RULES).profiles if one.setup is not None]
        return found.equity_quote, [setup.size_base for setup in setups]

    (none, full), (known, smaller) = caps([]), caps(rows)
    assert (none, known) == (None, 800.0)
    assert full and smaller == pytest.approx([size * 800.0 / RULES.paper.equity_quote for size in full])


def test_trades_of_the_last_two_days_are_read_where_all_of_them_are_known():
    minutes = walk(9, 3 * 1440, minutes=1)
    n = len(minutes)
    whole = minutes.open_ns >= minutes.open_ns[n - 600]  # every trade of the last ten hours is stored
    rows = [trade(int(ts) + 1, price, size) for ts, price, size in
            zip(minutes.open_ns[whole], minutes.close[whole], minutes.volume[whole], strict=True)]  # fmt: skip
    with in_memory(candles(minutes, timeframe="1m"), trades=rows) as store:
        found = analysis_inputs.read(store, "BTC/USD", end_ns(minutes, 1), REAL)
    assert found.trades.from_ns == minutes.open_ns[n - 600]
    assert len(found.trades.price) == 600
    placed = next(one for one in found.analysis(RULES).of("scalping").components if one.name == "volume_profile")
    assert "600 trades and 1m bars" in placed.reason


def test_a_store_that_lacks_a_table_says_what_to_do(tmp_path):
    imported(tmp_path, BARS.part(0, 24))
    shutil.rmtree(tmp_path / "lake" / "analyses")
    with pytest.raises(StoreError, match="`leadline catalog refresh` brings it up to date"):
        catalog.connect(tmp_path)


@pytest.mark.parametrize("name", ['it\'s "our" own-store', "a.b", "select"])
def test_a_store_of_any_name_is_read(name, tmp_path):
    days = BARS.part(0, 24 * 70)
    folder = tmp_path / name
    folder.mkdir()
    imported(folder, days)
    exported = tmp_path / f"{name}.duckdb"  # the database is called by the file
    catalog.export(folder, exported)
    for store in (catalog.connect(folder), duckdb.connect(str(exported), read_only=True)):
        with store:
            found = analysis_inputs.read(store, "BTC/USD", end_ns(days), REAL)
        assert same(found.bars["1h"], days.part(len(days) - bars_needed()["1h"], len(days)))
