"""`leadline alerts test`: send one alert to everybody who would get one, to check the set-up."""

import argparse
import time
from typing import Any

from cli import store
from leadline.errors import ConfigError


def add(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    parser = commands.add_parser("alerts", help="check that alerts reach you")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    test = actions.add_parser("test", help="send one to every address of LEADLINE_ALERT_URLS, and a sign of life")
    store.add_json(test)
    test.set_defaults(do=do_test)


def do_test(arguments: argparse.Namespace) -> None:
    """Send it and say who took it; ConfigError where somebody did not."""
    from flows.configuration import load
    from flows.environment import variable
    from sinks.alerts import endpoints
    from sinks.alerts.alert import Alert
    from sinks.cards import stamp

    enabled = load().settings.alerts.enabled
    whom = [*endpoints.from_environment(), *filter(None, [endpoints.heartbeat_from()])]
    now_ns = time.time_ns()
    body = f"This is how alerts reach you. Nothing has happened.\n{stamp(now_ns)} UTC"
    alert = Alert(f"test:{now_ns}", "heartbeat", (), now_ns, None, "info", "leadline: a test", body)
    taken = {endpoint.name: endpoint.send(alert) for endpoint in whom}
    if arguments.json:
        store.print_json({"enabled": enabled, "taken": taken})
    else:
        for name, ok in taken.items():
            print(f"{name}: {'taken' if ok else 'NOT TAKEN'}")
        if not enabled:
            print(f"alerts.enabled is false: a run tells nobody; {variable('alerts.enabled')}=true changes that")
    if not all(taken.values()):
        raise ConfigError(
            f"{list(taken.values()).count(False)} of {len(taken)} did not take it: look at the address in the "
            "environment, and whether this machine reaches the service"
        )
