"""An endpoint that does what a test wants, and a delivery to it."""

import threading
from pathlib import Path

from prometheus_client import CollectorRegistry

from sinks.alerts.alert import DROPPED, RULES, Alert
from sinks.alerts.counts import AlertCounts
from sinks.alerts.delivery import Delivery
from sinks.alerts.ledger import Ledger
from tests.sinks.alerts.some_rows import BTC


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
