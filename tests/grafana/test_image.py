"""The image of the flow: its files and its steps, without Docker, in a folder and an environment of their own."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.flows.processes import ROOT, environment

DOCKERFILE = ROOT / "grafana" / "flow.Dockerfile"
OURS = re.compile(r"^(__editable__|leadline|pip|__pycache__)|\.pth$")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Return the programs of an environment with what the image has, Leadline installed as its file says."""
    folder = tmp_path_factory.mktemp("image")
    files, programs = folder / "leadline", folder / "python" / "bin"
    ignored = DOCKERFILE.with_suffix(".Dockerfile.dockerignore").read_text().split()
    for taken in (ROOT / line[1:] for line in ignored if line[0] == "!"):
        if taken.is_dir():
            shutil.copytree(taken, files / taken.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(taken, files)
    subprocess.run([sys.executable, "-m", "venv", str(programs.parent)], check=True, timeout=120)
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    for of in packages.iterdir():  # an older setuptools
        if not of.name.startswith("pip"):
            shutil.rmtree(of) if of.is_dir() else of.unlink()
    for of in Path(sysconfig.get_path("purelib")).iterdir():  # what requirements.txt brings
        if not OURS.search(of.name):
            (packages / of.name).symlink_to(of)
    (step,) = re.findall(r"^RUN pip (install .* --editable \.)$", DOCKERFILE.read_text(), re.MULTILINE)
    done = subprocess.run(
        [str(programs / "pip"), "--disable-pip-version-check", *step.split()], cwd=files, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return programs


def test_the_commands_that_documents_and_alerts_tell_are_commands_in_the_container(image, tmp_path):
    env = environment(tmp_path) | {"PATH": f"{image}:/usr/bin:/bin"}
    env.pop("PYTHONPATH", None)

    def said(line):
        done = subprocess.run(
            line, shell=True, cwd="/", env=env, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout, done.stderr

    where = said("python -c 'import cli.main as of; print(of.__file__)'")[1].strip()
    assert Path(where) == image.parents[1] / "leadline" / "cli" / "main.py"
    code, out, err = said("leadline doctor --offline --json")
    assert code in (0, 1, 2) and json.loads(out)["findings"], err
    code, out, err = said("leadline alerts test")
    assert code == 1 and "LEADLINE_ALERT_URLS" in err
    code, out, err = said("leadline risk reset --reason 'read the trades'")
    assert (code, "usage" in err) == (1, False) and err.startswith("leadline: ")
