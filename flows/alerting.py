"""Alerting: makes the sink that tells people, where the configuration asks for it.

Only a live run alerts; a simulated one or a replay does where `alerts.simulated` says so on purpose,
and remembers nothing of it.
"""

import atexit
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from flows.environment import variable
from flows.schedule import zone_named
from leadline.settings import Settings
from sinks.alerts import AlertSink
from sinks.alerts.counts import AlertCounts
from sinks.alerts.day_summary import DaySummary
from sinks.alerts.delivery import Delivery
from sinks.alerts.endpoints import from_environment, heartbeat_from, named
from sinks.alerts.ledger import Ledger
from sinks.alerts.policy import Policy

NONE = "alerts.enabled is true, but this is no live run: nobody is told ({}=true would, on purpose)"
OFF = "alerts.enabled is false, though {} is set: nobody is told ({}=true would)"


def alert_sink(settings: Settings, registry: CollectorRegistry, notices: list[str]) -> AlertSink:
    """Return the sink, its threads at work; raises LeadlineError where nobody could be told."""
    rules, feed = settings.alerts, settings.feed
    live = feed.source == "kraken" and feed.venue != "simulator"
    if not rules.enabled:
        whom = " and ".join(named())
        if whom and (live or rules.simulated):
            notices.append(OFF.format(whom, variable("alerts.enabled")))
        return AlertSink()
    if not live and not rules.simulated:
        notices.append(NONE.format(variable("alerts.simulated")))
        return AlertSink()
    zone = zone_named(rules.timezone, "alerts.timezone")
    endpoints, heartbeat = from_environment(), heartbeat_from()
    data_dir = Path(settings.storage.data_dir)
    ledger, counts = Ledger(data_dir if live else None, len(endpoints)), AlertCounts(registry)
    mode = "live" if feed.source == "kraken" else feed.source
    venue = {"kraken": feed.venue or "kraken", "simulator": "simulator", "replay": None}[feed.source]
    begun_ns = time.time_ns() if mode == "live" else None  # a resumed run begins with rows of before
    policy = Policy(
        rules, ledger.told(), zone=zone, beats=heartbeat is not None, begun_ns=begun_ns, held=counts.held
    )  # fmt: skip
    delivery = Delivery(endpoints, ledger, counts, heartbeat=heartbeat, write=DaySummary(data_dir, mode, venue))
    delivery.start()
    atexit.register(delivery.close)
    told = ", ".join(endpoint.name for endpoint in endpoints)
    notices.append(f"alerts go to {told}" + ("" if heartbeat is None else "; a sign of life goes out, too"))
    return AlertSink(policy, delivery)
