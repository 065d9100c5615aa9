"""The compose file: what it names is there, and nothing listens beyond this machine."""

import json
import os
import re
import subprocess
import time

import pytest
import yaml

from cli.main import parser
from files import beat
from files.beat import Beat
from flows.configuration import load
from tests.flows.processes import ROOT

GRAFANA = ROOT / "grafana"
SERVICES = yaml.safe_load((GRAFANA / "compose.yaml").read_text())["services"]


def test_the_whole_stack_is_there():
    assert set(SERVICES) == {"flow", "compact", "prometheus", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name):
    ports = SERVICES[name].get("ports", [])
    assert (ports == []) is (name == "compact") and all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_prints_is_kept_within_limits_for_months(name):
    assert SERVICES[name]["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_the_flow_listens_everywhere_and_only_inside_the_network():
    everywhere = {name for name, service in SERVICES.items() if "0.0.0.0" in str(service)}
    assert everywhere == {"flow"} and "network_mode" not in SERVICES["flow"]


def test_what_is_mounted_and_built_is_in_the_repository():
    for service in SERVICES.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert not source.startswith(".") or (GRAFANA / source).is_dir()
    build = SERVICES["flow"]["build"]
    assert (GRAFANA / build["context"] / build["dockerfile"]).is_file()


def test_the_services_call_each_other_by_their_names():
    prometheus = yaml.safe_load((GRAFANA / "prometheus" / "prometheus.yml").read_text())
    (scraped,) = prometheus["scrape_configs"]
    port = SERVICES["flow"]["environment"]["LEADLINE__METRICS__PORT"]
    assert scraped["static_configs"][0]["targets"] == [f"flow:{port}"]
    assert prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["alertmanager:9093"]
    source = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "leadline.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    assert source["jsonData"]["timeInterval"].startswith(prometheus["global"]["scrape_interval"])
    boards = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "leadline.yml").read_text())["providers"][0]
    mounted = {volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]}
    assert boards["options"]["path"] in mounted


def test_the_flow_takes_the_environment_that_it_is_given(tmp_path):
    settings = load(tmp_path / "trading_config.json", SERVICES["flow"]["environment"]).settings
    assert (settings.feed.source, settings.storage.data_dir) == ("kraken", "/data")
    assert (settings.metrics.host, settings.metrics.port) == ("0.0.0.0", 9464)


def test_the_container_makes_analyses_and_scalps():
    (command,) = re.findall(r"^CMD (.*)$", (GRAFANA / "flow.Dockerfile").read_text(), re.MULTILINE)
    program, *arguments = json.loads(command)
    assert (program, "command" in SERVICES["flow"]) == ("leadline", False)
    given = parser().parse_args(arguments)
    assert (given.mode, str(given.recovery)) == ("hybrid", "/data/recovery")


def test_the_container_writes_into_its_volume_alone():
    lines = (GRAFANA / "flow.Dockerfile").read_text()
    (volume,) = re.findall(r"^VOLUME (\S+)$", lines, re.MULTILINE)
    assert f"chown leadline {volume}" in lines and f"LEADLINE_CONFIG={volume}/trading_config.json" in lines
    assert SERVICES["flow"]["environment"]["LEADLINE__STORAGE__DATA_DIR"] == volume
    assert SERVICES["flow"]["volumes"] == [f"data:{volume}"]


def test_the_compaction_is_of_the_same_image_store_and_settings():
    flow, compact = SERVICES["flow"], SERVICES["compact"]
    assert [compact[name] for name in ("build", "volumes", "env_file")] == [
        flow[name] for name in ("build", "volumes", "env_file")
    ]
    assert compact["environment"].items() <= flow["environment"].items()


def sh(line, tmp_path, **programs):
    """Run a line of the compose file in a shell where some programs are ours; return how it ended."""
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    given = line.replace("$$", "$").replace("/data/", f"{tmp_path}/")
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    return subprocess.run(["/bin/sh", "-c", given], env=path, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("second", [0, 1199, 1200, 1201, 50_000, 86_399])
def test_the_store_is_compacted_at_twenty_past_midnight(tmp_path, second):
    now = 20_718 * 86_400 + second
    (program, option, line) = SERVICES["compact"]["command"]
    assert (program, option) == ("sh", "-c")
    ours = {
        "date": f'[ "$1" = +%s ] && echo {now}',
        "sleep": f'echo "$1" >> {tmp_path}/slept; [ $(wc -l < {tmp_path}/slept) = 1 ]',
        "python": 'echo "$@"',
    }
    assert sh(line, tmp_path, **ours).stdout == "-m bytewax.run flows.compact\n"
    slept = int((tmp_path / "slept").read_text().split()[0])
    assert 0 < slept <= 86_400 and (now + slept) % 86_400 == 20 * 60


def test_a_flow_without_a_pulse_is_not_healthy(tmp_path):
    shell, line = SERVICES["flow"]["healthcheck"]["test"]
    assert shell == "CMD-SHELL"
    assert sh(line, tmp_path).returncode != 0
    Beat(tmp_path).beat()
    assert sh(line, tmp_path).returncode == 0
    os.utime(tmp_path / beat.NAME, (time.time() - 90,) * 2)
    assert sh(line, tmp_path).returncode != 0


def test_the_container_gets_all_that_the_flow_imports_and_nothing_of_yours():
    taken = {line[1:] for line in (GRAFANA / "flow.Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    roots = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert taken - {"requirements.txt", "pyproject.toml", "README.md", "LICENSE"} == roots - {"benchmarks", "grafana"}
