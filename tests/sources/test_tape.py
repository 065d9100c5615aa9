"""The tape keeps what was written, says what it lost, and never breaks its reader."""

import os
import resource
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from leadline.errors import TapeError, TapeVersionError
from leadline.records import FRAME, GAP
from sources import tape
from sources.tape_reader import TapeReader, first_record
from sources.tape_writer import TapeWriter, compress, is_being_written

T0 = 1_764_000_000_000_000_000


def encoded(n, first=0):
    return [records.encode(FRAME, 1, T0 + i, i, b"frame %d" % i) for i in range(first, first + n)]


def payloads(n, first=0):
    return [b"frame %d" % i for i in range(first, first + n)]


def writer(folder, **options):
    return TapeWriter(folder, "t", **{"segment_bytes": 1 << 20, "segment_seconds": 1e9} | options)


def written(folder, *batches, ended=False, **options):
    """Write batches of frames, each a segment of its own where segment_bytes is 1."""
    opened, first = writer(folder, **options), 0
    for n in batches:
        opened.append(encoded(n, first))
        first += n
    opened.close(ended=ended)
    return folder


def read(folder, position=None, size=7):
    reader, found = TapeReader(folder, position), []
    while batch := reader.read_batch(size):
        found += batch
    return found


def frames(found):
    return [r.payload for r in found if r.kind == FRAME]


def gaps(found):
    return [r for r in found if r.kind == GAP]


def damage(path, at=None):
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 0xFF
    path.write_bytes(data)


# -- writing and reading back


def test_what_is_written_is_read_back_in_order(tmp_path):
    found = read(written(tmp_path, 3, 4))
    assert frames(found) == payloads(7) and [r.seq for r in found] == list(range(7))


def test_segments_rotate_by_size_and_closed_ones_are_compressed(tmp_path):
    written(tmp_path, 3, 4, 5, segment_bytes=1)
    names = [s.path.name for s in tape.segments(tmp_path)]
    assert names == ["00000000-000000000000.tape.zst", "00000001-000000000003.tape.zst", "00000002-000000000007.tape"]
    assert frames(read(tmp_path)) == payloads(12)


def test_segments_rotate_by_age(tmp_path):
    now = [0.0]
    opened = writer(tmp_path, segment_seconds=60.0, clock=lambda: now[0])
    opened.append(encoded(2))
    now[0] = 59.9
    opened.append(encoded(2, 2))
    now[0] = 60.0
    opened.append(encoded(2, 4))
    opened.close()
    assert [s.first_seq for s in tape.segments(tmp_path)] == [0, 4]


def test_an_ended_tape_is_compressed_whole(tmp_path):
    written(tmp_path, 3, ended=True)
    assert [s.compressed for s in tape.segments(tmp_path)] == [True]
    assert frames(read(tmp_path)) == payloads(3)


def test_a_second_writer_is_refused(tmp_path):
    first = writer(tmp_path)
    assert is_being_written(tmp_path)
    with pytest.raises(TapeError, match="written by another run"):
        writer(tmp_path)
    first.close()
    assert not is_being_written(tmp_path)
    writer(tmp_path).close()


def test_a_write_that_is_taken_in_pieces_is_finished(tmp_path):
    written(tmp_path, 3, 4, write=lambda fd, data: os.write(fd, data[:5]))
    assert frames(read(tmp_path)) == payloads(7)


def test_a_full_disk_is_one_clear_line_and_leaves_whole_records(tmp_path):
    opened = writer(tmp_path)
    opened.append(encoded(2))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (opened.position.offset + 60, hard))  # one record more, and a part
    try:
        with pytest.raises(TapeError, match=r"cannot write the tape .* Make room"):
            opened.append(encoded(9, 2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    opened.append(encoded(1, 2))
    opened.close()
    assert frames(read(tmp_path)) == payloads(3)


@pytest.mark.parametrize("cut", [1, 3])
def test_every_position_of_a_reader_resumes_with_the_next_record(tmp_path, cut):
    written(tmp_path, 3, 4, 5, segment_bytes=1)
    reader = TapeReader(tmp_path)
    for _ in range(12 // cut):
        reader.read_batch(cut)
        assert [r.seq for r in read(tmp_path, reader.position)] == list(range(reader.position.seq, 12))


def test_a_writer_goes_on_where_a_reader_came_to_the_end(tmp_path):
    for n in (4, 2, 3):
        again = writer(tmp_path)
        again.append(encoded(n, again.position.seq))
        again.close()
        reader = TapeReader(tmp_path)
        list(reader)
        assert reader.position == again.position
        again = writer(tmp_path)
        again.append(encoded(1, again.position.seq))
        again.close()
        assert [r.seq for r in read(tmp_path, reader.position)] == [reader.position.seq]


def test_a_position_outlives_the_compression_of_its_segment(tmp_path):
    written(tmp_path, 9)
    reader = TapeReader(tmp_path)
    reader.read_batch(4)
    compress(tape.segments(tmp_path)[0].path)
    assert frames(read(tmp_path, reader.position)) == payloads(5, 4)


def test_a_segment_compressed_while_it_is_read_is_no_gap(tmp_path):
    written(tmp_path, 3, 4, 5, segment_bytes=1)
    written(tmp_path / "plain", 3, 4)
    reader = TapeReader(tmp_path / "plain")
    listed = tape.segments(tmp_path / "plain")
    compress(listed[0].path)
    assert frames(list(reader)) == payloads(7) and reader.gaps == 0


# -- crashes


@settings(max_examples=60)
@given(cut=st.integers(0, 400))
def test_a_tape_cut_anywhere_gives_every_record_before_the_cut_and_goes_on(tmp_path_factory, cut):
    folder = written(tmp_path_factory.mktemp("tape"), 9)
    path = tape.segments(folder)[0].path
    data = path.read_bytes()
    path.write_bytes(data[: min(cut, len(data))])
    reader = TapeReader(folder)
    whole = frames(list(reader))
    assert whole == payloads(len(whole)) and not reader.gaps
    again = writer(folder)
    assert again.position.seq == len(whole)
    again.append(encoded(2, len(whole)))
    again.close()
    assert frames(read(folder, reader.position)) == payloads(2, len(whole))
    found = read(folder)
    assert frames(found) == payloads(len(whole) + 2) and not gaps(found)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def three_segments(tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("tape"), 5, 5, 5, segment_bytes=1)
    return [(s.path, s.path.read_bytes()) for s in tape.segments(folder)]


@settings(max_examples=80)
@given(segment=st.integers(0, 2), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_never_raises_and_never_makes_up_a_record(three_segments, segment, at, bit):
    path, whole = three_segments[segment]
    data = bytearray(whole)
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)
    found = read(path.parent)
    path.write_bytes(whole)
    seqs = [r.seq for r in found]
    assert seqs == sorted(set(seqs))
    assert all(r.payload == b"frame %d" % r.seq for r in found if r.kind == FRAME)
    kept = {r.seq for r in found if r.kind == FRAME}
    assert kept >= set(range(15)) - set(range(5 * segment, 5 * segment + 5))


def test_a_damaged_record_is_one_gap_and_reading_goes_on_at_the_next_segment(tmp_path):
    written(tmp_path, 9)
    damage(tape.segments(tmp_path)[0].path, -3)
    again = writer(tmp_path)
    again.append(encoded(3, 9))
    again.close()
    found = read(tmp_path)
    (gap,) = gaps(found)
    assert gap.json()["where"].startswith("00000000-") and "checksum" in gap.json()["reason"]
    assert [r.seq for r in found] == list(range(12)) and gap.seq == 8


def test_a_writer_deletes_nothing_behind_damage(tmp_path):
    written(tmp_path, 9)
    path = tape.segments(tmp_path)[0].path
    damage(path)
    size = path.stat().st_size
    again = writer(tmp_path)
    again.append(encoded(1, again.position.seq))
    again.close()
    kept = tape.segments(tmp_path)[0]
    assert len(tape.read(kept)[0]) == size
    found = read(tmp_path)
    assert len(gaps(found)) == 1 and found[-1].seq == again.position.seq - 1


def test_a_missing_segment_is_one_gap(tmp_path):
    written(tmp_path, 3, 4, 5, segment_bytes=1)
    tape.segments(tmp_path)[1].path.unlink()
    found = read(tmp_path)
    assert [(r.seq, r.kind) for r in found if r.seq in (2, 3, 7)] == [(2, FRAME), (3, GAP), (7, FRAME)]
    assert "3 to 6" in gaps(found)[0].json()["where"]


def test_a_compressed_segment_cut_short_gives_what_is_left_of_it_and_a_gap(tmp_path):
    written(tmp_path, 4000, 4, segment_bytes=1)
    path = tape.segments(tmp_path)[0].path
    path.write_bytes(path.read_bytes()[:-200])
    found = read(tmp_path, size=500)
    assert len(gaps(found)) == 1 and frames(found)[-4:] == payloads(4, 4000)


def test_a_damaged_compressed_end_is_no_obstacle_to_going_on(tmp_path):
    written(tmp_path, 5, ended=True)
    damage(tape.segments(tmp_path)[0].path, -6)
    again = writer(tmp_path)
    again.append(encoded(1, again.position.seq))
    again.close()
    found = read(tmp_path)
    assert len(gaps(found)) == 1 and found[-1].seq == again.position.seq - 1


def test_a_crash_between_compressing_and_deleting_leaves_no_double(tmp_path):
    written(tmp_path, 3, 4, segment_bytes=1)
    packed = tape.segments(tmp_path)[0]
    packed.path.with_suffix("").write_bytes(tape.read(packed)[0])
    assert frames(read(tmp_path)) == payloads(7)
    writer(tmp_path).close()
    assert len(list(tmp_path.glob("00000000-*"))) == 1


def test_a_tape_of_another_format_says_which_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(tape, "FORMAT_VERSION", 9)
    written(tmp_path, 3)
    monkeypatch.undo()
    with pytest.raises(TapeVersionError, match="format 9, this Leadline reads format 1: replay it with"):
        read(tmp_path)


# -- finding a tape, and its beginning


def test_resolve_finds_the_folder_itself_or_the_newest_below(tmp_path):
    old, new = tmp_path / "tape" / "b", tmp_path / "tape" / "a"
    for age, folder in ((2, old), (1, new)):
        written(folder, 1)
        os.utime(tape.segments(folder)[0].path, (T0 // 10**9 - age,) * 2)
    assert tape.resolve(old) == old
    assert tape.resolve(tmp_path) == tape.resolve(tmp_path / "tape") == new


@pytest.mark.parametrize("make", [False, True])
def test_no_tape_is_one_clear_line(tmp_path, make):
    folder = tmp_path / "nothing"
    if make:
        folder.mkdir()
    with pytest.raises(TapeError, match=r"nothing (is not there|holds no tape): name a tape's folder.*RECORD=true"):
        tape.resolve(folder)


def test_a_tape_without_its_beginning_says_so(tmp_path):
    written(tmp_path, 3)
    with pytest.raises(TapeError, match="no start record"):
        first_record(tmp_path)
    damage(tape.segments(tmp_path)[0].path)
    damage(tape.segments(tmp_path)[0].path, 30)
    with pytest.raises(TapeError, match="beginning is damaged"):
        first_record(tmp_path)
