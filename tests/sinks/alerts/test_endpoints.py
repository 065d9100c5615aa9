"""Endpoints: apprise for real against a receiver on loopback; and no address is ever shown."""

import logging
import socket

import pytest

from leadline.errors import ConfigError
from sinks.alerts.alert import Alert
from sinks.alerts.endpoints import HEARTBEAT_URL, URLS, AppriseEndpoint, from_environment, heartbeat_from
from tests.sinks.alerts.receivers import receiver

ALERT = Alert("signal:a", "signal", ("BTC/USD",), 1, None, "warning", "PAPER BUY BTC/USD", "pay <up to> 1 & no more")
SECRET = "t0ken5ecret"


def test_an_alert_arrives_as_it_was_written():
    with receiver() as people:
        (endpoint,) = from_environment({URLS: people.url})
        assert endpoint.send(ALERT)
        (body,) = people.got
    assert (body["title"], body["message"], body["type"]) == (ALERT.title, ALERT.body, "warning")
    assert endpoint.name == f"{URLS} number 1 (JSON)"


def test_one_that_errs_refuses_or_hangs_gives_false_and_says_no_address(caplog, capfd):
    with receiver() as people, socket.socket() as closed, caplog.at_level(logging.DEBUG):
        closed.bind(("127.0.0.1", 0))  # bound, and never listens: it refuses
        people.status = 500
        assert not AppriseEndpoint(f"{people.url}/{SECRET}", "1").send(ALERT)
        assert not AppriseEndpoint(f"json://127.0.0.1:{closed.getsockname()[1]}/{SECRET}", "1").send(ALERT)
        people.hangs = True
        assert not AppriseEndpoint(f"{people.url}/{SECRET}?rto=0.05", "1").send(ALERT)
        assert people.asked == 2
    said = capfd.readouterr()
    assert SECRET not in caplog.text + said.out + said.err


def test_a_service_that_raises_is_one_that_fails(caplog):
    endpoint = AppriseEndpoint("json://127.0.0.1:1", "number 1")
    endpoint._apprise = None
    assert not endpoint.send(ALERT)
    assert "AttributeError" in caplog.text


@pytest.mark.parametrize("url", [f"{SECRET}:AAF", f"nosuchservice://{SECRET}/x", f"tgram://{SECRET}"])
def test_an_address_that_cannot_be_used_is_refused_without_showing_it(url, capfd):
    with pytest.raises(ConfigError, match="number 2 is no address") as refused:
        from_environment({URLS: f"json://127.0.0.1 {url}"})
    said = capfd.readouterr()
    assert SECRET not in str(refused.value) + repr(refused.value.__cause__) + said.out + said.err


@pytest.mark.parametrize(("of", "name"), [(from_environment, URLS), (heartbeat_from, HEARTBEAT_URL)])
def test_two_addresses_without_a_space_are_refused_for_one_would_get_the_secrets_of_the_other(of, name):
    with pytest.raises(ConfigError, match="more than one address: separate them by spaces") as refused:
        of({name: f"json://127.0.0.1/,mailto://user:{SECRET}@example.org"})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("env", [{}, {URLS: "  "}])
def test_nobody_to_tell_is_refused_with_the_way_out(env):
    with pytest.raises(ConfigError, match=f"{URLS} names nobody"):
        from_environment(env)
    assert heartbeat_from(env) is None
