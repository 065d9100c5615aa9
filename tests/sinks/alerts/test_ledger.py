"""The ledger: what waited is sent by the next run, once, whatever happened in between."""

import sqlite3

from prometheus_client import CollectorRegistry

from sinks.alerts import delivery as deliveries
from sinks.alerts import ledger
from sinks.alerts.counts import AlertCounts
from sinks.alerts.delivery import Delivery
from sinks.alerts.ledger import Ledger
from tests.sinks.alerts.endpoints import Endpoint, Told, alert
from tests.sinks.alerts.receivers import until


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
