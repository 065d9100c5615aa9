"""Endpoints: the services that carry alerts, each an apprise URL out of the environment.

A URL holds a token, so none is ever shown, logged or stored: an endpoint is called by its place in
the list and its service's name. For the same reason what apprise and urllib3 log goes nowhere, and of
an exception only the type is told.
"""

import logging
import os
import warnings
from collections.abc import Mapping
from typing import Protocol

from leadline.errors import ConfigError
from sinks.alerts.alert import Alert

URLS, HEARTBEAT_URL = "LEADLINE_ALERT_URLS", "LEADLINE_ALERT_HEARTBEAT_URL"
LOUD = ("apprise", "urllib3", "requests")


class Endpoint(Protocol):
    """One service. `send` blocks, for as long as it takes, and never raises."""

    name: str

    def send(self, alert: Alert) -> bool:
        """Return whether the service has taken it."""


class AppriseEndpoint:
    """A service that apprise knows; raises ConfigError for a URL that it does not."""

    def __init__(self, url: str, place: str) -> None:
        if url.count("://") > 1:  # apprise would take it for one, and send the second one's secrets to the first
            raise ConfigError(
                f"{place} holds more than one address: separate them by spaces, and write a :// within one as %3A%2F%2F"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of apprise's services about their own imports
            import apprise  # loads every service it knows: seconds, and only for those who ask for it

            _silence()
            self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
            plugin = apprise.Apprise.instantiate(url, asset=self._apprise.asset)
        if plugin is None:
            raise ConfigError(
                f"{place} is no address that apprise can use; it begins with the service, as in tgram:// or mailto:// "
                "(the address is not shown here: it may hold a token)"
            )
        self._apprise.add(plugin)
        self.name = f"{place} ({plugin.service_name})"

    def send(self, alert: Alert) -> bool:
        """Return whether the service has taken it; a service's own time limits hold (`?rto=`, `?cto=` in its URL)."""
        try:
            return bool(self._apprise.notify(
                body=alert.body, title=alert.title, notify_type=alert.kind, body_format="text"
            ))  # fmt: skip
        except Exception as e:  # a service's own code, of which there are more than a hundred
            logging.getLogger(__name__).warning("alerts: %s failed with %s", self.name, type(e).__name__)
            return False


def from_environment(env: Mapping[str, str] | None = None) -> list[Endpoint]:
    """Return the endpoints that LEADLINE_ALERT_URLS names, separated by white space; ConfigError if there are none."""
    urls = (os.environ if env is None else env).get(URLS, "").split()
    if not urls:
        raise ConfigError(
            f"alerts are asked for, and {URLS} names nobody: set it to one or more apprise addresses, separated by "
            "spaces, such as tgram://TOKEN/CHAT (never in the configuration file: they are secrets)"
        )
    return [AppriseEndpoint(url, f"{URLS} number {i}") for i, url in enumerate(urls, 1)]


def heartbeat_from(env: Mapping[str, str] | None = None) -> Endpoint | None:
    """Return where the sign of life goes, None where nobody waits for it."""
    url = (os.environ if env is None else env).get(HEARTBEAT_URL, "").strip()
    return AppriseEndpoint(url, HEARTBEAT_URL) if url else None


def named(env: Mapping[str, str] | None = None) -> list[str]:
    """Return which of the two variables hold an address; none is looked at."""
    given = os.environ if env is None else env
    return [name for name in (URLS, HEARTBEAT_URL) if given.get(name, "").strip()]


def _silence() -> None:
    for name in LOUD:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
