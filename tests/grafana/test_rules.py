"""The rules and configurations, by the tools of Prometheus and Alertmanager themselves."""

import json
import re
import subprocess

import yaml

from tests.flows.processes import ROOT
from tests.grafana.stack import RULES, needs_alertmanager, needs_prometheus

ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}

WATCHING = ROOT / "docs" / "watching.md"


def said(*command, folder=RULES):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_prometheus
def test_prometheus_takes_the_configuration_and_its_rules():
    assert "2 rule files found" in said("promtool", "check", "config", "prometheus.yml")


@needs_prometheus
def test_the_cases_of_every_rule_hold():
    assert "SUCCESS" in said("promtool", "test", "rules", "alerts_test.yml")


RANGE = re.compile(r"\[(\d+)m\]")


@needs_prometheus
def test_the_cases_hold_with_ranges_without_their_beginning_as_from_prometheus_3_on(tmp_path):
    """Samples are at whole milliseconds: a range that is one shorter holds what one without its beginning does."""
    n = 0
    for file in ("recording.yml", "alerts.yml"):
        text, of = RANGE.subn(lambda m: f"[{60_000 * int(m[1]) - 1}ms]", (RULES / file).read_text())
        (tmp_path / file).write_text(text)
        n += of
    assert n >= 10 and "h]" not in text and "s]" not in text.replace("ms]", "")  # no other range is written
    cases = (RULES / "alerts_test.yml").read_text()
    assert "31.15%" in cases  # 19 of 61 samples; without the first it is 18 of 60
    (tmp_path / "alerts_test.yml").write_text(cases.replace("31.15%", "30%"))
    assert "SUCCESS" in said("promtool", "test", "rules", "alerts_test.yml", folder=tmp_path)


@needs_alertmanager
def test_alertmanager_takes_its_configuration():
    assert "SUCCESS" in said("amtool", "check-config", "alertmanager.yml", folder=ROOT / "grafana" / "alertmanager")


def test_every_rule_has_a_case_that_fires_it_and_one_in_which_it_is_silent():
    cases = yaml.safe_load((RULES / "alerts_test.yml").read_text())["tests"]
    found = [case for test in cases for case in test.get("alert_rule_test", ())]
    fired = {case["alertname"] for case in found if case.get("exp_alerts")}
    silent = {case["alertname"] for case in found if not case.get("exp_alerts")}
    assert fired == set(ALERTS) and set(ALERTS) - silent <= {"TickToSignalSlow"}  # silent in the first case


def test_every_rule_says_what_is_wrong_and_how_bad():
    for rule in ALERTS.values():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert (
            {"summary", "description", "runbook"}
            <= set(rule["annotations"])
            <= {"summary", "description", "runbook", "board"}
        )


def test_the_runbook_of_every_rule_is_what_the_document_says_to_do():
    documented = dict(re.findall(r"^\| `([A-Z]\w+)` \| .+? \| (.+) \|$", WATCHING.read_text(), re.MULTILINE))
    assert {name: rule["annotations"]["runbook"] for name, rule in ALERTS.items()} == documented


def test_every_rule_leads_to_a_board_that_there_is_but_those_that_no_board_shows():
    boards = {json.loads(path.read_text())["uid"] for path in (ROOT / "grafana" / "dashboards").glob("*.json")}
    (published,) = yaml.safe_load((ROOT / "grafana" / "compose.yaml").read_text())["services"]["grafana"]["ports"]
    links = {name: rule["annotations"].get("board") for name, rule in ALERTS.items()}
    assert {name for name, link in links.items() if link is None} == {"AlertsWaiting", "AlertsUndelivered"}
    for link in filter(None, links.values()):
        address, uid, _ = re.fullmatch(r"http://(.+)/d/([a-z-]+)\?var-instance=(.+)", link).groups()
        assert uid in boards and f"{address}:3000" == published
