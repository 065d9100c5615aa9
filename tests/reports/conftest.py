"""A store for the reports, made once a session of a folder's tests."""

import pytest

from tests.reports.reported import reported


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """Two symbols with a history; of the first there is a fresh reading of the order book."""
    return reported(tmp_path_factory.mktemp("store"))
