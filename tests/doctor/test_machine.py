"""A disk without room is found."""

import os

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


@pytest.mark.parametrize(
    ("free", "total", "expected"),
    [
        (0, 30, {("error", "inodes_full")}),
        (9_000, 100_000, {("warning", "inodes_low")}),
        (50_000, 100_000, set()),
        (0, 0, set()),  # of a file system that makes them as it needs them
    ],
)
def test_a_disk_without_room_for_files_is_found(healthy, monkeypatch, free, total, expected):
    monkeypatch.setattr(
        machine.os, "statvfs", lambda path: os.statvfs_result((4096, 4096, 1, 1, 1, total, free, free, 0, 255))
    )
    assert here(healthy) == expected


def test_more_tape_than_the_disk_holds_is_found(healthy):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    assert here(healthy) == {("warning", "retention_too_large")}
