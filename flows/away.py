"""What only the launcher can tell people: a venue that is away at each start, and a line that hung.

No attempt lives long enough to find that a loss lasts, and one that goes on with nothing has no rows at all.
So the launcher counts over all of them, and writes the alert down where the next attempt finds it and sends it.
The scalper knows from there which books were told to be lost, and tells when they are back. A line that hangs
cannot tell of itself either: all its books are lost for as long.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from flows.keeping import Tell
from flows.schedule import zone_named
from leadline.errors import EXIT_LATER, LeadlineError
from leadline.moment import Row
from leadline.settings import Settings
from leadline.times import SECOND_NS
from sinks.alerts.endpoints import URLS
from sinks.alerts.ledger import Ledger
from sinks.alerts.policy import Policy

VENUE_AWAY, LINE_STUCK = "venue_away", "line_stuck"


class Away:
    """Is told how each attempt failed. Only a live run alerts."""

    def __init__(self, settings: Settings, tell: Tell, clock_ns: Callable[[], int] = time.time_ns) -> None:
        feed, rules = settings.feed, settings.alerts
        self._alerts = rules.enabled and rules.trust and feed.source == "kraken" and feed.venue != "simulator"
        self._settings, self._tell, self._clock_ns = settings, tell, clock_ns
        self._since_ns: int | None = None

    def failed(self, code: int, lasted_s: float) -> None:
        """Note how an attempt ended: with any other code it may have reached the venue."""
        if code != EXIT_LATER:
            self._since_ns = None
        elif self._alerts:
            now_ns = self._clock_ns()
            if self._since_ns is None:
                self._since_ns = now_ns - round(lasted_s * SECOND_NS)
            self._lost(VENUE_AWAY, self._since_ns, now_ns)

    def hung(self, still_s: float) -> None:
        """Note that the line has stood still, and is ended."""
        if self._alerts:
            now_ns = self._clock_ns()
            self._lost(LINE_STUCK, now_ns - round(still_s * SECOND_NS), now_ns)

    def _lost(self, reason: str, since_ns: int, now_ns: int) -> None:
        try:
            self._told(reason, since_ns, now_ns)
        except (LeadlineError, sqlite3.Error) as e:  # the scalper is begun again all the same
            self._tell(f"alerts: cannot write down {reason}: {e}")

    def _told(self, reason: str, since_ns: int, now_ns: int) -> None:
        """Write down what is to be told by now; what was told before, also by another run, is not told again."""
        rules = self._settings.alerts.model_copy(update={"daily_summary": False})  # that is the scalper's
        ledger = Ledger(Path(self._settings.storage.data_dir), len(os.environ.get(URLS, "").split()))
        with closing(ledger):
            policy = Policy(rules, ledger.told(), zone=zone_named(rules.timezone, "alerts.timezone"))
            of = {"mode": "live", "venue": self._settings.feed.venue or "kraken", "channel": "book"}
            rows = [
                Row("feed_health", of | {"ts": since_ns, "symbol": symbol, "state": "stale", "reason": reason})
                for symbol in self._settings.symbols()
            ]
            for row in (*rows, Row("telemetry", {"clock_ns": now_ns, "trust": {}})):
                for alert in policy.take(row):
                    ledger.add(alert)
