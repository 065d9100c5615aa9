"""`make setup` by root: what it brings can be run by the user of a service, or it says that it cannot."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.flows.processes import ROOT

MAY_RUN = runpy.run_path(str(ROOT / ".ci" / "may_run.py"))
SYSTEM = "/usr/bin/python3"
UV = """#!/bin/sh
echo "$UV_PYTHON_INSTALL_DIR" "$@" >> "$ASKED"
[ "$1" != venv ] || { mkdir -p "$DIR/bin"; ln -s /bin/true "$DIR/bin/python"; }
"""

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes what others cannot run without noticing")


@pytest.fixture
def python(monkeypatch):
    """Return the interpreter of an environment that others may run, Leadline in it."""
    if not Path(SYSTEM).exists():
        pytest.skip("no Python of the system here")
    with TemporaryDirectory() as name:  # pytest's folders are below one that is root's alone
        folder = Path(name)
        folder.chmod(0o755)
        subprocess.run([SYSTEM, "-m", "venv", "--without-pip", name], check=True, timeout=60)
        (folder / "code" / "leadline").mkdir(parents=True)
        for part in ("__init__.py", "errors.py"):
            shutil.copy(ROOT / "leadline" / part, folder / "code" / "leadline")
        monkeypatch.setenv("PYTHONPATH", str(folder / "code"))
        yield folder / "bin" / "python"


@root_only
def test_what_others_may_run_is_nothing_to_talk_of(python):
    assert MAY_RUN["hindrance"](str(python)) == ""


@root_only
@pytest.mark.parametrize("closed", ["", "code"], ids=["interpreter", "clone"])
def test_what_is_below_a_folder_of_root_alone_is_told(python, closed):
    (python.parents[1] / closed).chmod(0o700)
    assert MAY_RUN["hindrance"](str(python)).endswith("No module named 'leadline'" if closed else "Permission denied")


def test_a_home_folder_is_told_whoever_may_look_into_it():
    assert MAY_RUN["hindrance"]("/home/ada/.pyenv/bin/python") == "/home/ada/.pyenv/bin/python is in a home folder"


def test_what_uv_fetches_for_root_is_put_where_others_may_look(tmp_path):
    (tmp_path / "uv").write_text(UV)
    (tmp_path / "uv").chmod(0o755)
    folder, asked = tmp_path / "venv", tmp_path / "asked"
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ASKED": str(asked), "DIR": str(folder), "HOME": str(tmp_path)}
    script = ["/bin/sh", str(ROOT / ".ci" / "venv"), str(folder), "requirements.txt"]
    subprocess.run(script, env=env, check=True, timeout=60)
    whose = str(ROOT / ".python") if os.geteuid() == 0 else ""
    assert asked.read_text().startswith(f"{whose} venv ")
    assert "pip install" in asked.read_text()


def test_the_interpreter_that_runs_this_is_told_by_root_or_not_at_all():
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "may_run.py")], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "" and (done.stderr == "" or done.stderr.startswith("note: only root can run"))
