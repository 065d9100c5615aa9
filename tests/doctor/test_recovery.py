"""What is wrong with the tape or the recovery store is found before a run meets it."""

import json
import shutil
from contextlib import closing
from typing import ClassVar

import pytest

from doctor.checkup import check_up
from flows import recovery
from leadline import records
from sinks import risk_file
from sources import retention
from sources.live import LivePosition
from sources.tape import Position
from sources.tape_writer import TapeWriter
from tests.doctor.healthy import TAPE_ID, snapshot
from tests.doctor.looking import account_went_on, here, only


def test_a_damaged_tape_is_found(healthy):
    (segment,) = healthy.tape.glob("*.tape")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    assert ("warning", "tape_damaged") in here(healthy)


@pytest.fixture
def segmented(healthy):
    """A system whose newest tape has four segments, and those."""
    folder = healthy.tape.with_name("20261102T000000Z-bbbbbb")
    with closing(TapeWriter(folder, folder.name, segment_bytes=1, segment_seconds=1e9)) as writer:
        for i in range(4):
            start = records.encode(records.START, 0, i, i, b"{}")
            writer.append([start if i == 0 else records.encode(records.TICK, 0, i, i)])
    return healthy, sorted(folder.glob("*.tape*"))


def test_of_many_segments_it_is_said_which_are_read(segmented):
    healthy, _ = segmented
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.group == "tape"]
    assert found.severity == "unchecked" and "of 5 segments only the last was read; `leadline tape verify" in found.what


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (slice(1, 3), "2 segment(s) between 00000000-000000000000.tape.zst and 00000003-000000000003.tape"),
        (slice(0, 2), "its beginning, the records before 2, with its start record"),
    ],
)
def test_a_tape_that_has_lost_segments_is_found(segmented, gone, told):
    healthy, segments = segmented
    for segment in segments[gone]:
        segment.unlink()
    assert here(healthy) == {("warning", "tape_damaged")}
    assert told in only(healthy, offline=True).what


def test_a_segment_that_a_crash_left_empty_is_found(segmented):
    healthy, segments = segmented
    segments[1].write_bytes(b"")
    assert f"all of {segments[1].name}, which is empty" in only(healthy, offline=True).what


def test_what_retention_has_taken_is_not_lost(segmented):
    healthy, segments = segmented
    tapes = healthy.data_dir / "tape"
    gone = retention.apply(tapes, max_age_s=1e9, max_bytes=1, keep=(segments[0].parent.name, Position(2, 0, 2)))
    assert len(gone) == 3 and here(healthy) == {
        ("error", "recovery_ahead_of_tape")
    }  # the other tape is gone as a whole


def test_a_record_that_a_crash_cut_short_is_no_fault(healthy):
    (segment,) = healthy.tape.glob("*.tape")
    segment.write_bytes(segment.read_bytes()[:-5])
    assert here(healthy) == set()


def test_a_replay_of_a_tape_that_is_not_there_is_found(healthy):
    healthy.recovery = healthy.folder / "none"
    healthy.write(feed={"source": "replay", "tape": str(healthy.folder / "nowhere")})
    assert here(healthy) == {("error", "tape_missing")}


def test_a_damaged_recovery_store_is_found(healthy):
    (part,) = healthy.recovery.glob(recovery.PARTS)
    part.write_bytes(b"garbage" * 99)
    assert here(healthy) == {("error", "recovery_damaged")}


@pytest.mark.parametrize(
    ("named", "used", "severity"), [(True, False, "error"), (False, True, "error"), (False, False, "warning")]
)  # such a run is refused, unless it goes without this store, as the one before it did
def test_a_recovery_store_of_other_settings_is_found(healthy, named, used, severity):
    healthy.write(risk={"max_notional": 0.5})
    healthy.recovery_named = named
    if not used:
        account_went_on(healthy)
    assert here(healthy) == {(severity, "recovery_of_another_run")}


@pytest.mark.parametrize(
    ("lost", "said"),
    [(recovery.PARTS + "*", "the next run begins anew"), (recovery.NOTE, "the next run takes it for its own")],
)
def test_a_recovery_store_that_lacks_a_file_is_found(healthy, lost, said):
    for file in healthy.recovery.glob(lost):
        file.unlink()
    found = only(healthy, offline=True)
    assert (found.severity, found.name) == ("warning", "recovery_incomplete") and said in found.what


def test_a_folder_for_a_recovery_store_to_come_is_no_fault(healthy):
    shutil.rmtree(healthy.recovery)
    healthy.recovery.mkdir()
    assert here(healthy) == set()


def test_a_recovery_store_beyond_its_tape_is_found(healthy):
    snapshot(healthy.recovery, LivePosition(TAPE_ID, Position(0, 0, 6), 1, "L3"))
    assert here(healthy) == {("error", "recovery_ahead_of_tape")}
    shutil.rmtree(healthy.tape)
    assert here(healthy) == {("error", "recovery_ahead_of_tape")}


def test_a_recovery_store_of_a_run_that_never_reached_its_venue_is_no_fault(healthy):
    snapshot(healthy.recovery, LivePosition("20261103T000000Z-cccccc", Position(), 0, "L2"))
    assert here(healthy) == set()


@pytest.mark.parametrize(("named", "severity"), [(True, "error"), (False, "warning")])
def test_a_recovery_store_whose_account_has_gone_on_is_found(healthy, named, severity):
    healthy.recovery_named = named
    account_went_on(healthy)
    assert here(healthy) == {(severity, "recovery_behind_account")}


def test_a_recovery_store_whose_tape_lacks_the_accounts_last_event_is_found(healthy):
    file = risk_file.path(healthy.data_dir)
    state = json.loads(file.read_text())
    file.write_text(json.dumps(state | {"tape_id": TAPE_ID, "ts": "2100-01-01T00:00:00.000Z"}))
    assert here(healthy) == {("error", "recovery_behind_account")}


def test_a_snapshot_that_holds_anything_else_is_never_run(healthy):
    snapshot(healthy.recovery, Trap())
    assert here(healthy) == {("error", "recovery_damaged")}
    assert Trap.sprung == []


class Trap:
    sprung: ClassVar[list[int]] = []

    def __reduce__(self):
        return (_spring, ())


def _spring():
    Trap.sprung.append(1)
