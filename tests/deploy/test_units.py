"""The units for systemd: they are sound, and what they start exists."""

import configparser
import shlex
import shutil
import subprocess

import pytest

from cli.main import parser
from flows.setting_paths import SETTINGS
from tests.flows.processes import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
UNITS = [*SERVICES, *sorted(DEPLOY.glob("*.timer"))]


def read(unit):
    """Return a unit's sections; a key that stands there several times has a list."""
    found = configparser.ConfigParser(interpolation=None, strict=False, dict_type=dict)
    found.optionxform = str
    found.read(unit)
    return found


def environment(unit):
    lines = [line for line in unit.read_text().splitlines() if line.startswith("Environment=")]
    return dict(line.removeprefix("Environment=").split("=", 1) for line in lines)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_but_that_leadline_is_not_installed_here(unit, tmp_path):
    for each in UNITS:
        (tmp_path / each.name).write_text(each.read_text())
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if unit.stem in line]
    assert [line for line in said if not line.endswith("is not executable: No such file or directory")] == []


def test_the_service_starts_a_command_that_there_is():
    command = shlex.split(read(DEPLOY / "leadline@.service")["Service"]["ExecStart"])
    assert command[0].endswith("/.venv/bin/leadline")
    assert parser().parse_args(command[1:]).mode == "hybrid"


def test_the_compaction_starts_a_flow_that_there_is():
    command = shlex.split(read(DEPLOY / "leadline-compact@.service")["Service"]["ExecStart"])
    assert command[1:3] == ["-m", "bytewax.run"]
    assert (ROOT / (command[3].replace(".", "/") + ".py")).is_file()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_without_its_configuration_does_not_start_on_the_defaults(service):
    assert read(service)["Unit"]["AssertPathExists"] == environment(service)["LEADLINE_CONFIG"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_settings_of_a_service_are_settings_and_it_writes_only_where_it_may(service):
    set_here = environment(service)
    paths = [name.removeprefix("LEADLINE__").lower().replace("__", ".") for name in set_here if "LEADLINE__" in name]
    assert set(paths) <= set(SETTINGS)
    state = "/var/lib/" + read(service)["Service"]["StateDirectory"].split()[-1]
    assert set_here["LEADLINE__STORAGE__DATA_DIR"] == state
    assert read(service)["Service"]["ProtectSystem"] == "strict"
