"""A disk without room is found."""

import pytest

from doctor import machine
from tests.doctor.healthy import Usage
from tests.doctor.looking import here


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(10**12, 0, 90 * 10**9), ("warning", "disk_low")),
        (Usage(10**12, 0, 10**6), ("error", "disk_full")),
    ],
    ids=["low", "full"],
)  # fmt: skip
def test_a_disk_without_room_is_found(healthy, monkeypatch, usage, expected):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    healthy.write(storage={"retention": {"tape_gib": 0.0001}})
    assert here(healthy) == {expected}


def test_more_tape_than_the_disk_holds_is_found(healthy):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    assert here(healthy) == {("warning", "retention_too_large")}
