"""Every example runs, and says something."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sinks import catalog
from sinks.lake import prepare

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ARGUMENTS = {"02_replay_a_tape.py": ["0.05"]}  # a short one


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_runs_to_its_end(path):
    command = [sys.executable, str(path), *ARGUMENTS.get(path.name, [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("sql/*.sql")), ids=lambda path: path.name)
def test_a_query_runs_on_a_store(path, tmp_path):
    prepare(tmp_path)
    catalog.refresh(tmp_path)
    with duckdb.connect(str(catalog.path(tmp_path)), read_only=True) as store:
        assert store.execute(path.read_text()).description
