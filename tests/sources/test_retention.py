"""Retention deletes the oldest first, and nothing that a resume or another run needs."""

import os

import msgspec
import pytest

from leadline import records
from leadline.records import FRAME, GAP, START, Start
from sources import adoption, retention, tape
from sources.tape import Position
from sources.tape_reader import RETIRED, TapeReader, end_of, first_record
from sources.tape_writer import TapeWriter

NOW = 1_800_000_000
EVERYTHING = 1 << 60
BEGUN = Start(
    tape_id="t", run_id="r", version="0", line="main", mode="live", venue="kraken", symbols=["BTC/USD"],
    config_hash="c", decision={},
)  # fmt: skip


def opened(tapes, name, n_segments, start=BEGUN):
    """Return the open writer of a tape of `n_segments` with two records each, the first one a start record."""
    writer = TapeWriter(tapes / name, name, segment_bytes=1, segment_seconds=1e9)
    for index in range(n_segments):
        first = records.encode_json(START, 0, 1, 1, start) if index == 0 else records.encode(FRAME, 1, 1, 1, b"{}")
        writer.append([first, records.encode(FRAME, 1, 1, 1, b"{}")])
    return writer


def closed(tapes, name, n_segments, start=BEGUN):
    writer = opened(tapes, name, n_segments, start)
    writer.close()
    return writer.position


def age(folder, *days):
    for segment, old in zip(tape.segments(folder), days, strict=True):
        os.utime(segment.path, (NOW - old * 86400,) * 2)


def left(folder):
    return [s.index for s in tape.segments(folder)]


def apply(tapes, keep, days=7.0, n_bytes=EVERYTHING):
    return retention.apply(tapes, max_age_s=days * 86400, max_bytes=n_bytes, keep=keep, now=NOW)


def test_what_is_too_old_goes_and_the_rest_stays(tmp_path):
    closed(tmp_path, "a", 3)
    age(tmp_path / "a", 9, 8, 6)
    now = closed(tmp_path, "b", 1)
    apply(tmp_path, ("b", now))
    assert left(tmp_path / "a") == [2] and left(tmp_path / "b") == [0]


def test_a_tape_that_is_gone_whole_leaves_no_folder(tmp_path):
    closed(tmp_path, "a", 2)
    age(tmp_path / "a", 9, 8)
    apply(tmp_path, ("b", closed(tmp_path, "b", 1)))
    assert not (tmp_path / "a").exists()


def test_over_the_bytes_the_oldest_goes_first_across_tapes(tmp_path):
    closed(tmp_path, "a", 2)
    closed(tmp_path, "b", 2)
    now = closed(tmp_path, "c", 1)
    for name, days in (("a", (4, 1)), ("b", (3, 2)), ("c", (0,))):
        age(tmp_path / name, *days)
    sizes = {s.path: s.path.stat().st_size for name in "abc" for s in tape.segments(tmp_path / name)}
    oldest = [tape.segments(tmp_path / name)[0].path for name in "ab"]
    apply(tmp_path, ("c", now), n_bytes=sum(sizes.values()) - sum(sizes[path] for path in oldest))
    assert left(tmp_path / "a") == [1] and left(tmp_path / "b") == [1] and left(tmp_path / "c") == [0]


def test_nothing_goes_from_the_position_of_a_resume_on(tmp_path):
    closed(tmp_path, "a", 5)
    age(tmp_path / "a", *[9] * 5)
    apply(tmp_path, ("a", Position(2, 40, 5)), n_bytes=0)
    assert left(tmp_path / "a") == [2, 3, 4]


def test_a_tapes_last_segment_stays_while_it_is_written(tmp_path):
    position = closed(tmp_path, "a", 2)
    age(tmp_path / "a", 9, 9)
    apply(tmp_path, ("a", Position(position.segment + 1, 0, position.seq)), n_bytes=0)
    assert left(tmp_path / "a") == [1]


def test_another_runs_tape_is_left_alone(tmp_path):
    other = opened(tmp_path, "a", 2)
    apply(tmp_path, ("b", closed(tmp_path, "b", 1)), days=1e-9, n_bytes=0)
    assert left(tmp_path / "a") == [0, 1]
    other.close()


def test_a_tape_without_its_beginning_still_begins_with_its_start_record(tmp_path):
    position = closed(tmp_path, "a", 3)
    apply(tmp_path, ("a", position), n_bytes=0)
    assert left(tmp_path / "a") == [2]
    reader = TapeReader(tmp_path / "a")
    first, gap, *rest = list(reader)
    assert msgspec.json.decode(first.payload, type=Start) == BEGUN == msgspec.json.decode(
        first_record(tmp_path / "a").payload, type=Start
    )  # fmt: skip
    assert (gap.kind, gap.seq, gap.json()["reason"]) == (GAP, 1, RETIRED) and not reader.damage
    assert [r.seq for r in rest] == [4, 5]


# -- adoption


def test_the_newest_tape_without_an_end_is_adopted(tmp_path):
    closed(tmp_path, "a", 1)
    closed(tmp_path, "b", 3)
    assert adoption.unfinished(tmp_path, BEGUN) == "b"


@pytest.mark.parametrize("whole", [True, False], ids=["a header", "nothing"])
def test_a_tape_ends_with_its_last_record_though_a_kill_left_a_segment_without_any(tmp_path, whole):
    closed(tmp_path, "a", 3)
    folder = tmp_path / "a"
    ends = max(record.wall_ns for record in TapeReader(folder))
    last, seq = tape.segments(folder)[-1], end_of(folder)
    tape.segment_path(folder, last.index + 1, seq).write_bytes(tape.header("a", seq) if whole else b"")
    assert adoption.end_ns(folder) == ends > 0


def test_an_ended_tape_is_not_adopted(tmp_path):
    writer = opened(tmp_path, "a", 2)
    writer.append([records.encode_json(records.END, 0, 1, 1, {"reason": "stopped"})])
    writer.close()
    assert adoption.unfinished(tmp_path, BEGUN) is None


def test_a_tape_of_other_settings_or_of_another_run_at_work_is_not_adopted(tmp_path):
    assert adoption.unfinished(tmp_path, BEGUN) is None
    writer = opened(tmp_path, "a", 2)
    assert adoption.unfinished(tmp_path, BEGUN) is None
    writer.close()
    for other in ({"config_hash": "d"}, {"symbols": ["ETH/USD"]}, {"depth": 10}):
        assert adoption.unfinished(tmp_path, msgspec.structs.replace(BEGUN, **other)) is None
    (tape.segments(tmp_path / "a")[0]).path.write_bytes(b"")
    assert adoption.unfinished(tmp_path, BEGUN) is None
