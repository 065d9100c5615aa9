"""Importing history: everything once, every bad line told, a file of any size in the same memory."""

import csv
import gzip
import json
import zipfile
from datetime import UTC, datetime

import pytest

from cli.main import main
from flows.history_import import Choice, import_files
from leadline.errors import StoreError
from leadline.times import DAY_NS
from sinks.history import bars, connect
from sinks.history_list import series
from sinks.history_writer import writing
from sources import history_files

START_S = 1_600_000_020
HOUR_S = 3600


def write_candles(path, n=50, start_s=START_S, step_s=60, bad=(), times=1.0):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        for k in range(n):
            prices = [round(price * times, 6) for price in (1.5, 2.0, 1.0, 1.75)]
            row = [start_s + k * step_s, *prices, 0.125 * (k + 1), 4]
            rows.writerow(["oops"] if k in bad else row)
    return path


def write_trades(path, seconds):
    path.write_text("".join(f"{START_S + s},{5 + s % 3},0.5\n" for s in seconds))
    return path


def test_kraken_s_hourly_history_imports_and_a_second_time_changes_nothing(tmp_path, recordings):
    path = recordings / "kraken_ohlcvt" / "XBTUSD_60.csv.gz"
    (report,), _ = import_files([path], tmp_path, Choice())
    assert (report.symbol, report.timeframe, report.rows, report.n_rejected) == ("BTC/USD", "1h", 70_253, 0)
    assert tuple(report.counts) == (70_253, 0, 0)
    (again,), _ = import_files([path], tmp_path, Choice())
    assert tuple(again.counts) == (0, 70_253, 0)
    with connect(tmp_path) as store:
        (of,) = series(store)
        assert (of.n_bars, of.n_missing, of.origins) == (70_253, 10_856, ["archive"])
        with gzip.open(path, "rt") as file:
            rows = [[float(text) for text in row] for row in csv.reader(file)]
        as_of_ns = int(datetime(2021, 3, 3, 12, 30, tzinfo=UTC).timestamp()) * 10**9
        hours = bars(store, "BTC/USD", "1h", as_of_ns, 10**6)
        expected = [row for row in rows if row[0] + HOUR_S <= as_of_ns / 1e9]
        found = zip(hours.open_ns / 1e9, hours.open, hours.high, hours.low, hours.close, strict=True)
        assert [list(row) for row in found] == [row[:5] for row in expected]
        days = bars(store, "BTC/USD", "1d", as_of_ns, 1)
        of_the_day = [row for row in rows if row[0] // 86_400 == days.open_ns[0] // DAY_NS]
        assert len(of_the_day) == 24 and days.high[0] == max(row[2] for row in of_the_day)
        assert days.volume[0] == pytest.approx(sum(row[5] for row in of_the_day), abs=1e-8)


def test_272_of_272_candles_are_rebuilt_from_a_recording_of_trades(tmp_path, data, recordings):
    def recorded(name):
        packed = (recordings / "kraken_rest" / f"nautilus_http_{name}.json.gz").read_bytes()
        return json.loads(gzip.decompress(packed))["result"]["XBTUSDT"]

    path = tmp_path / "XBTUSDT.csv"
    path.write_text("".join(f"{row[2]!r},{row[0]},{row[1]}\n" for row in recorded("trades")))
    (report,), _ = import_files([path], data, Choice())
    assert (report.rows, report.minutes.added, report.counts.added + report.outside) == (1000, 272 + 137, 1000)
    official = {row[0]: row for row in recorded("ohlc")}
    with connect(data) as store:
        found = store.execute(
            "SELECT epoch(open_time)::BIGINT, open, high, low, close, printf('%.8f', volume), n_trades, filled, origin "
            "FROM candles ORDER BY 1"
        ).fetchall()
    for open_s, *prices, volume, n, filled, origin in found:
        row = official[open_s]
        assert (prices, volume, n) == ([float(text) for text in row[1:5]], row[6], row[7])
        assert (filled, origin) == (n == 0, "trades")
    assert (sum(row[6] > 0 for row in found), sum(row[6] == 0 for row in found)) == (272, 137)


def test_overlapping_files_and_blocks_give_each_candle_once(tmp_path, data, monkeypatch):
    monkeypatch.setattr(history_files.blocks, "__defaults__", (history_files.blocks.__defaults__[0], 900))
    one = write_candles(tmp_path / "XBTUSD_1.csv", 50)
    two = write_candles(tmp_path / "XBTUSD_1.csv.gz.csv", 50, START_S + 30 * 60)
    (first,), _ = import_files([one], data, Choice())
    (second,), _ = import_files([two], data, Choice("BTC/USD", "1m"))
    assert tuple(first.counts) == (50, 0, 0) and tuple(second.counts) == (30, 0, 20)  # other volumes: those stay
    with connect(data) as store:
        assert store.execute("SELECT count(*), count(DISTINCT open_time) FROM candles").fetchall() == [(80, 80)]


def test_trades_are_imported_once_with_their_minutes(tmp_path, data, monkeypatch):
    monkeypatch.setattr(history_files.blocks, "__defaults__", (history_files.blocks.__defaults__[0], 500))
    path = write_trades(tmp_path / "ETHUSD.csv", [*range(0, 600, 7), 605, 605, 605, 900])
    for added, known in ((True, False), (False, True)):
        (report,), _ = import_files([path], data, Choice())
        assert (report.counts.added > 0, report.counts.known > 0, report.minutes.differ) == (added, known, 0)
        assert report.outside == 9 + 1 and report.rows == 90
    with connect(data) as store:
        ((n, minutes),) = store.execute(
            "SELECT count(*), count(DISTINCT date_trunc('minute', ts)) FROM trades"
        ).fetchall()
        volume, candles = store.execute("SELECT sum(volume), count(*) FROM candles").fetchall()[0]
    assert (n, minutes, candles, volume) == (80, 10, 14, n * 0.5)


def test_bad_lines_are_counted_and_listed_and_strict_stops_at_the_first(tmp_path, data, capsys):
    path = write_candles(tmp_path / "XBTUSD_1.csv", 30, bad=(3, 9))
    command = ["history", "import", str(path), "--data-dir", str(data)]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "28 added" in out and "2 lines rejected" in out and "line 4: 1 column instead of 7" in out
    assert main([*command, "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["added"], file["known"], file["rejected"]) == (0, 28, 2)
    assert [reject["line"] for reject in file["rejects"]] == [4, 10]
    assert main([*command, "--strict"]) == 1
    assert capsys.readouterr().err.endswith("line 4: 1 column instead of 7 (stopped, as --strict says)\n")


@pytest.mark.parametrize("block", [500, None])
def test_every_rejected_line_can_be_had_in_a_file(tmp_path, data, capsys, monkeypatch, block):
    if block:
        monkeypatch.setattr(history_files.blocks, "__defaults__", (history_files.blocks.__defaults__[0], block))
    bad = {*range(100, 250)}
    path = write_candles(tmp_path / "XBTUSD_1.csv", 300, bad=bad)
    trades = tmp_path / "ETHUSD.csv"
    trades.write_text(write_trades(trades, [0, 61, 5]).read_text() + "oops\n")  # the third comes too late
    command, rejects = ["history", "import", str(path), "--data-dir", str(data)], tmp_path / "rejects.csv"
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  150 lines rejected" and lines[-2].startswith("    line 110: ")
    assert lines[-1] == "    and 140 more; --rejects FILE writes all of them to a file"
    assert main([*command[:2], str(trades), *command[2:], "--rejects", str(rejects)]) == 0
    assert f"    and 140 more; all of them are in {rejects}" in capsys.readouterr().out.splitlines()
    head, *rows = csv.reader(rejects.read_text().splitlines())
    assert head == ["file", "line", "reason"]
    found = [(file, int(line)) for file, line, _ in rows]
    assert found == [(str(trades), 3), (str(trades), 4), *((str(path), k + 1) for k in sorted(bad))]
    assert {reason for *_, reason in rows[2:]} == {"1 column instead of 7"}


def test_a_file_that_is_there_is_not_overwritten_with_rejected_lines(tmp_path, data, capsys):
    path = write_candles(tmp_path / "XBTUSD_1.csv", 30, bad=(3,))
    command = ["history", "import", str(path), "--data-dir", str(data), "--rejects"]
    before = path.read_bytes()
    assert main([*command, str(path)]) == 1
    assert "is there already: name another file" in capsys.readouterr().err and path.read_bytes() == before
    assert main([*command, str(tmp_path / "none" / "x.csv")]) == 1
    assert "cannot write rejected lines" in capsys.readouterr().err
    with connect(data) as store:
        assert store.execute("SELECT count(*) FROM candles").fetchall() == [(0,)]
    failing = ["history", "import", str(tmp_path / "none.csv"), *command[3:], str(tmp_path / "left.csv")]
    assert main([*failing, "--symbol", "BTC/USD"]) == 1
    assert not (tmp_path / "left.csv").exists()
    assert main([*command, str(tmp_path / "strict.csv"), "--strict"]) == 1
    assert (tmp_path / "strict.csv").read_text().splitlines()[1].endswith(",4,1 column instead of 7")


def test_another_market_under_the_same_name_is_told_stops_a_strict_import_and_can_be_taken_out(tmp_path, data, capsys):
    start_s, store = START_S // HOUR_S * HOUR_S, ["--data-dir", str(data)]
    (tmp_path / "wrong").mkdir()
    true = write_candles(tmp_path / "XBTUSD_60.csv", 300, start_s, HOUR_S)
    wrong = write_candles(tmp_path / "wrong" / "XBTUSD_60.csv", 200, start_s, HOUR_S, times=0.05)
    assert main(["history", "import", str(wrong), *store]) == 0
    capsys.readouterr()

    assert main(["history", "import", str(true), "--strict", *store]) == 1
    said = capsys.readouterr().err
    assert "the 1h candle of 2020-09-13 12:00 is 1.5 2 1 1.75 0.125 (open, high, low, close, volume), and " in said
    assert "and 0.075 0.1 0.05 0.0875 0.125 in the store, of history-" in said and "stopped, as --strict says" in said
    with connect(data) as held:
        assert held.execute("SELECT count(*), max(high) FROM candles").fetchall() == [(200, 0.1)]

    assert main(["history", "import", str(true), *store]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("100 added, 0 already there")
    assert lines[1].startswith("  200 candles differ from those in the store, which stay")
    assert sum(line.startswith("    the 1h candle of") for line in lines) == 10
    assert lines[12] == "    and 190 more"
    assert lines[13] == "  1 impossible price: is it the same market?"
    assert "jumps from 0.0875, the close of the candle of 2020-09-21 19:00, to 1.5, the open of that" in lines[14]

    assert main(["history", "list", "--sources", "--json", *store]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["rows"], second["rows"], first["source"]) == (200, 100, "XBTUSD_60.csv")
    assert main(["history", "remove", "xbt/usd", "--import", first["import"], *store]) == 0
    assert capsys.readouterr().out.endswith(": 200 rows removed\n")
    assert main(["history", "import", str(true), "--strict", *store]) == 0
    assert capsys.readouterr().out.strip().endswith("200 added, 100 already there")
    with connect(data) as held:
        assert held.execute("SELECT count(*), min(high) FROM candles").fetchall() == [(300, 2.0)]


def test_simulated_markets_are_told_apart_and_an_import_may_join_one(tmp_path, data, capsys):
    path, store = write_candles(tmp_path / "XBTUSD_1.csv", 10), ["--data-dir", str(data)]
    command = ["history", "import", str(path), "--venue", "simulator", *store]
    assert main(command) == 0
    assert main([*command, "--tape-id", "rest:http://here"]) == 0
    capsys.readouterr()
    assert main(["history", "list", *store]) == 0
    head, *rows = (line.split() for line in capsys.readouterr().out.splitlines() if "rolled up" not in line)
    assert head[:2] == ["venue", "tape_id"] and len(rows) == 2
    assert sorted(row[1][:8] for row in rows) == ["history-", "rest:htt"]
    assert main(["history", "import", str(path), "--tape-id", "t", *store]) == 1
    assert "--tape-id is of simulated markets only" in capsys.readouterr().err


def test_an_import_that_begins_a_simulated_market_says_so_and_an_unknown_one_is_refused_elsewhere(
    tmp_path, data, capsys
):
    path, store = write_candles(tmp_path / "XBTUSD_1.csv", 90), ["--data-dir", str(data)]
    command = ["history", "import", str(path), "--venue", "simulator", *store]
    assert main([*command, "--tape-id", "one"]) == 0
    said = capsys.readouterr().out
    assert "began the new simulated market one; before the store had none\n" in said
    assert "`leadline history remove BTC/USD --venue simulator --import history-" in said
    assert main([*command, "--tape-id", "one"]) == 0
    assert "began" not in capsys.readouterr().out
    assert main([*command, "--tape-id", "onw"]) == 0
    assert "new simulated market onw; before the store had one; --tape-id ID joins one\n" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["new_market"] == answer["files"][0]["import"]
    assert main(["history", "import", str(path), *store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new_market"] is None

    markets = f"{answer['new_market']}, one, onw"
    for other in (["list"], ["list", "--sources"], ["remove", "BTC/USD", "--venue", "simulator"]):
        assert main(["history", *other, "--tape-id", "two", *store]) == 1
        said = capsys.readouterr().err
        assert said == f"leadline: there is no simulated market 'two'; the store has {markets}\n"
    assert main(["history", "remove", "BTC/USD", "--tape-id", "onw", *store]) == 1
    assert "say --venue simulator, too" in capsys.readouterr().err

    assert main(["history", "remove", "BTC/USD", "--venue", "simulator", "--tape-id", "onw", *store]) == 0
    assert "candles of the simulated market onw, " in capsys.readouterr().out
    for of in ("one", answer["new_market"]):
        assert main(["history", "list", "--tape-id", of, "--json", *store]) == 0
        assert [(row["tape_id"], row["bars"]) for row in json.loads(capsys.readouterr().out)] == [(of, 90)]
        assert main(["history", "list", "--sources", "--tape-id", of, "--json", *store]) == 0
        assert [(row["tape_id"], row["rows"]) for row in json.loads(capsys.readouterr().out)] == [(of, 90)]


def test_a_candle_that_was_mended_since_is_told_and_no_error(tmp_path, data, capsys):
    path, command = tmp_path / "XBTUSD_1.csv", ["history", "import", str(tmp_path / "XBTUSD_1.csv")]
    for volume in (0.5, 0.75):
        rows = [f"{START_S + 60 * k},1.5,2.0,1.0,1.75,{volume if k == 7 else 1},4\n" for k in range(200)]
        path.write_text("".join(rows))
        assert main([*command, "--data-dir", str(data)]) == 0
    out = capsys.readouterr().out
    assert (
        "  1 candle differs from that in the store, which stays: is it" in out
        and "is 1.5 2 1 1.75 0.75 (" in out
        and "history remove" not in out
    )


def test_of_a_zip_what_is_asked_for_is_taken(tmp_path, data, capsys):
    with zipfile.ZipFile(tmp_path / "Kraken_OHLCVT.zip", "w") as archive:
        for name in ("XBTUSD_1.csv", "XBTUSD_60.csv", "ETHUSD_60.csv", "XBTUSD_10080.csv"):
            start_s = START_S // HOUR_S * HOUR_S
            archive.write(write_candles(tmp_path / name, 5, start_s, 60 if name.endswith("_1.csv") else HOUR_S), name)
    command = ["history", "import", str(tmp_path / "Kraken_OHLCVT.zip"), "--data-dir", str(data), "--json"]
    assert main([*command, "--symbol", "XBT/USD"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(file["symbol"], file["timeframe"], file["added"]) for file in answer["files"]] == [
        ("BTC/USD", "1m", 5), ("BTC/USD", "1h", 5),
    ]  # fmt: skip
    assert len(answer["skipped"]) == 2
    assert main(["history", "list", "--data-dir", str(data), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(s["symbol"], s["timeframe"], s["bars"], s["missing"], s["origins"]) for s in listed] == [
        ("BTC/USD", "1m", 5, 0, ["archive"]), ("BTC/USD", "1h", 5, 0, ["archive"]),
    ]  # fmt: skip


def test_a_damaged_file_of_a_zip_is_told_and_the_others_are_imported(tmp_path, data, capsys):
    names, start_s = ("ETHUSD_60.csv", "XBTUSD_60.csv", "XRPUSD_60.csv"), START_S // HOUR_S * HOUR_S
    with zipfile.ZipFile(tmp_path / "k.zip", "w") as archive:
        for name in names:
            archive.write(write_candles(tmp_path / name, 5, start_s, HOUR_S), name)
        archive.writestr("ADAUSD_60.csv", b"")
    content = bytearray((tmp_path / "k.zip").read_bytes())
    content[content.index(b",1.75,", content.index(b"XBTUSD_60.csv")) + 1] = ord("2")  # its checksum is wrong now
    (tmp_path / "k.zip").write_bytes(content)
    command = ["history", "import", str(tmp_path / "k.zip"), "--data-dir", str(data)]
    assert main([*command, "--json"]) == 1
    files = {file["symbol"]: file for file in json.loads(capsys.readouterr().out)["files"]}
    assert {symbol: file["added"] for symbol, file in files.items() if file["fault"] is None} == {
        "ETH/USD": 5, "XRP/USD": 5,
    }  # fmt: skip
    assert "Bad CRC-32" in files["BTC/USD"]["fault"] and files["ADA/USD"]["fault"].endswith("is empty")
    assert main(command) == 1
    assert "not read to its end: cannot read" in capsys.readouterr().out


def test_half_a_zip_is_called_so(tmp_path, data):
    with zipfile.ZipFile(tmp_path / "k.zip", "w") as archive:
        archive.write(write_candles(tmp_path / "XBTUSD_1.csv", 50), "XBTUSD_1.csv")
    (tmp_path / "k.zip").write_bytes((tmp_path / "k.zip").read_bytes()[:-100])
    with pytest.raises(StoreError, match="is the beginning of a ZIP, its end is missing"):
        import_files([tmp_path / "k.zip"], data, Choice())


@pytest.mark.parametrize(
    ("name", "choice", "said"),
    [
        ("mine.csv", Choice(), "say it with --symbol"),
        ("XBTUSD_1.csv", Choice("ETH/USD"), "named as BTC/USD, not ETH/USD"),
        ("XBTUSD_1.csv", Choice(None, "1h"), "named as 1m, not 1h"),
        ("XBTUSD.csv", Choice(), "say of which length with --timeframe"),
        ("XBTUSD_10080.csv", Choice(), "rolled up"),
    ],
)
def test_what_a_file_holds_must_be_known(tmp_path, data, name, choice, said):
    path = write_candles(tmp_path / name, 3)
    with pytest.raises(StoreError, match=said):
        import_files([path], data, choice)


def test_an_empty_file_and_a_second_import_at_once_are_refused(tmp_path, data):
    (tmp_path / "XBTUSD_1.csv").write_bytes(b"")
    with pytest.raises(StoreError, match="is empty"):
        import_files([tmp_path / "XBTUSD_1.csv"], data, Choice())
    with (
        writing(data, "kraken"),
        pytest.raises(StoreError, match="another process"),
        writing(data, "kraken"),
    ):
        pass


def test_gaps_are_listed(tmp_path, data, capsys):
    path = write_candles(tmp_path / "XBTUSD_1.csv", 30, bad=(3, 4, 9))
    data = ["--data-dir", str(data)]
    main(["history", "import", str(path), *data])
    said = capsys.readouterr().out
    assert main(["history", "list", "btc-usd", "--gaps", *data]) == 0
    lines = capsys.readouterr().out.splitlines()
    closed = lines[1].split()[6]  # of the last bar: one meaning in both commands
    assert f" to 2020-09-13 {closed[:5]}: " in said, (said, lines[1])
    assert lines[1].split()[-4:] == ["27", "0", "3", "archive"]
    assert lines[2:] == [
        "BTC/USD 1m: 2 missing from 2020-09-13 12:30 to 2020-09-13 12:32",
        "BTC/USD 1m: 1 missing from 2020-09-13 12:36 to 2020-09-13 12:37",
        "BTC/USD 1m rolled up: 2 of 5 5m bars, 1 of 1 15m bars lack more than 5 % of their parts; all are from an "
        "archive, which leaves out parts without a trade: those may have been quiet",
    ]
    assert main(["history", "list", "--json", *data]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["rolled_up"][:2] == [
        {"timeframe": "5m", "bars": 5, "bars_with_gaps": 2, "may_be_quiet": 2},
        {"timeframe": "15m", "bars": 1, "bars_with_gaps": 1, "may_be_quiet": 1},
    ]
    assert main(["history", "list", "ADA/USD", *data]) == 1
    assert "no history of ADA/USD" in capsys.readouterr().err


def hourly(n=3000, start_s=1_500_000_000 // 86400 * 86400, step_s=HOUR_S):
    return [f"{start_s + step_s * k},1,1,1,1,1,1" for k in range(n)]


@pytest.mark.parametrize(("apart", "name", "says"), [(1440, "60", "1d, not of 1h"), (60, "1440", "1h, not of 1d")])
def test_candles_of_another_length_than_their_file_is_named_are_refused(data, tmp_path, capsys, apart, name, says):
    file = tmp_path / f"XBTUSD_{name}.csv"
    file.write_text("\n".join(hourly(150, step_s=60 * apart)))
    assert main(["history", "import", str(file), "--data-dir", str(data)]) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(("at", "off_s", "zipped"), [(0, 1, False), (1700, 1400, True), (3000, -1, False)])
def test_a_row_off_the_grid_is_one_rejected_line_wherever_it_is(data, tmp_path, capsys, at, off_s, zipped):
    lines = hourly()
    bad_s = 1_500_000_000 // 86400 * 86400 + HOUR_S * at + off_s
    lines.insert(at, f"{bad_s},1,1,1,1,1,1")
    file = tmp_path / "LTCUSD_60.csv"
    file.write_text("\n".join(lines))
    if zipped:
        with zipfile.ZipFile(tmp_path / "k.zip", "w") as archive:
            archive.write(file, file.name)
        file = tmp_path / "k.zip"
    command = ["history", "import", str(file), "--data-dir", str(data)]
    assert main(command) == 0
    first, *more = capsys.readouterr().out.splitlines()
    assert first.endswith("3,000 added, 0 already there")
    assert more == ["  1 line rejected", f"    line {at + 1}: no 1h candle opens at {bad_s}"]
    assert main([*command, "--strict"]) == 1
    assert f"line {at + 1}: no 1h candle opens at {bad_s} (stopped, as --strict" in capsys.readouterr().err


def test_rows_in_milliseconds_are_told_line_by_line_and_a_file_of_nothing_else_is_a_failure(data, tmp_path, capsys):
    file, good = tmp_path / "LTCUSD_60.csv", hourly()
    wrong = [line.replace(",", "000,", 1) for line in good]
    command = ["history", "import", str(file), "--data-dir", str(data)]
    for lines, status, n_added in ((wrong, 1, 0), ([*wrong[:2000], *good[2000:]], 0, 1000)):
        file.write_text("\n".join(lines))
        assert main(command) == status
        out = capsys.readouterr().out.splitlines()
        assert f"{n_added:,} added" in out[0] and out[1] == f"  {3000 - n_added:,} lines rejected"
        assert out[2] == "    line 1: the time 1499990400000 is not in seconds since 1970"


@pytest.mark.parametrize("wick", ["100,10000,99,101,1", "100,101,1,100,1"])
def test_a_candle_that_reaches_an_impossible_price_is_told_and_stops_a_strict_import(data, tmp_path, capsys, wick):
    lines = [f"{1_500_000_000 // 3600 * 3600 + 3600 * n},{wick if n == 3 else '100,101,99,100,1'},1" for n in range(9)]
    file = tmp_path / "XBTUSD_60.csv"
    file.write_text("\n".join(lines))
    command = ["history", "import", str(file), "--data-dir", str(data)]
    assert main([*command, "--strict"]) == 1
    assert "reaches" in capsys.readouterr().err
    assert main(command) == 1
    assert " reaches " in capsys.readouterr().out
