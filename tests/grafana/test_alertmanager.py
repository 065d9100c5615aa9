"""The example at the top of alertmanager.yml: it is taken as it stands, can be reached, and brings what helps."""

import re
import subprocess
from html import unescape

import httpx
import yaml

from tests.flows.processes import ROOT
from tests.grafana.mailbox import mailbox
from tests.grafana.stack import RULES, alertmanager_with, needs_alertmanager, until

FOLDER = ROOT / "grafana" / "alertmanager"
TEXT = (FOLDER / "alertmanager.yml").read_text()
EXAMPLE = re.search(r"^#   - name: people\n(?:#     .*\n)+", TEXT, re.MULTILINE).group().replace("#   ", "  ")
(PEOPLE,) = yaml.safe_load(EXAMPLE)
MOUNTED = "/etc/alertmanager"


@needs_alertmanager
def test_alertmanager_takes_the_example_in_place_of_the_receiver(tmp_path):
    path = tmp_path / "alertmanager.yml"
    path.write_text(TEXT.replace("\n  - name: people\n", f"\n{EXAMPLE}"))
    done = subprocess.run(["amtool", "check-config", path], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert yaml.safe_load(path.read_text())["receivers"] == [PEOPLE]


def test_the_example_calls_nothing_in_its_own_container_and_holds_no_secret():
    assert re.findall(r"127\.0\.0\.1|localhost", EXAMPLE) == []
    (mail,) = PEOPLE["email_configs"]
    compose = yaml.safe_load((ROOT / "grafana" / "compose.yaml").read_text())["services"]["alertmanager"]
    assert f"./alertmanager:{MOUNTED}:ro" in compose["volumes"]
    assert {name for name in mail if "password" in name} == {"auth_password_file"}
    assert re.fullmatch(rf"{MOUNTED}/[a-z]+\.secret", mail["auth_password_file"])


def test_git_leaves_the_secret_out():
    assert "/grafana/alertmanager/*.secret" in (ROOT / ".gitignore").read_text().split()


@needs_alertmanager
def test_the_example_sends_a_mail_that_says_what_is_wrong_and_what_to_do(tmp_path):
    rules = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"][0]["rules"]
    rule = next(rule for rule in rules if rule["alert"] == "KillSwitchLatched")
    texts = {name: text.replace("{{ $labels.instance }}", "flow:9464") for name, text in rule["annotations"].items()}
    secret = tmp_path / "smtp.secret"
    secret.write_text("s3cret")
    (mail,) = PEOPLE["email_configs"]
    with mailbox() as (address, got):
        mail = mail | {"smarthost": address, "auth_password_file": str(secret), "require_tls": False}
        with alertmanager_with(tmp_path, {"email_configs": [mail]}) as manager:
            alert = {"labels": rule["labels"] | {"alertname": rule["alert"]}, "annotations": texts}
            assert httpx.post(f"{manager.url}/api/v2/alerts", json=[alert], timeout=60).status_code == 200
            until(lambda: got, "the mail")
    text = unescape(got[0].text)
    assert (got[0].password, "KillSwitchLatched" in got[0].subject) == ("s3cret", True)
    assert [name for name in ("summary", "description", "runbook", "board") if texts[name] not in text] == []
