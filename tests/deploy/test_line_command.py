"""`leadline-line` gives a command what the unit of its line gives the service; running.md tells commands that exist."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from cli.main import parser
from tests.deploy.test_units import DEPLOY, environment, read
from tests.flows.processes import ROOT

SCRIPT = DEPLOY / "leadline-line"
SERVICE = DEPLOY / "leadline@.service"
RECORDER = (
    f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(int(os.environ['CODE']))\n"
)


@pytest.fixture
def run(tmp_path):
    """Run the script where systemd-run prints what it was given, and fails with 7 or another code."""
    (tmp_path / "systemd-run").write_text(RECORDER)
    (tmp_path / "systemd-run").chmod(0o755)

    def run(*arguments, code=7):
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "CODE": str(code)}
        return subprocess.run(
            [str(SCRIPT), *arguments], env=env, capture_output=True, text=True, timeout=300, check=False
        )

    return run


def test_a_command_runs_with_all_that_the_unit_of_its_line_sets(run):
    done = run("main", "risk", "reset", "--reason", "read the day's trades")
    given = json.loads(done.stdout)
    unit = read(SERVICE)["Service"]
    program = given.index(shlex.split(unit["ExecStart"])[0])
    assert given[program + 1 :] == ["risk", "reset", "--reason", "read the day's trades"] and done.returncode == 7
    of_unit = {name: value.replace("%i", "main") for name, value in environment(SERVICE).items()}
    options = set(given[:program])
    assert {f"--uid={unit['User']}", f"--gid={unit['Group']}", f"--property=UMask={unit['UMask']}"} <= options
    assert f"--property=EnvironmentFile={unit['EnvironmentFile'].replace('%i', 'main')}" in options
    assert f"--property=StateDirectory={unit['StateDirectory'].replace('%i', 'main')}" in options
    assert f"--working-directory={of_unit['LEADLINE__STORAGE__DATA_DIR']}" in options
    wanted = {f"--setenv={name}={of_unit[name]}" for name in ("LEADLINE_CONFIG", "LEADLINE__STORAGE__DATA_DIR")}
    assert {option for option in options if option.startswith("--setenv")} == wanted


def test_an_environment_that_the_user_of_the_service_cannot_run_is_named(run):
    done = run("main", "doctor", code=203)
    assert done.returncode == 203 and "the user leadline cannot run /opt/leadline/.venv/bin/leadline" in done.stderr
    assert [run("main", "doctor", code=code).stderr for code in (0, 1, 2)] == ["", "", ""]


@pytest.mark.parametrize("arguments", [(), ("main",), ("../main", "doctor"), ("", "doctor")])
def test_what_is_no_line_or_no_command_is_refused(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == "" and "leadline-line" in done.stderr


def test_the_commands_that_running_md_tells_are_commands():
    told = re.findall(r"leadline-line main ([a-z][^`\n|#]*)", (ROOT / "docs" / "running.md").read_text())
    assert {"doctor", "watch", "risk"} <= {command.split()[0] for command in told}
    for command in told:
        assert parser().parse_args(shlex.split(command)).command == command.split()[0]
