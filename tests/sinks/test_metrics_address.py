"""The file that says where a run's metrics are."""

import pytest

from leadline.errors import StoreError
from sinks import metrics_address
from sinks.metrics_address import Address


def test_a_run_says_where_its_metrics_are_until_its_end(tmp_path):
    remove = metrics_address.write(tmp_path, "127.0.0.1", 9464, 5.25)
    assert metrics_address.read(tmp_path) == Address("http://127.0.0.1:9464", 5.25)
    remove()
    assert metrics_address.read(tmp_path) is None and list(tmp_path.iterdir()) == []


def test_a_newer_run_keeps_its_file_when_the_older_one_ends(tmp_path):
    remove = metrics_address.write(tmp_path, "127.0.0.1", 9464, 5.25)
    metrics_address.write(tmp_path, "0.0.0.0", 9465, 6.0)
    remove()
    assert metrics_address.read(tmp_path) == Address("http://127.0.0.1:9465", 6.0)


def test_a_file_that_cannot_be_understood_says_nothing(tmp_path):
    (tmp_path / metrics_address.NAME).write_text('{"url": 3}')
    assert metrics_address.read(tmp_path) is None


def test_a_folder_that_is_not_there_is_an_error_in_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"cannot write .*metrics\.json"):
        metrics_address.write(tmp_path / "gone", "127.0.0.1", 9464, 1.0)
