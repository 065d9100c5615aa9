"""Alerts to people: somebody is named, and by an address that can be used. Nothing is sent."""

import os
import sqlite3
from collections.abc import Callable, Iterator

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from flows.environment import variable
from flows.schedule import zone_named
from leadline.errors import ConfigError
from sinks.alerts.endpoints import URLS, from_environment, heartbeat_from, named
from sinks.alerts.ledger import NAME, damage


def addresses(system: System) -> Iterator[Finding]:
    """Where alerts are asked for, a run refuses to begin without a use for them; addresses alone do not ask."""
    rules = system.settings.alerts
    if not ((system.live and not system.simulated) or rules.simulated):
        return
    if not rules.enabled:
        whom = " and ".join(named())
        if whom:
            yield warning(
                "alerts_off", f"{whom} is set, but alerts.enabled is false: a run tells nobody",
                f"set alerts.enabled to true, or {variable('alerts.enabled')}=true; or take the addresses away",
            )  # fmt: skip
        return
    questions: list[Callable[[], object]] = [
        from_environment, heartbeat_from, lambda: zone_named(rules.timezone, "alerts.timezone"),
    ]  # fmt: skip
    if system.running and not os.environ.get(URLS, "").strip():
        yield unchecked("alerts_unusable", system.elsewhere(f"{URLS} is not set"))
        del questions[0]
    for question in questions:
        try:
            question()
        except ConfigError as e:
            yield error("alerts_unusable", str(e), "then try it with `leadline alerts test`")


def ledger(system: System) -> Iterator[Finding]:
    """Which alerts were sent can be read."""
    try:
        fault = damage(system.data_dir)
    except sqlite3.Error as e:
        fault = str(e)
    if fault:
        yield warning(
            "alerts_ledger_damaged",
            f"{system.data_dir / NAME}: {fault}",
            "nothing to do if it is damaged: the next run that alerts sets it aside, and may send some alerts again",
        )


CHECKS = (addresses, ledger)
