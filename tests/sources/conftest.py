"""What every test of a source needs: the process's own stop and failure, forgotten before and after it."""

import pytest

from sources import fatal, stopping


@pytest.fixture(autouse=True)
def unstopped():
    fatal.clear()
    stopping.clear()
    yield
    fatal.clear()
    stopping.clear()
