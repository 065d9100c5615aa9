"""The compose file: what it names is there, and nothing listens beyond this machine."""

import json
import re

import pytest
import yaml

from cli.main import parser
from flows.configuration import load
from tests.flows.processes import ROOT

GRAFANA = ROOT / "grafana"
SERVICES = yaml.safe_load((GRAFANA / "compose.yaml").read_text())["services"]


def test_the_whole_stack_is_there():
    assert set(SERVICES) == {"flow", "prometheus", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name):
    assert SERVICES[name]["ports"] and all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


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
    python, _, module, *arguments = json.loads(command)
    assert (python, module, "command" in SERVICES["flow"]) == ("python", "cli.main", False)
    given = parser().parse_args(arguments)
    assert (given.mode, str(given.recovery)) == ("hybrid", "/data/recovery")


def test_the_container_writes_into_its_volume_alone():
    lines = (GRAFANA / "flow.Dockerfile").read_text()
    (volume,) = re.findall(r"^VOLUME (\S+)$", lines, re.MULTILINE)
    assert f"chown leadline {volume}" in lines and f"LEADLINE_CONFIG={volume}/trading_config.json" in lines
    assert SERVICES["flow"]["environment"]["LEADLINE__STORAGE__DATA_DIR"] == volume
    assert SERVICES["flow"]["volumes"] == [f"data:{volume}"]


def test_the_container_gets_all_that_the_flow_imports_and_nothing_of_yours():
    taken = {line[1:] for line in (GRAFANA / "flow.Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    roots = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert taken - {"requirements.txt", "pyproject.toml"} == roots - {"benchmarks", "grafana"}
