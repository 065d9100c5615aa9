"""`leadline alerts test`: it says who took it, and an exit code."""

import json

import pytest

from cli.main import main
from sinks.alerts.endpoints import HEARTBEAT_URL, URLS
from tests.sinks.alerts.receivers import receiver

pytestmark = pytest.mark.usefixtures("here")


def test_one_is_sent_to_everybody_and_the_sign_of_life_too(capsys, monkeypatch):
    with receiver() as people, receiver() as dead_man:
        monkeypatch.setenv(URLS, f"{people.url} {people.url}")
        monkeypatch.setenv(HEARTBEAT_URL, dead_man.url)
        assert main(["alerts", "test"]) == 0
    assert people.titles() == ["leadline: a test"] * 2 and dead_man.titles() == ["leadline: a test"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{URLS} number 1 (JSON): taken" and lines[2] == f"{HEARTBEAT_URL} (JSON): taken"
    assert "alerts.enabled is false" in lines[3] and "LEADLINE__ALERTS__ENABLED=true" in lines[3]


def test_one_that_did_not_take_it_is_named_by_its_place(capsys, monkeypatch):
    with receiver() as people, receiver() as broken:
        broken.status = 500
        monkeypatch.setenv(URLS, f"{people.url} {broken.url}/t0ken")
        assert main(["alerts", "test", "--json"]) == 1
    said = capsys.readouterr()
    assert list(json.loads(said.out)["taken"].values()) == [True, False]
    assert "1 of 2 did not take it" in said.err and "t0ken" not in said.out + said.err


def test_nobody_to_tell_is_an_error(capsys):
    assert main(["alerts", "test"]) == 1
    assert "names nobody" in capsys.readouterr().err
