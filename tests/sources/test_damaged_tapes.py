"""A damaged tape is played as far as it can be, and ends the run with one line and an error."""

import shutil
from pathlib import Path

import pytest

from leadline import records
from sources import fatal, tape
from sources.replay import ReplaySource
from sources.tape_writer import TapeWriter
from tests.sources.tapes import encoded, flat, play, write


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("whole") / "t1", encoded(23), per_segment=9)


@pytest.fixture
def copy(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "t1"))


def replayed(folder):
    found, ended = play(ReplaySource(folder, 5, lambda start: start).build_part("step", "main", None))
    assert ended
    return flat(found)


def test_a_whole_tape_is_no_failure(copy):
    assert replayed(copy) and fatal.failed() is None


def test_a_tape_cut_short_at_its_end_is_no_failure(copy):
    last = tape.segments(copy)[-1].path
    last.write_bytes(last.read_bytes()[:-3])
    assert replayed(copy) and fatal.failed() is None


def test_a_gap_is_played_over_and_told_at_the_end(copy):
    tape.segments(copy)[1].path.unlink()
    found = replayed(copy)
    assert [r.kind for r in found].count(records.GAP) == 1 and found[-1].seq >= 22
    assert "damaged in 1 place" in (fatal.failed() or "") and "the rest was played" in (fatal.failed() or "")


def test_a_tape_without_a_beginning_is_not_played(copy):
    tape.segments(copy)[0].path.unlink()
    assert replayed(copy) == []
    assert "its beginning is damaged" in (fatal.failed() or "")


def test_an_empty_tape_says_so(tmp_path):
    TapeWriter(tmp_path / "t1", "t1", segment_bytes=1 << 20, segment_seconds=1e9).close()
    assert replayed(tmp_path / "t1") == []
    assert "is empty" in (fatal.failed() or "")
