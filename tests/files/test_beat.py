"""The pulse: a file that changes while a run moves, and that ends no run."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from files import beat
from files.beat import Beat

NOBODY = 65534


def test_each_beat_of_a_new_second_changes_it(tmp_path, monkeypatch):
    now = [10.0]
    monkeypatch.setattr("files.beat.time.monotonic", lambda: now[0])
    of = Beat(tmp_path)
    assert beat.last(tmp_path) is None
    seen = []
    for now[0] in (10.0, 10.5, 11.0, 11.9, 12.1):
        of.beat()
        seen.append(beat.last(tmp_path))
    assert seen[0] == seen[1] < seen[2] == seen[3] < seen[4]


def test_a_folder_that_is_gone_ends_nothing(tmp_path):
    Beat(tmp_path / "gone").beat()
    assert beat.last(tmp_path / "gone") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_one_that_another_user_has_left_is_replaced():
    with TemporaryDirectory() as name:  # pytest's folders are below one that is root's alone
        folder = Path(name)
        Beat(folder).beat()
        os.utime(folder / beat.NAME, ns=(0, 0))
        os.chown(folder, NOBODY, NOBODY)
        try:
            os.seteuid(NOBODY)
            Beat(folder).beat()
        finally:
            os.seteuid(0)
        assert beat.last(folder) > 0
