"""What several tests need: the real recordings, where they are to be had."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Return an empty folder to work in, without any LEADLINE setting around it."""
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("LEADLINE")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of real recordings; skip where it is absent (see docs/operations.md)."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("LEADLINE_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}: set LEADLINE_DATA to their folder")
    return folder
