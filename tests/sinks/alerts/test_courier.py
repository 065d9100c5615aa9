"""The courier: what goes first, what is tried again and when, and how long the oldest has waited."""

import time

import pytest
from prometheus_client import CollectorRegistry

from leadline.times import HOUR_NS
from sinks.alerts import delivery as deliveries
from sinks.alerts.counts import AlertCounts
from sinks.alerts.courier import Courier
from sinks.alerts.ledger import Ledger
from tests.sinks.alerts.endpoints import Endpoint, Told, alert
from tests.sinks.alerts.receivers import until


def test_what_is_of_no_use_any_more_is_dropped_and_counted():
    endpoint = Endpoint()
    with Told(endpoint) as told:
        told.put(alert("old", until_ns=1), alert("new", until_ns=time.time_ns() + 10**12))
        until(lambda: endpoint.got == ["signal:new"], "the new one")
        assert told.dropped() == {"late": 1}


def test_after_an_outage_a_new_alert_is_tried_at_once_whatever_has_expired_before_it():
    endpoint, now = Endpoint(), [0]
    endpoint.failing = True
    courier = Courier(
        endpoint, AlertCounts(CollectorRegistry()), lambda *of: None, capacity=9, now_ns=lambda: now[0], first_wait_s=60
    )
    for name in "abc":
        courier.put(alert(name, until_ns=10))
    courier.start()
    until(lambda: endpoint.tries, "the first attempt")
    until(lambda: len(courier) == 3 and courier._sending is None, "its failure")
    now[0], endpoint.failing = 11, False
    courier.put(alert("new", until_ns=99))
    until(lambda: endpoint.got == ["signal:new"], "the new one")
    courier.stop(time.monotonic() + 9)


def test_a_kill_switch_goes_first_and_in_order_and_is_not_dropped_for_others(monkeypatch):
    monkeypatch.setattr(deliveries, "CAPACITY", 3)
    endpoint = Endpoint()
    endpoint.gate.clear()
    with Told(endpoint) as told:
        told.put(alert("0"))
        until(lambda: endpoint.tries, "the first")
        for each in (alert("1"), alert("2"), alert("latch", "kill_switch"), alert("reset", "kill_switch")):
            told.put(each)
            until(told.delivery._inbox.empty, "it is taken")
        until(lambda: told.dropped() == {"queue_full": 1}, "the drop")
        endpoint.gate.set()
        until(lambda: len(endpoint.got) == 4, "all")
        assert endpoint.got == ["signal:0", "kill_switch:latch", "kill_switch:reset", "signal:2"]


def courier_to(endpoint, *alerts, **options):
    """Return a courier with alerts in its queue, not started yet."""
    options = {"capacity": 9, "first_wait_s": 0.001} | options
    courier = Courier(endpoint, AlertCounts(CollectorRegistry()), lambda *of: None, **options)
    for each in alerts:
        courier.put(each)
    return courier


def test_a_kill_switch_that_is_not_taken_is_first_again_at_every_try():
    endpoint = Endpoint()
    endpoint.failing = True
    courier = courier_to(endpoint, *map(alert, "123"), alert("latch", "kill_switch"))
    courier.start()
    until(lambda: endpoint.tries >= 6, "attempts")
    assert endpoint.tried[:6:2] == ["kill_switch:latch"] * 3
    assert endpoint.tried[1:6:2] == ["signal:1", "signal:2", "signal:3"]
    courier.stop(time.monotonic() + 9)


def test_what_became_of_the_kill_switch_arrives_in_order_after_an_outage():
    endpoint = Endpoint()
    endpoint.failing = True
    courier = courier_to(endpoint, alert("latch", "kill_switch"), alert("1"), alert("reset", "kill_switch"))
    courier.start()
    until(lambda: endpoint.tries >= 5, "attempts")
    endpoint.failing = False
    until(lambda: len(endpoint.got) == 3, "all")
    assert [name for name in endpoint.got if name != "signal:1"] == ["kill_switch:latch", "kill_switch:reset"]
    courier.stop(time.monotonic() + 9)


def test_a_kill_switch_that_is_refused_for_itself_holds_up_no_other():
    endpoint = Endpoint(refused="kill_switch")
    courier = courier_to(endpoint, alert("latch", "kill_switch"), *map(alert, "123"))
    courier.start()
    until(lambda: endpoint.got == ["signal:1", "signal:2", "signal:3"], "the others")
    courier.stop(time.monotonic() + 9)


def news(rule, *symbols):
    """Return an alert of the trust in some books, named by them."""
    return alert(" ".join(symbols), rule)._replace(symbols=symbols)


def test_the_news_of_one_book_arrive_in_their_order_however_long_an_outage_was():
    given = [news("trust_lost", "A", "B"), alert("1"), news("trust_regained", "A"), news("trust_lost", "C"),
             news("trust_regained", "B"), alert("2"), news("trust_lost", "A", "C")]  # fmt: skip
    for attempts in range(1, 11):  # the outage ends at every state of the queue
        endpoint = Endpoint()
        endpoint.failing = True
        endpoint.send = ending_after(attempts, endpoint)
        courier = courier_to(endpoint, *given)
        courier.start()
        until(lambda endpoint=endpoint: len(endpoint.got) == len(given), "all")
        courier.stop(time.monotonic() + 9)
        for book in "ABC":
            told = [each.alert_id for each in given if book in each.symbols]
            assert [name for name in endpoint.got if name in told] == told, attempts


def ending_after(attempts, endpoint):
    """Return what sends to an endpoint whose outage ends after so many attempts."""

    def send(alert):
        taken = Endpoint.send(endpoint, alert)
        endpoint.failing = endpoint.tries < attempts
        return taken

    return send


def test_news_of_a_book_that_are_refused_for_themselves_hold_up_no_other_book():
    endpoint = Endpoint(refused="trust_lost")
    given = news("trust_lost", "A"), news("trust_regained", "A"), news("trust_regained", "B"), alert("1")
    courier = courier_to(endpoint, *given)
    courier.start()
    until(lambda: endpoint.got == ["trust_regained:B", "signal:1"], "the others")
    courier.stop(time.monotonic() + 9)


def test_the_age_of_what_waits_is_told_by_rule_until_it_is_taken():
    endpoint, now = Endpoint(), [0]
    endpoint.failing = True
    courier = courier_to(endpoint, alert("latch", "kill_switch"), now_ns=lambda: now[0])
    now[0] = 60 * 10**9
    courier.put(alert("reset", "kill_switch"))
    courier.start()
    until(lambda: endpoint.tries >= 2, "attempts")
    now[0] = 90 * 10**9
    assert (courier.age_s("kill_switch"), courier.age_s("signal")) == (90.0, 0.0)
    endpoint.failing = False
    until(lambda: len(endpoint.got) == 2, "both")
    until(lambda: courier.age_s("kill_switch") == 0.0, "nothing waits")
    courier.stop(time.monotonic() + 9)


def test_the_age_of_what_an_earlier_run_has_left_goes_on(tmp_path):
    before = Ledger(tmp_path, 1)
    before.add(alert("latch", "kill_switch")._replace(ts=time.time_ns() - HOUR_NS))
    before.close()
    endpoint = Endpoint()
    endpoint.gate.clear()
    with Told(endpoint, data_dir=tmp_path) as told:
        assert told.count("alerts_oldest_seconds", rule="kill_switch") >= 3600
        endpoint.gate.set()
        until(lambda: told.count("alerts_oldest_seconds", rule="kill_switch") == 0, "nothing waits")


@pytest.mark.parametrize("rule", ["signal", "kill_switch"])
def test_what_is_given_up_is_not_on_its_way_any_more(rule):
    endpoint = Endpoint()
    courier = courier_to(endpoint, alert("1", rule), alert("2", rule, until_ns=1), capacity=1)
    courier.start()
    until(lambda: courier.age_s(rule) == 0.0, "nothing waits")
    assert endpoint.tried == []
    courier.stop(time.monotonic() + 9)


def test_waits_double_and_end_at_the_longest(monkeypatch):
    waits, endpoint = [], Endpoint()
    endpoint.failing = True
    courier = Courier(endpoint, AlertCounts(CollectorRegistry()), lambda *of: None, capacity=9)
    for _ in range(9):
        courier._attempt(alert("a"))
        waits.append(courier._wait_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
