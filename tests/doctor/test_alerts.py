"""Alerts that reach nobody are found, and no address is ever shown."""

import pytest

from doctor.checkup import check_up
from tests.doctor.looking import here, live_run, names, only


@pytest.mark.parametrize("urls", ["", "nosuchservice://abcdefghijklmnop"], ids=["nobody", "no such service"])
def test_alerts_that_reach_nobody_are_found_without_an_address_being_shown(healthy, monkeypatch, urls):
    monkeypatch.setenv("LEADLINE_ALERT_URLS", urls)
    healthy.write(alerts={"enabled": True, "simulated": True})
    found = only(healthy, offline=True)
    assert (found.severity, found.name) == ("error", "alerts_unusable") and "abcdefghijklmnop" not in found.what


def test_what_only_the_environment_of_a_living_run_has_is_not_called_missing(healthy):
    healthy.write(alerts={"enabled": True, "simulated": True}, feed={"key_file": None})
    missing = {("error", "alerts_unusable"), ("warning", "key_missing")}
    healthy.recovery = healthy.folder / "none"
    assert here(healthy) == missing
    with live_run(healthy):
        assert here(healthy) == set()
        secrets = healthy.config.with_suffix(".env")
        secrets.touch(0o600)
        found = [one.finding for one in check_up(healthy.system(), offline=True)]
        unknown = [f for f in found if f.name in {name for _, name in missing}]
        assert [f.severity for f in unknown] == ["unchecked"] * 2 and all(str(secrets) in f.what for f in unknown)


def test_an_address_that_is_given_here_is_looked_at_beside_a_living_run_too(healthy, monkeypatch):
    monkeypatch.setenv("LEADLINE_ALERT_URLS", "nosuchservice://abcdefghijklmnop")
    healthy.write(alerts={"enabled": True, "simulated": True})
    with live_run(healthy):
        assert here(healthy) == {("error", "alerts_unusable")}


@pytest.mark.parametrize("name", ["LEADLINE_ALERT_URLS", "LEADLINE_ALERT_HEARTBEAT_URL"])
def test_addresses_without_alerts_being_asked_for_are_found(healthy, monkeypatch, name):
    monkeypatch.setenv(name, "json://127.0.0.1:1/abcdefghijklmnop")
    assert here(healthy) == set()  # a simulated market tells nobody anyway
    healthy.write(feed={"venue": None})
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.group == "alerts"]
    assert (found.severity, found.name) == ("warning", "alerts_off") and name in found.what
    assert "abcdefghijklmnop" not in found.what + found.fix
    healthy.write(alerts={"enabled": True})
    assert ("warning", "alerts_off") not in here(healthy)


def test_a_damaged_ledger_of_alerts_is_found(healthy):
    (healthy.data_dir / "alerts.sqlite").write_bytes(b"no database " * 1000)
    assert ("warning", "alerts_ledger_damaged") in names(healthy)
