"""Alerts to people: somebody is named, and by an address that can be used. Nothing is sent."""

from collections.abc import Iterator

from doctor.finding import Finding, error
from doctor.system import System
from flows.schedule import zone_named
from leadline.errors import ConfigError
from sinks.alerts.endpoints import from_environment, heartbeat_from


def addresses(system: System) -> Iterator[Finding]:
    """Where alerts are asked for, a run refuses to begin without a use for them."""
    rules = system.settings.alerts
    if not rules.enabled or not (system.live or rules.simulated):
        return
    for question in (from_environment, heartbeat_from, lambda: zone_named(rules.timezone, "alerts.timezone")):
        try:
            question()
        except ConfigError as e:
            yield error("alerts_unusable", str(e), "then try it with `leadline alerts test`")


CHECKS = (addresses,)
