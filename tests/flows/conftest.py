"""An empty store for the tests of history, made once: a copy is made in a tenth of the time."""

import shutil

import pytest

from tests.sinks.stores import new_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    return new_store(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def data(empty_store, tmp_path):
    """Return an empty store of the test's own."""
    return shutil.copytree(empty_store, tmp_path / "data")
