"""Delivery: nothing that an endpoint does reaches the line, and every alert is accounted for."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from leadline.times import HOUR_NS
from sinks.alerts import AlertSink, ledger
from sinks.alerts import delivery as deliveries
from sinks.alerts.alert import DROPPED, RULES, Alert
from sinks.alerts.counts import AlertCounts
from sinks.alerts.courier import Courier
from sinks.alerts.delivery import Delivery
from sinks.alerts.ledger import Ledger
from tests.sinks.alerts.receivers import until
from tests.sinks.alerts.some_rows import BTC, policy, signal


def alert(name, rule="signal", until_ns=None):
    return Alert(f"{rule}:{name}", rule, (BTC,), 1, until_ns, "info", f"title {name}", "body")


class Endpoint:
    """One that takes what comes, fails while `failing`, never takes `refused`, and hangs while `gate` is shut."""

    def __init__(self, name="1", refused=None):
        self.name, self.got, self.tried, self.failing, self.refused = name, [], [], False, refused
        self.gate = threading.Event()
        self.gate.set()

    @property
    def tries(self):
        return len(self.tried)

    def send(self, alert):
        self.tried.append(alert.alert_id)
        self.gate.wait(60)
        taken = not self.failing and alert.rule != self.refused
        if taken:
            self.got.append(alert.alert_id)
        return taken


class Told:
    """A delivery with its counts and its ledger; waits between attempts are milliseconds."""

    def __init__(self, *endpoints, data_dir: Path | None = None, **options):
        self.registry = CollectorRegistry()
        self.ledger = Ledger(data_dir, len(endpoints))
        counts = AlertCounts(self.registry)
        self.delivery = Delivery(endpoints, self.ledger, counts, first_wait_s=0.001, **options)
        self.delivery.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.delivery.close(0.2)

    def put(self, *alerts):
        for each in alerts:
            self.delivery.put(each)

    def count(self, name, **labels):
        return self.registry.get_sample_value(f"leadline_{name}", labels) or 0

    def dropped(self):
        return {
            r: n for r in DROPPED if (n := sum(self.count("alerts_dropped_total", rule=x, reason=r) for x in RULES))
        }


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
        assert bad.got == [] and told.count("alerts_queued") == 50
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
        lost = told.dropped()["queue_full"]
        assert 6 <= lost <= 7  # one may be in the writer's hands
        writing.set()
        until(lambda: len(endpoint.got) == 10 - lost, "the rest")


def test_a_run_that_stops_waits_no_longer_than_the_grace():
    bad, good = Endpoint(), Endpoint()
    bad.gate.clear()
    told = Told(bad, good)
    told.put(alert("a"), alert("b"))
    until(lambda: len(good.got) == 2 and bad.tries, "both began")
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


def test_the_next_run_sends_what_waited_and_nothing_twice(tmp_path):
    one, two = Endpoint(), Endpoint()
    two.gate.clear()
    first = Told(one, two, data_dir=tmp_path)
    first.put(alert("a"))
    until(lambda: one.got, "the first endpoint has it")
    until(lambda: not first.ledger.waiting(0), "it is written down")
    two.failing = True  # as if killed: it never arrived
    first.delivery.close(0.01)
    one, two = Endpoint(), Endpoint()
    with Told(one, two, data_dir=tmp_path) as second:
        until(lambda: two.got == ["signal:a"], "what waited")
        assert one.got == []
        assert [told.alert_id for told in second.ledger.told()] == ["signal:a"]


def test_a_kill_between_sending_and_noting_sends_twice_rather_than_never(tmp_path):
    before = Ledger(tmp_path, 1)
    before.add(alert("a"))
    assert [a.alert_id for a in Ledger(tmp_path, 1).waiting(0)] == ["signal:a"]
    before.done("signal:a", 0, "sent")
    assert Ledger(tmp_path, 1).waiting(0) == []


def test_the_ledger_forgets_what_no_rule_looks_back_to(tmp_path):
    store = Ledger(tmp_path, 1)
    store.add(alert("old"))
    store.add(alert("new")._replace(ts=ledger.KEPT_NS + 2))
    assert [told.alert_id for told in store.told()] == ["signal:new"]
    assert [waiting.alert_id for waiting in store.waiting(0)] == ["signal:new"]


def test_a_damaged_ledger_is_set_aside_and_a_new_one_begun(tmp_path):
    path = tmp_path / ledger.NAME
    path.write_bytes(b"no database " * 1000)
    store = Ledger(tmp_path, 1)
    store.add(alert("a"))
    assert [told.alert_id for told in store.told()] == ["signal:a"]
    assert (tmp_path / "alerts.sqlite.damaged").read_bytes().startswith(b"no database")
    store.close()
    assert ledger.damage(tmp_path) is None


def test_a_ledger_that_cannot_be_written_costs_no_alert(monkeypatch):
    monkeypatch.setattr(deliveries, "CAPACITY", 1)

    class Full(Ledger):
        def add(self, alert):
            raise sqlite3.OperationalError("database or disk is full")

        def done(self, *of):
            raise sqlite3.OperationalError("database or disk is full")

    endpoint = Endpoint()
    endpoint.gate.clear()
    delivery = Delivery([endpoint], Full(None, 1), AlertCounts(CollectorRegistry()))
    delivery.start()
    for i, name in enumerate("abcd"):  # the first is being sent, one waits, the next ones drop it
        delivery.put(alert(name))
        until(lambda n=i: endpoint.tries == 1 and delivery._inbox.empty() and len(delivery) == min(n + 1, 2), "it")
    endpoint.gate.set()
    until(lambda: endpoint.got == ["signal:a", "signal:d"], "the newest")
    delivery.close(1)


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


def test_waits_double_and_end_at_the_longest(monkeypatch):
    waits, endpoint = [], Endpoint()
    endpoint.failing = True
    courier = Courier(endpoint, AlertCounts(CollectorRegistry()), lambda *of: None, capacity=9)
    for _ in range(9):
        courier._attempt(alert("a"))
        waits.append(courier._wait_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


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
