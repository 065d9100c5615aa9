"""Importing recorded frames: the tape holds every frame byte for byte, with what the live source would add."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest
import zstandard

from leadline import records
from leadline.errors import TapeError
from leadline.events import BookMessage
from leadline.records import Record, Start
from leadline.times import SECOND_NS
from sources.imported import import_frames
from sources.kraken import wire
from sources.kraken.timestamps import timestamp_ns
from sources.tape_reader import TapeReader

T0 = 1_785_641_750_000_000_000


def start(tape_id: str, symbols: list[str], depth: int) -> Start:
    return Start(
        tape_id=tape_id, run_id="r1", version="0", line="main", mode="replay", venue="kraken", symbols=symbols,
        config_hash="c", decision={}, depth=depth,
    )  # fmt: skip


def book(stamp: str = "2026-08-02T03:35:50.500000Z", kind: str = "update", levels: int = 1, symbol: str = "BTC/USD"):
    bids = ",".join(f'{{"price":{100 - n}.10,"qty":0.00005100}}' for n in range(levels))
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{bids}],"asks":[],'
        f'"checksum":1,"timestamp":"{stamp}"}}]}}'
    )


def status(connection_id: int) -> str:
    return f'{{"channel":"status","type":"update","data":[{{"system":"online","connection_id":{connection_id}}}]}}'


def line(rx_ns: int, frame: str) -> str:
    return f'{{"rx_ns":{rx_ns},"frame":{frame}}}\n'


def recorded(folder: Path, *lines: str, name: str = "frames.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(lines))
    return path


def imported(folder: Path, *files: Path, out: str = "out"):
    """Return (report, records)."""
    report = import_frames(files, folder / out, start, progress=False)
    return report, list(TapeReader(folder / out))


def kinds(found: list[Record]) -> list[str]:
    return [records.KIND_NAMES[record.kind] for record in found]


def payloads(found: list[Record]) -> list[str]:
    return [record.payload.decode() for record in found if record.kind == records.FRAME]


def test_frames_stay_byte_for_byte_as_a_value_and_as_a_string(tmp_path):
    odd = '{"channel" : "book","note":"\\u00e9 ü", "price":45281.10 ,"qty":1.0E-8}'
    _, found = imported(tmp_path, recorded(tmp_path, line(T0, book()), line(T0, odd), line(T0, json.dumps(odd))))
    assert payloads(found) == [book(), odd, odd]


def test_a_tape_starts_connects_and_ends_as_a_live_one(tmp_path):
    path = recorded(tmp_path, line(T0 + 1, book()))
    report, found = imported(tmp_path, path)
    assert kinds(found) == ["start", "connected", "frame", "end"]
    assert [record.seq for record in found] == [0, 1, 2, 3]
    begun = msgspec.json.decode(found[0].payload, type=Start)
    assert begun.tape_id == report.tape_id and begun.symbols == ["BTC/USD"]
    assert found[1].json() == {"venue": "kraken", "url": "import:frames.ndjson"}
    assert found[-1].json() == {"reason": "end_of_import"}
    assert {record.wall_ns for record in found} == {T0 + 1}


def test_a_tick_comes_at_each_whole_second_between_frames(tmp_path):
    lines = (line(T0 + at, book()) for at in (5, 9, 3 * SECOND_NS, 3 * SECOND_NS))
    _, found = imported(tmp_path, recorded(tmp_path, *lines))
    assert kinds(found)[2:] == ["frame", "frame", "tick", "tick", "tick", "frame", "frame", "end"]
    assert [r.wall_ns - T0 for r in found if r.kind == records.TICK] == [SECOND_NS, 2 * SECOND_NS, 3 * SECOND_NS]


def test_a_long_hole_gets_one_tick(tmp_path):
    _, found = imported(tmp_path, recorded(tmp_path, line(T0, book()), line(T0 + 10**9 * SECOND_NS, book())))
    assert kinds(found)[2:] == ["frame", "tick", "frame", "end"]


def test_a_monotonic_clock_is_shifted_by_one_constant_to_the_first_book_event(tmp_path):
    stamps = ["2026-08-02T03:35:50.500000Z", "2026-08-02T03:35:50.900000Z"]
    lines = [line(1_000, '{"channel":"heartbeat"}'), *(line(2_000 + n, book(s)) for n, s in enumerate(stamps))]
    report, found = imported(tmp_path, recorded(tmp_path, *lines))
    walls = [r.wall_ns for r in found if r.kind == records.FRAME]
    first = timestamp_ns(stamps[0])
    assert walls == [first - 1_000, first, first + 1]
    assert report.shift_ns == first - 2_000 and [r.mono_ns for r in found[:3]] == [1_000] * 3


def test_a_wall_clock_is_kept_even_half_a_second_off(tmp_path):
    report, found = imported(tmp_path, recorded(tmp_path, line(T0, book())))
    assert report.shift_ns == 0 and found[2].wall_ns == T0


def test_a_wall_clock_years_off_is_shifted(tmp_path):
    report, _ = imported(tmp_path, recorded(tmp_path, line(T0 + 400 * 86400 * SECOND_NS, book())))
    assert report.first_ns == timestamp_ns("2026-08-02T03:35:50.500000Z")


def test_a_receipt_that_goes_back_is_kept_and_makes_no_tick(tmp_path):
    walls = [T0 + 2 * SECOND_NS, T0, T0 + SECOND_NS, T0 + 2 * SECOND_NS + 1]
    _, found = imported(tmp_path, recorded(tmp_path, *(line(wall, book()) for wall in walls)))
    assert [r.wall_ns for r in found if r.kind == records.FRAME] == walls
    assert "tick" not in kinds(found)


def test_bad_lines_are_left_out_and_named(tmp_path):
    bad = ["{not json\n", '{"rx_ns":1}\n', '{"frame":{}}\n', '{"rx_ns":-1,"frame":{}}\n', '{"rx_ns":"x","frame":{}}\n',
           "[]\n", '{"rx_ns":1.5,"frame":{}}\n']  # fmt: skip
    report, found = imported(tmp_path, recorded(tmp_path, line(T0, book()), *bad, "\n", line(T0, book())))
    assert report.frames == len(payloads(found)) == 2
    assert [fault.line for fault in report.faults] == [2, 3, 4, 5, 6, 7, 8] and report.n_faults == 7
    assert str(report.faults[1]).endswith("frames.ndjson, line 3: a line without frame")


def test_lines_of_tape_cat_can_be_imported_again(tmp_path):
    tick = '{"seq":1,"kind":"tick","conn":0,"rx_ns":5,"mono_ns":1}\n'
    frame = f'{{"seq":2,"kind":"frame","conn":1,"rx_ns":{T0},"mono_ns":1,"frame":{book()}}}\n'
    report, found = imported(tmp_path, recorded(tmp_path, tick, frame))
    assert report.n_faults == 0 and payloads(found) == [book()]


def test_bytes_that_are_no_text_harm_nothing(tmp_path):
    path = tmp_path / "frames.ndjson"
    path.write_bytes(b'\xff\xfe\x00\n{"rx_ns":1,"frame":"\xff"}\n' + line(T0, book()).encode())
    report, found = imported(tmp_path, path)
    assert report.frames == 1 and report.n_faults == 2 and payloads(found) == [book()]


@pytest.mark.parametrize(
    "pack", [lambda data: data, gzip.compress, zstandard.ZstdCompressor().compress], ids=["plain", "gzip", "zstd"]
)
def test_packed_files_are_known_by_their_content_whatever_their_name(tmp_path, pack):
    path = tmp_path / "frames.ndjson"
    path.write_bytes(pack("".join(line(T0 + n, book()) for n in range(3)).encode()))
    assert imported(tmp_path, path)[0].frames == 3


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"])
def test_of_a_cut_packed_file_what_can_be_read_is_imported(tmp_path, pack):
    lines = [line(T0 + n * 7_919, book(levels=n % 9)) for n in range(2000)]
    data = pack("".join(lines).encode())
    path = tmp_path / "frames.gz"
    path.write_bytes(data[: len(data) // 2])
    report, found = imported(tmp_path, path)
    assert 0 < report.frames < 2000 and report.n_faults >= 1
    assert [line(r.wall_ns, r.payload.decode()) for r in found if r.kind == records.FRAME] == lines[: report.frames]


def test_importing_twice_gives_the_same_tape_and_other_frames_another(tmp_path):
    path = recorded(tmp_path, *(line(T0 + n, book()) for n in range(9)))
    one, first = imported(tmp_path, path, out="one")
    two, second = imported(tmp_path, path, out="two")
    other, _ = imported(tmp_path, recorded(tmp_path, line(T0, book()), name="b"), out="three")
    assert one.tape_id == two.tape_id != other.tape_id and one.tape_id.startswith("imp-") and len(one.tape_id) == 16
    assert first == second


def test_several_files_make_one_tape_and_a_new_connection_clears_the_books(tmp_path):
    a = recorded(tmp_path, line(T0, status(1)), line(T0 + 1, book()), line(T0 + 2, status(1)), name="a")
    b = recorded(tmp_path, line(T0 + 3, status(2)), line(T0 + 4, book(symbol="ETH/USD")), name="b")
    report, found = imported(tmp_path, a, b)
    assert kinds(found) == ["start", "connected", "frame", "frame", "frame", "disconnected", "connected", "frame",
                            "frame", "end"]  # fmt: skip
    assert [r.conn for r in found] == [0, 1, 1, 1, 1, 1, 2, 2, 2, 0]
    assert report.symbols == ["BTC/USD", "ETH/USD"] and report.connections == 2


def test_depth_is_the_subscription_s_or_the_next_that_holds_the_snapshot(tmp_path):
    ack = '{"method":"subscribe","result":{"channel":"book","depth":100,"symbol":"BTC/USD"},"success":true}'
    snapshot = line(T0, book(kind="snapshot", levels=11))
    assert imported(tmp_path, recorded(tmp_path, line(T0, ack), snapshot), out="a")[0].depth == 100
    assert imported(tmp_path, recorded(tmp_path, snapshot), out="b")[0].depth == 25


@pytest.mark.parametrize("content", ["", "\n", "nothing\n", line(T0, '{"channel":"heartbeat"}')])
def test_files_without_a_book_are_refused_in_one_line_and_leave_nothing(tmp_path, content):
    path = recorded(tmp_path, content)
    with pytest.raises(TapeError, match=r"frames\.ndjson") as e:
        imported(tmp_path, path)
    assert "\n" not in str(e.value) and [p.name for p in tmp_path.iterdir()] == ["frames.ndjson"]


def test_a_missing_file_a_folder_and_a_taken_folder_are_refused(tmp_path):
    path = recorded(tmp_path, line(T0, book()))
    with pytest.raises(TapeError, match="there is no file"):
        imported(tmp_path, tmp_path / "nowhere")
    with pytest.raises(TapeError, match="cannot read"):
        imported(tmp_path, tmp_path)
    imported(tmp_path, path)
    with pytest.raises(TapeError, match="holds a tape already"):
        imported(tmp_path, path)
    with pytest.raises(TapeError, match="cannot write"):
        import_frames([path], path / "out", start, progress=False)


def test_a_failing_start_leaves_no_half_tape(tmp_path):
    path = recorded(tmp_path, line(T0, book()))
    with pytest.raises(ZeroDivisionError):
        import_frames([path], tmp_path / "out", lambda *given: 1 / 0, progress=False)
    assert [p.name for p in tmp_path.iterdir()] == ["frames.ndjson"]


@pytest.mark.parametrize(
    ("name", "frames", "depth", "books"),
    [("crossbook_kraken_btcusd_l2", 377, 10, 301), ("crossbook_kraken_btcusd_sample", 2104, 25, 2052)],
)
def test_a_real_recording_becomes_a_tape(recordings, tmp_path, name, frames, depth, books):
    path = recordings / "kraken_v2_book" / f"{name}.ndjson.gz"
    report, found = imported(tmp_path, path)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert payloads(found) == [text[text.index('"frame":') + 8 : -1] for text in lines]
    assert report.frames == frames and report.depth == depth and report.symbols == ["BTC/USD"] and not report.n_faults
    events = [wire.decode(r.payload) for r in found if r.kind == records.FRAME]
    assert sum(isinstance(e, BookMessage) for e in events) == books
    lags = [r.wall_ns - e.event_ns for r, e in zip([r for r in found if r.kind == records.FRAME], events, strict=True)
            if isinstance(e, BookMessage) and e.event_ns]  # fmt: skip
    assert all(abs(lag) < 2 * SECOND_NS for lag in lags)
    ticks = [r.wall_ns for r in found if r.kind == records.TICK]
    assert ticks == list(range(ticks[0], ticks[-1] + 1, SECOND_NS)) and len(ticks) >= 49
