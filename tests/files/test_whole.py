"""A file put in its place whole: there, replaced, or as it was."""

import os

import pytest

from files import whole


def test_a_file_is_written_and_replaced_and_nothing_else_is_left(tmp_path):
    for data in (b"one", b"another"):
        whole.put(tmp_path / "file", data)
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", data)]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(28, "No space left on device")

    whole.put(tmp_path / "file", b"old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, step, full)
        whole.put(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
