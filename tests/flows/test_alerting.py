"""Alerting: who is told by which run, and what is refused before it begins."""

import time

import pytest
from prometheus_client import CollectorRegistry

from flows import alerting
from flows.alerting import alert_sink
from leadline.errors import ConfigError
from leadline.settings import Settings
from sinks.alerts.endpoints import HEARTBEAT_URL, URLS
from tests.sinks.alerts.receivers import receiver, until
from tests.sinks.alerts.some_rows import account, signal


@pytest.fixture
def ends(monkeypatch):
    """What would run at the end of the process."""
    found = []
    monkeypatch.setattr(alerting.atexit, "register", found.append)
    yield found
    for end in found:
        end()


def settings(data_dir, source="kraken", venue=None, **alerts):
    tree = {
        "feed": {"source": source, "venue": venue},
        "storage": {"data_dir": str(data_dir)},
        "alerts": {"enabled": True} | alerts,
    }
    return Settings.model_validate(tree)


def built(of, registry=None):
    notices = []
    sink = alert_sink(of, registry or CollectorRegistry(), notices)
    return sink.build("alerts", 0, 1), notices


@pytest.mark.parametrize(("source", "venue"), [("simulator", None), ("replay", None), ("kraken", "simulator")])
def test_what_is_not_live_tells_nobody_and_says_so(tmp_path, ends, source, venue):
    _, notices = built(settings(tmp_path, source, venue))
    assert "nobody is told" in notices[0] and "LEADLINE__ALERTS__SIMULATED=true" in notices[0]
    assert ends == [] and list(tmp_path.iterdir()) == []


def test_a_simulated_run_tells_on_purpose_and_remembers_nothing(tmp_path, ends, monkeypatch):
    with receiver() as people:
        monkeypatch.setenv(URLS, people.url)
        partition, notices = built(settings(tmp_path, "simulator", simulated=True))
        partition.write_batch([("main", signal(0, "s", mode="simulator", venue="simulator"))])
        until(lambda: people.titles() == ["[SIMULATED] PAPER BUY BTC/USD: unproven, squeeze breakout"], "it")
    assert notices == [f"alerts go to {URLS} number 1 (JSON)"]
    assert list(tmp_path.iterdir()) == []


def test_a_live_run_remembers(tmp_path, ends, monkeypatch):
    with receiver() as people, receiver() as dead_man:
        monkeypatch.setenv(URLS, people.url)
        monkeypatch.setenv(HEARTBEAT_URL, dead_man.url)
        _, notices = built(settings(tmp_path))
        assert notices[0].endswith("; a sign of life goes out, too")
    assert (tmp_path / "alerts.sqlite").exists() and people.got == []


def test_a_kill_switch_that_a_service_does_not_take_is_seen_to_wait(tmp_path, ends, monkeypatch):
    registry = CollectorRegistry()

    def waits():
        return registry.get_sample_value("leadline_alerts_oldest_seconds", {"rule": "kill_switch"}) > 0

    with receiver() as people:
        monkeypatch.setenv(URLS, people.url)
        people.status = 500
        partition, _ = built(settings(tmp_path), registry)
        assert not waits()
        partition.write_batch([("main", account(0, "latch", True, ts=time.time_ns()))])
        until(lambda: people.asked, "an attempt")
        assert waits()
        people.status = 200
        until(lambda: people.titles() == ["KILL SWITCH latched"] and not waits(), "it")


def test_a_switched_off_sink_looks_at_nothing(tmp_path, ends, monkeypatch):
    for name in (URLS, HEARTBEAT_URL):
        monkeypatch.delenv(name, raising=False)
    partition, notices = built(settings(tmp_path, enabled=False))
    partition.write_batch([("main", signal(0, "s"))])
    assert notices == [] and ends == []


@pytest.mark.parametrize("name", [URLS, HEARTBEAT_URL])
def test_addresses_that_a_live_run_does_not_use_are_said_to_be_idle(tmp_path, ends, monkeypatch, name):
    monkeypatch.setenv(name, "json://127.0.0.1:1/abcdefghijklmnop")
    _, (notice,) = built(settings(tmp_path, enabled=False))
    assert name in notice and "LEADLINE__ALERTS__ENABLED=true" in notice and "abcdefghijklmnop" not in notice
    assert built(settings(tmp_path, "simulator", enabled=False))[1] == [] == ends


def test_a_zone_that_there_is_not_is_refused(tmp_path, ends, monkeypatch):
    monkeypatch.setenv(URLS, "json://127.0.0.1:1")
    with pytest.raises(ConfigError, match=r"alerts.timezone is 'Mars/Olympus'"):
        alert_sink(settings(tmp_path, timezone="Mars/Olympus"), CollectorRegistry(), [])
