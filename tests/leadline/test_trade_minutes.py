"""Minutes from an archive of trades: whole ones only, and the same ones however the archive is cut."""

import gzip
import json
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leadline.times import MINUTE_NS
from leadline.trade_minutes import NO_ID, MinuteMaker, TradeRows


def trades(seconds, prices=None, ids=None, broken=()):
    n = len(seconds)
    return TradeRows(
        np.round(np.array(seconds, float) * 1e9).astype(np.int64),
        np.array(prices if prices is not None else [10.0 + k for k in range(n)], float),
        np.ones(n), np.full(n, -1), np.array(ids if ids is not None else [NO_ID] * n, np.int64),
        np.isin(np.arange(n), list(broken)),
    )  # fmt: skip


def made(parts, maker=None, until_ns=None):
    maker = maker or MinuteMaker()
    steps = [maker.add(part) for part in parts] + [maker.finish(until_ns)]
    minutes = [np.concatenate(columns) for columns in zip(*(step[0] for step in steps), strict=True)]
    kept = [np.concatenate(columns) for columns in zip(*(step[1] for step in steps), strict=True)]
    return minutes, kept


def at(minutes):
    return [int(open_ns) // MINUTE_NS for open_ns in minutes[0]]


def test_the_first_and_the_last_minute_are_not_known_to_be_whole():
    minutes, kept = made([trades([30, 61, 75, 119, 121])])
    assert [float(column[0]) for column in minutes] == [MINUTE_NS, 11.0, 13.0, 11.0, 13.0, 3.0, 12.0, 3]
    assert at(minutes) == [1] and len(kept[0]) == 3


def test_they_are_where_it_is_said_from_when_and_until_when_every_trade_came():
    minutes, _ = made([trades([30, 61, 121])], MinuteMaker(from_ns=0), until_ns=5 * MINUTE_NS + 1)
    assert at(minutes) == [0, 1, 2, 3, 4]
    assert list(minutes[7]) == [1, 1, 1, 0, 0] and list(minutes[4]) == [10.0, 11.0, 12.0, 12.0, 12.0]


def test_a_known_close_fills_the_empty_minutes_before_the_first_trade():
    minutes, _ = made([trades([130], ids=[7])], MinuteMaker(0, price=9.0), until_ns=3 * MINUTE_NS)
    assert at(minutes) == [0, 1, 2] and list(minutes[1]) == [9.0, 9.0, 10.0]
    assert at(made([], MinuteMaker(0, price=9.0), until_ns=2 * MINUTE_NS)[0]) == [0, 1]


def test_a_break_takes_the_minutes_on_both_sides_and_fills_nothing_between():
    minutes, _ = made([trades([0, 60, 120, 300, 360, 420], broken=[3])])
    assert at(minutes) == [1, 6]


def test_a_long_silence_is_a_break_unless_the_ids_say_that_nothing_happened():
    times = [0, 60, 120 + 3600 * 2, 60 * 150, 60 * 151]
    assert at(made([trades(times)])[0]) == [*range(123, 151)]
    assert at(made([trades(times, ids=range(5))])[0]) == list(range(1, 151))


def test_missing_ids_are_a_break():
    assert at(made([trades([0, 60, 120, 180, 240], ids=[1, 2, 3, 5, 6])])[0]) == [1]


def test_a_trade_of_a_minute_that_is_over_is_late():
    maker = MinuteMaker()
    maker.add(trades([0, 60]))
    assert list(maker.late(trades([59, 61, 130, 119, 125]).ts_ns)) == [True, False, False, True, False]


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=40), st.sets(st.integers(0, 40)))
def test_a_cut_anywhere_changes_nothing(steps, cuts):
    seconds = np.cumsum([step for step, _ in steps])
    rows = trades(seconds, broken=[k for k, (_, broken) in enumerate(steps) if broken and k % 5 == 0])
    edges = [0, *sorted(c for c in cuts if c < len(steps)), len(steps)]
    whole = made([rows])
    cut = made([rows.where(slice(a, b)) for a, b in pairwise(edges)])
    assert all(np.array_equal(a, b) for side in (0, 1) for a, b in zip(whole[side], cut[side], strict=True))


def test_272_of_272_candles_of_kraken_are_rebuilt_exactly_with_the_empty_minutes(recordings):
    def recorded(name):
        packed = (recordings / "kraken_rest" / f"nautilus_http_{name}.json.gz").read_bytes()
        return json.loads(gzip.decompress(packed))["result"]["XBTUSDT"]

    rows = recorded("trades")
    columns = [[float(row[k]) for row in rows] for k in (2, 0, 1)]
    given_rows = trades(columns[0], columns[1], [row[6] for row in rows])._replace(size=np.array(columns[2]))
    minutes, kept = made([given_rows])
    official = {row[0]: row for row in recorded("ohlc")}
    for open_ns, o, h, low, c, volume, vwap, n in zip(*minutes, strict=True):
        _, *prices, official_vwap, official_volume, count = official[open_ns // 10**9]
        assert [o, h, low, c] == [float(p) for p in prices]
        assert (f"{volume:.8f}", n) == (official_volume, count)
        assert n == 0 or -1e-6 < vwap - float(official_vwap) < 0.1  # Kraken cuts it to one decimal
    traded = minutes[7] > 0
    assert (traded.sum(), (~traded).sum()) == (272, 137) and len(kept[0]) == minutes[7].sum()
