"""Archive files and their lines: what is read, and what is refused with its line."""

import gzip
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import StoreError
from leadline.history import SPANS_NS
from leadline.times import SECOND_NS
from sources import history_csv, history_rows
from sources.history_csv import CANDLE_COLUMNS, TRADE_COLUMNS, layout, read
from sources.history_files import LONGEST_LINE, Block, blocks, parts
from sources.history_names import checked_symbol, checked_timeframe, named

NOW_NS = 1_700_000_000 * 10**9
GOOD = b"1600000020,1.5,2.0,1.0,1.75,3.25,4"
LINES = [b"%d,1.5,2.0,1.0,1.75,3.25,4" % (1_600_000_020 + 60 * k) for k in range(50)]


def whole(path, size):
    return [(block.line, block.text) for part in parts(path) for block in blocks(part, size=size)]


LINE = st.text("09.,x\r", max_size=9).map(str.encode)


@given(st.lists(LINE, min_size=1, max_size=30), st.integers(1, 40))
def test_blocks_are_whole_lines_with_their_numbers(tmp_path_factory, rows, size):
    path = tmp_path_factory.getbasetemp() / "some.csv"
    content = b"\n".join(rows)
    path.write_bytes(content)
    found = whole(path, size)
    assert b"".join(text for _, text in found) == content
    for line, text in found:
        assert text.split(b"\n")[0] == rows[line - 1]


def test_plain_gzip_and_zip_hold_the_same_whatever_their_names(tmp_path):
    content = b"\n".join(LINES) + b"\n"
    for name, data in (("a.csv", content), ("b.csv", gzip.compress(content)), ("c.csv", zipped(c=content))):
        (tmp_path / name).write_bytes(data)
        assert b"".join(text for _, text in whole(tmp_path / name, 100)) == content


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"data/{name}.csv", content)
        archive.writestr("__MACOSX/data/._x.csv", b"x")
        archive.writestr("README.md", b"x")
    return out.getvalue()


def test_the_files_of_a_zip_are_parts(tmp_path):
    (tmp_path / "k.zip").write_bytes(zipped(XBTUSD_60=b"a", ETHUSD=b"b"))
    assert [part.name for part in parts(tmp_path / "k.zip")] == ["XBTUSD_60.csv", "ETHUSD.csv"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        (gzip.compress(b"\n".join(LINES))[:-20], "cannot read"),
        (b"x" * (LONGEST_LINE + 200), "line 1 is longer"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(tmp_path, content, said):
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=said):
        whole(path, 100)


@pytest.mark.parametrize(
    ("name", "symbol", "minutes"),
    [
        ("XBTUSD_60.csv", "BTC/USD", 60), ("XBTUSD_60.csv.gz", "BTC/USD", 60), ("ADAUSDT_1440.csv", "ADA/USDT", 1440),
        ("ETHXBT.csv", "ETH/BTC", None), ("XXBTZUSD_1.csv", "BTC/USD", 1), ("notes.csv", None, None),
    ],
)  # fmt: skip
def test_names_tell_symbol_and_minutes(name, symbol, minutes):
    assert named(name) == (symbol, minutes)


def test_what_a_person_writes_is_checked():
    assert (checked_symbol("eth/usd"), checked_timeframe("1440")) == ("ETH/USD", "1d")
    for wrong in ("hello", "A/B/C", ""):
        with pytest.raises(StoreError, match="is no symbol"):
            checked_symbol(wrong)
    with pytest.raises(StoreError, match="rolled up"):
        checked_timeframe("1w")
    with pytest.raises(StoreError, match="use one of 1m"):
        checked_timeframe("7m")


def test_both_ways_of_reading_agree():
    text = b"\n".join(LINES) + b"\n"
    fast = read(Block(7, text), CANDLE_COLUMNS)
    slow = read(Block(7, text + b"bad\n\n"), CANDLE_COLUMNS)
    assert list(fast.lines) == list(slow.lines) == list(range(7, 57))
    assert all(np.array_equal(fast.columns[name], slow.columns[name]) for name in CANDLE_COLUMNS)
    assert [(r.line, r.reason) for r in slow.rejects] == [(57, "1 column instead of 7")] and fast.rejects == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"1600000020,1.5,2.0,1.0,1.75,3.25", "6 columns instead of 7"),
        (b"1600000020,1.5,2.0,1.0,abc,3.25,4", "close is 'abc', not a number"),
        (b"1600000020,1.5,2.0,1.0,,3.25,4", "close is '', not a number"),
        (b"1600000020,1.5,2.0,1.0,nan,3.25,4", "a value is not finite"),
        (b"1600000020,1.5,2.0,1.0,1e999,3.25,4", "a value is not finite"),
        (b"1600000021,1.5,2.0,1.0,1.75,3.25,4", "no 1m candle opens at 1600000021"),
        (b"1600000020000,1.5,2.0,1.0,1.75,3.25,4", "not in seconds"),
        (b"0,1.5,2.0,1.0,1.75,3.25,4", "before 2009"),
        (b"1700000040,1.5,2.0,1.0,1.75,3.25,4", "not closed yet"),
        (b"1600000020,-1.5,2.0,1.0,1.75,3.25,4", "not above 0"),
        (b"1600000020,1.5,1.6,1.0,1.75,3.25,4", "the high 1.6 is not the highest"),
        (b"1600000020,1.5,2.0,1.6,1.75,3.25,4", "the low 1.6 is not the lowest"),
        (b"1600000020,1.5,2.0,1.0,1.75,-3.25,4", "the volume -3.25 is below 0"),
        (b"1600000020,1.5,2.0,1.0,1.75,3.25,1.5", "1.5 is no number of trades"),
        (b"1600000020,1.5,2.0,1.0,1.75,1e300,4", "no market trades 1e+300 at 1 to 2"),
        (b"1600000020,1.5,2.0,1.0,1.75,2e12,4", "no market trades 2e+12 at 1 to 2"),
        (b"1600000020,1.5,2e12,1.0,1.75,3.25,4", "no market trades 3.25 at 1 to 2e+12"),
        (b"1600000020,1.5,2.0,1e-300,1.75,3.25,4", "no market trades 3.25 at 1e-300 to 2"),
    ],
)
def test_a_line_that_can_be_no_candle_is_refused_with_its_number(line, why):
    table = read(Block(1, b"\n".join([GOOD, line, GOOD])), CANDLE_COLUMNS)
    candles, more = history_rows.candles(table, "1m", NOW_NS)
    ((number, reason),) = [*table.rejects, *more]
    assert number == 2 and why in reason and len(candles.open_ns) == 2


def length(times, timeframe):
    return history_rows.other_length(
        read(Block(1, b"".join(b"%d,1,1,1,1,1,1\n" % s for s in times)), CANDLE_COLUMNS), timeframe
    )


MIDNIGHT_S = 1_500_000_000 // 86400 * 86400
NAMED = [(1440, "1h", "1d"), (60, "1d", "1h"), (5, "1h", "5m"), (30, "1h", "30m"), (120, "1h", "7200 s"),
         (3, "1m", "180 s"), (0.5, "1m", "30 s")]  # fmt: skip


@pytest.mark.parametrize(("minutes", "timeframe", "said"), NAMED)
@pytest.mark.parametrize("shift_s", [0, 7260])
def test_most_candles_tell_that_they_are_of_another_length(minutes, timeframe, said, shift_s):
    times = [MIDNIGHT_S + shift_s + round(60 * minutes) * k for k in range(150)]
    assert length(times, timeframe) == said
    assert length([times[0] + 1, *times[1:70], times[70] + 7, *times[70:], times[-1] + 3600], timeframe) == said


@given(st.integers(0, 2**32), st.sampled_from([("1m", "15m"), ("1m", "1h"), ("5m", "1h"), ("15m", "4h"), ("1h", "1d")]))
def test_quiet_candles_of_a_shorter_length_are_known_by_their_times(seed, lengths):
    shorter, timeframe = lengths
    length_s = SPANS_NS[shorter] // SECOND_NS
    at = np.sort(np.random.default_rng(seed).choice(20_000, 1000, replace=False))  # one of twenty is there
    assert length(MIDNIGHT_S + length_s * at, timeframe) == shorter


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(-3600, 3600)), max_size=100))
def test_bad_rows_of_a_file_make_it_no_other_length(bad):
    times = [MIDNIGHT_S + 3600 * k for k in range(3000)]
    assert length([*times, *(MIDNIGHT_S + 3600 * at + off_s for at, off_s in bad)], "1h") is None


@given(st.integers(0, 2**32))
def test_a_quiet_market_leaves_most_candles_out_and_is_no_other_length(seed):
    minutes = np.sort(np.random.default_rng(seed).choice(1_000_000, 150, replace=False))
    assert length(MIDNIGHT_S + 60 * minutes, "1m") is None


@pytest.mark.parametrize(
    ("line", "why"),
    [(b"1700000001,1,1", "in the future"), (b"1600000020,0,1", "the price 0"), (b"1600000020,1,0", "the volume 0"),
     (b"1600000020,1,1e300", "no market trades 1e+300 at 1"), (b"x,1,1", "time is 'x'")],
)  # fmt: skip
def test_a_line_that_can_be_no_trade_is_refused_and_the_next_one_is_behind_a_break(line, why):
    table = read(Block(1, b"\n".join([b"1600000020,5.5,1", line, b"1600000021.25,5.5,2"])), TRADE_COLUMNS)
    trades, lines, more = history_rows.trades(table, NOW_NS)
    ((number, reason),) = [*table.rejects, *more]
    assert number == 2 and why in reason
    assert list(lines) == [1, 3] and list(trades.broken) == [False, True]
    assert int(trades.ts_ns[1]) == 1_600_000_021_250_000_000


def test_a_coin_that_costs_next_to_nothing_is_traded_by_the_trillion():
    table = read(Block(1, b"1600000020,5e-9,6e-9,4e-9,5e-9,9e15,4"), CANDLE_COLUMNS)
    assert len(history_rows.candles(table, "1m", NOW_NS)[0].open_ns) == 1


def test_a_header_may_name_the_columns_in_any_order():
    head = layout(b'price,"timestamp",Side,size,ID,misc', "x.csv")
    assert head.names == ("price", "time", "side", "volume", "trade_id", None)
    table = read(Block(2, b"5.5,1600000020,buy,1.0,77,hello\n5.25,1600000021,s,2.0,78,\n"), head.names)
    trades, _, rejects = history_rows.trades(table, NOW_NS)
    assert list(trades.taker_buys) == [1, 0] and list(trades.trade_id) == [77, 78] and not rejects
    assert list(trades.price) == [5.5, 5.25] and list(trades.size) == [1.0, 2.0]


@pytest.mark.parametrize("head", [b"1600000020,1,2", b"1600000020,1,2,1,1,1,4"])
def test_without_a_header_the_number_of_columns_tells(head):
    assert layout(head, "x.csv").kind == ("trades" if head.count(b",") == 2 else "candles")


@pytest.mark.parametrize("head", [b"1,2", b"1,2,3,4", b"hello", b"time,open,high", b""])
def test_columns_that_are_neither_candles_nor_trades_are_refused(head):
    with pytest.raises(StoreError, match=r"7 are expected|neither candles"):
        layout(head, "x.csv")


def test_a_byte_order_mark_is_no_part_of_the_time():
    assert layout(history_csv.BOM + GOOD, "x.csv").names == CANDLE_COLUMNS
