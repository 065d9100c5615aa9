"""`leadline tape`: what a tape holds, whether it is whole, and its records as JSON."""

import json

import pytest

from cli.main import main
from leadline import records
from leadline.records import Start
from leadline.times import SECOND_NS
from sources.tape_writer import TapeWriter

T0 = 1_764_000_000_000_000_000
START = Start(
    tape_id="t1", run_id="r1", version="0.1", line="main", mode="live", venue="kraken", symbols=["BTC/USD"],
    config_hash="abc", decision={},
)  # fmt: skip
FRAME = b'{"channel":"book","data":[{"price":45281.10}]}'


@pytest.fixture
def tape(tmp_path):
    """A tape of a start, two frames of which one is no JSON, a tick and an end."""
    encode, at = records.encode, [T0 + i * SECOND_NS for i in range(5)]
    writer = TapeWriter(tmp_path / "tape" / "t1", "t1", segment_bytes=1 << 20, segment_seconds=3600.0)
    writer.append([
        records.encode_json(records.START, 0, at[0], 1, START),
        encode(records.FRAME, 1, at[1], 2, FRAME),
        encode(records.FRAME, 1, at[2], 3, b"not json"),
        encode(records.TICK, 0, at[3], 4),
        records.encode_json(records.END, 0, at[4], 5, {"reason": "stopped"}),
    ])  # fmt: skip
    writer.close()
    return tmp_path / "tape" / "t1"


def damage(tape):
    """Overwrite a byte of every segment's last record."""
    for path in tape.iterdir():
        if ".tape" in path.name:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(data)


def test_info_says_who_wrote_it_and_what_is_on_it(tape, capsys):
    assert main(["tape", "info", str(tape)]) == 0
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["tape_id"] == "t1" and lines["symbols"] == "BTC/USD" and lines["end"] == "stopped"
    assert lines["records"] == "start 1, frame 2, tick 1, end 1" and lines["damage"] == "-"
    assert lines["from"] == "2025-11-24T16:00:01.000000Z"


def test_info_answers_a_program_and_finds_the_newest_tape_below_a_folder(tape, capsys):
    assert main(["tape", "info", str(tape.parent), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(tape) and found["records"]["frame"] == 2 and found["mode"] == "live"


def test_a_whole_tape_verifies(tape, capsys):
    assert main(["tape", "verify", str(tape)]) == 0
    assert "5 records, all whole" in capsys.readouterr().out


def test_a_damaged_tape_does_not_verify_and_says_where(tape, capsys):
    damage(tape)
    assert main(["tape", "verify", str(tape)]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"leadline: {tape}: ") and "Traceback" not in err


def test_cat_prints_every_record_with_its_frame_as_it_came(tape, capsys):
    assert main(["tape", "cat", str(tape)]) == 0
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["kind"] for line in lines] == ["start", "frame", "frame", "tick", "end"]
    assert [line["seq"] for line in lines] == [0, 1, 2, 3, 4]
    assert FRAME.decode() in text and lines[2]["frame"] == "not json" and "frame" not in lines[3]


@pytest.mark.parametrize("action", ["info", "verify", "cat"])
def test_no_tape_is_one_line(tmp_path, capsys, action):
    assert main(["tape", action, str(tmp_path / "nowhere")]) == 1
    err = capsys.readouterr().err
    assert err.startswith("leadline: ") and err.count("\n") == 1 and "nowhere" in err
