"""Delivery: off the hot path, by a thread that writes each alert down and one for each endpoint.

`put` never waits. Nothing that happens here reaches the line: an endpoint that hangs, refuses or
errs costs its own queue, and what it never got is counted.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from threading import Thread

from sinks.alerts.alert import Alert
from sinks.alerts.counts import AlertCounts
from sinks.alerts.courier import FIRST_WAIT_S, Courier
from sinks.alerts.endpoints import Endpoint
from sinks.alerts.ledger import Ledger

log = logging.getLogger(__name__)

CAPACITY = 100  # alerts an endpoint may be behind; the cap of an hour is reached long before
GRACE_S = 1.0  # a run that is stopped ends within two seconds, all included


class Delivery:
    """Carries alerts to every endpoint, and signs of life to theirs.

    `write` gives an alert its text where that takes time; it runs on the delivering side.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], ledger: Ledger, counts: AlertCounts, *,
        heartbeat: Endpoint | None = None, write: Callable[[Alert], Alert] = lambda alert: alert,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:  # fmt: skip
        self._ledger, self._counts, self._write = ledger, counts, write
        self._inbox: SimpleQueue[Alert | None] = SimpleQueue()
        self._couriers = [
            Courier(endpoint, counts, partial(self._done, i), capacity=CAPACITY, first_wait_s=first_wait_s)
            for i, endpoint in enumerate(endpoints)
        ]
        self._heart = None if heartbeat is None else Courier(heartbeat, counts, _unnoted, capacity=1)
        self._thread = Thread(target=self._run, name="alerts", daemon=True)
        counts.queue(self.__len__)
        counts.ages(lambda rule: max(courier.age_s(rule) for courier in self._all()))

    def __len__(self) -> int:
        """Return how many deliveries are not done yet."""
        return self._inbox.qsize() * len(self._couriers) + sum(map(len, self._all()))

    def start(self) -> None:
        """Begin, with what an earlier run has left waiting."""
        for i, courier in enumerate(self._couriers):
            for alert in self._ledger.waiting(i):
                courier.put(alert, since_ns=alert.ts)
        for courier in self._all():
            courier.start()
        self._thread.start()

    def put(self, alert: Alert) -> None:
        """Take an alert; returns at once."""
        if alert.rule == "heartbeat":
            if self._heart is not None:
                self._heart.put(alert)
        elif self._inbox.qsize() < CAPACITY:
            self._inbox.put(alert)
        else:
            self._counts.dropped(alert.rule, "queue_full", len(self._couriers))

    def close(self, grace_s: float = GRACE_S) -> None:
        """End within a grace; what has not arrived by then is counted, and waits in the ledger for the next run."""
        deadline = time.monotonic() + grace_s
        self._inbox.put(None)
        self._thread.join(grace_s)
        left = sum(courier.stop(deadline) for courier in self._all())
        while not self._inbox.empty():
            alert = self._inbox.get()
            if alert is not None:
                self._counts.dropped(alert.rule, "stopped", len(self._couriers))
                left += len(self._couriers)
        self._ledger.close()
        if left:
            log.warning("alerts: %d did not arrive; the next run sends those that are still of use", left)

    def _all(self) -> list[Courier]:
        return self._couriers if self._heart is None else [*self._couriers, self._heart]

    def _done(self, endpoint: int, alert_id: str, outcome: str) -> None:
        try:
            self._ledger.done(alert_id, endpoint, outcome)
        except sqlite3.Error as e:  # sent or given up, it is not written down: at worst it is sent twice
            log.warning("alerts: cannot note what was sent: %s", e)

    def _run(self) -> None:
        while (alert := self._inbox.get()) is not None:
            alert = self._written(alert)
            try:
                self._ledger.add(alert)
            except sqlite3.Error as e:  # it is sent all the same, and may be sent again after a restart
                log.warning("alerts: cannot write %s down: %s", alert.rule, e)
            for courier in self._couriers:
                courier.put(alert)

    def _written(self, alert: Alert) -> Alert:
        try:
            return self._write(alert)
        except Exception as e:  # whatever it is: the alerts behind this one still have to leave
            log.warning("alerts: no text for %s: %s", alert.alert_id, type(e).__name__)
            return alert


def _unnoted(alert_id: str, outcome: str) -> None:
    """Forget what became of a sign of life: the next one is due soon."""
