"""Delivery: nothing that an endpoint does reaches the line, and every alert is accounted for."""

import threading

import pytest
from prometheus_client import CollectorRegistry

from sinks.alerts import AlertSink
from sinks.alerts import delivery as deliveries
from sinks.alerts.alert import RULES
from sinks.alerts.counts import AlertCounts
from tests.sinks.alerts.endpoints import Endpoint, Told, alert
from tests.sinks.alerts.receivers import until
from tests.sinks.alerts.some_rows import policy, signal


def test_an_alert_reaches_every_endpoint_in_order():
    one, two = Endpoint(), Endpoint()
    with Told(one, two) as told:
        told.put(alert("a"), alert("b"))
        until(lambda: len(one.got) == len(two.got) == 2, "both")
        assert one.got == two.got == ["signal:a", "signal:b"]
        until(lambda: told.count("alerts_sent_total", rule="signal") == 4, "the count")
        until(lambda: told.count("alerts_queued") == 0, "the queue")


def test_one_that_hangs_holds_up_no_other_nor_the_line():
    bad, good = Endpoint(), Endpoint()
    bad.gate.clear()
    with Told(bad, good) as told:
        told.put(*(alert(str(i)) for i in range(50)))
        until(lambda: len(good.got) == 50, "the other endpoint's")
        until(lambda: told.count("alerts_queued") == 50, "the other's count")
        assert bad.got == []
        bad.gate.set()
        until(lambda: len(bad.got) == 50, "the late ones")


def test_a_failure_is_counted_and_tried_again_until_it_works():
    endpoint = Endpoint()
    endpoint.failing = True
    with Told(endpoint) as told:
        told.put(alert("a"))
        until(lambda: endpoint.tries >= 3, "attempts")
        endpoint.failing = False
        until(lambda: endpoint.got == ["signal:a"], "it")
        until(lambda: told.count("alerts_sent_total", rule="signal") == 1, "the count")
        assert told.count("alert_failures_total", rule="signal") >= 3 and told.dropped() == {}


def test_a_full_queue_drops_the_oldest_and_counts_it(monkeypatch):
    monkeypatch.setattr(deliveries, "CAPACITY", 3)
    endpoint = Endpoint()
    endpoint.gate.clear()
    with Told(endpoint) as told:
        for i in range(6):  # the first is being sent, three wait
            told.put(alert(str(i)))
            until(lambda n=i: endpoint.tries == 1 and told.delivery._inbox.empty(), "it is queued")
        until(lambda: told.dropped() == {"queue_full": 2}, "the drops")
        endpoint.gate.set()
        until(lambda: endpoint.got == ["signal:0", "signal:3", "signal:4", "signal:5"], "the newest")


def test_a_line_that_says_too_much_at_once_does_not_wait_either(monkeypatch):
    monkeypatch.setattr(deliveries, "CAPACITY", 3)
    writing = threading.Event()

    def write(alert):
        writing.wait(60)
        return alert

    endpoint = Endpoint()
    with Told(endpoint, write=write) as told:
        told.put(*(alert(str(i)) for i in range(10)))
        assert 6 <= told.dropped()["queue_full"] <= 7  # one may be in the writer's hands
        writing.set()
        until(lambda: len(endpoint.got) + told.dropped()["queue_full"] == 10, "the rest")  # its own queue may be full
        assert len(endpoint.got) >= 3


def test_a_run_that_stops_waits_no_longer_than_the_grace():
    bad, good = Endpoint(), Endpoint()
    bad.gate.clear()
    told = Told(bad, good)
    told.put(alert("a"), alert("b"))
    until(lambda: told.count("alerts_queued") == 2 and bad.tries, "one is done, the other began")
    assert len(good.got) == 2
    told.delivery.close(0.05)
    assert told.dropped() == {"stopped": 2} and bad.got == []


def test_after_a_failure_a_stop_waits_for_nothing():
    endpoint = Endpoint()
    endpoint.failing = True
    told = Told(endpoint)
    told.put(alert("a"))
    until(lambda: endpoint.tries >= 2, "attempts")
    told.delivery.close(60)
    assert told.dropped() == {"stopped": 1}


def test_what_is_queued_at_the_stop_of_a_healthy_run_is_still_sent():
    endpoint = Endpoint()
    endpoint.gate.clear()
    told = Told(endpoint)
    told.put(*(alert(str(i)) for i in range(5)))
    until(lambda: endpoint.tries, "it began")
    endpoint.gate.set()
    told.delivery.close(30)
    assert len(endpoint.got) == 5 and told.dropped() == {}


def test_a_text_that_cannot_be_written_holds_up_no_other():
    def write(alert):
        if alert.alert_id == "signal:a":
            raise ZeroDivisionError
        return alert._replace(body="written")

    endpoint = Endpoint()
    with Told(endpoint, write=write) as told:
        told.put(alert("a"), alert("b"))
        until(lambda: endpoint.got == ["signal:a", "signal:b"], "both")


def test_a_sign_of_life_goes_to_its_own_endpoint_and_only_the_newest_waits():
    endpoint, heart = Endpoint(), Endpoint("heart")
    heart.gate.clear()
    with Told(endpoint, heartbeat=heart) as told:
        told.put(alert("0", "heartbeat"))
        until(lambda: heart.tries, "the first")
        told.put(*(alert(str(i), "heartbeat") for i in (1, 2, 3)))
        assert told.dropped() == {"queue_full": 2}
        heart.gate.set()
        until(lambda: heart.got == ["heartbeat:0", "heartbeat:3"], "the newest")
        assert endpoint.got == []


def test_the_sink_hands_on_what_the_policy_finds_and_without_one_does_nothing():
    endpoint = Endpoint()
    with Told(endpoint) as told:
        items = [("main", signal(0, "s1", mode="replay")), ("main", signal(1, "s2", mode="replay"))]
        AlertSink(policy(), told.delivery).build("alerts", 0, 1).write_batch(items)
        until(lambda: endpoint.tries == 1, "it")
    AlertSink().build("alerts", 0, 1).write_batch(items)


@pytest.mark.parametrize("metric", ["alerts_sent_total", "alert_failures_total"])
def test_every_series_is_there_from_the_start(metric):
    registry = CollectorRegistry()
    AlertCounts(registry)
    assert [registry.get_sample_value(f"leadline_{metric}", {"rule": rule}) for rule in RULES] == [0.0] * len(RULES)
