"""A courier: one endpoint, its queue and its thread, so that one that hangs holds up no other.

An attempt that fails is made again after a wait that doubles, for as long as the alert is of use;
the next in the queue goes first, so one that is refused does not block the rest; but the news of one
book stay in their order, or a loss could be told after the return and be the last word. A new alert ends
the wait, for it may not live as long. The kill switch goes before all else, at every try: after one of
it that fails, one other is tried before the wait, for the same reason. The threads are daemons: one
that hangs in a send dies with the process.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import takewhile
from threading import Condition, Thread

from sinks.alerts.alert import Alert, Rule
from sinks.alerts.counts import AlertCounts
from sinks.alerts.endpoints import Endpoint

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
TRUST: frozenset[Rule] = frozenset({"trust_lost", "trust_regained"})
Done = Callable[[str, str], None]  # alert_id, outcome


class Courier:
    """Delivers to one endpoint. `done` is told what became of each alert, but of those that a stop cut off."""

    def __init__(
        self, endpoint: Endpoint, counts: AlertCounts, done: Done, *, capacity: int,
        now_ns: Callable[[], int] = time.time_ns, first_wait_s: float = FIRST_WAIT_S,
    ) -> None:  # fmt: skip
        self._endpoint, self._counts, self._done = endpoint, counts, done
        self._capacity, self._now_ns, self._first_wait_s = capacity, now_ns, first_wait_s
        self._queue: deque[Alert] = deque()
        self._sending: Alert | None = None
        self._since: dict[str, tuple[Rule, int]] = {}  # alert_id of all on their way -> rule, ns
        self._changed = Condition()
        self._stopping = False
        self._failing = False  # whether the last attempt did
        self._other_next = False  # than the kill switch, which has just failed
        self._wait_s = 0.0  # after the last failure; 0: it would be the first
        self._due = 0.0  # no attempt before this, monotonic
        self._thread = Thread(target=self._run, name=f"alerts to {endpoint.name}", daemon=True)

    def __len__(self) -> int:
        return len(self._queue) + (self._sending is not None)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def put(self, alert: Alert, since_ns: int | None = None) -> None:
        """Queue an alert, on its way since a time; where the queue is full the oldest is dropped: the newest counts."""
        with self._changed:
            oldest = self._pop_oldest() if len(self._queue) >= self._capacity else None
            self._since[alert.alert_id] = alert.rule, self._now_ns() if since_ns is None else since_ns
            self._queue.insert(self._n_urgent() if _urgent(alert) else len(self._queue), alert)
            self._wait_s = self._due = 0.0
            self._changed.notify_all()
        if oldest is not None:
            self._counts.dropped(oldest.rule, "queue_full")
            self._over(oldest, "queue_full")

    def age_s(self, rule: Rule) -> float:
        """Return how long the oldest alert of a rule has been on its way; 0 where none is."""
        with self._changed:
            oldest_ns = min((since_ns for of, since_ns in self._since.values() if of == rule), default=None)
        return 0.0 if oldest_ns is None else max(0, self._now_ns() - oldest_ns) * 1e-9

    def stop(self, deadline: float) -> int:
        """End by a moment of the monotonic clock; return how many alerts did not arrive.

        While all goes well what is queued is still sent; after a failure nothing is waited for.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            left = [*([] if self._sending is None else [self._sending]), *self._queue]
            self._queue.clear()
        for alert in left:
            self._counts.dropped(alert.rule, "stopped")
        return len(left)

    def _run(self) -> None:
        while (alert := self._next()) is not None:
            self._attempt(alert)
            self._sending = None

    def _next(self) -> Alert | None:
        """Return the next alert when there is one and it is time; None at the end."""
        with self._changed:
            while not self._stopping and not (self._queue and time.monotonic() >= self._due):
                self._changed.wait(self._due - time.monotonic() if self._queue else None)
            if not self._queue or (self._stopping and self._failing):
                return None
            i = self._n_urgent() % len(self._queue) if self._other_next else 0
            self._sending = self._queue[i]
            self._other_next = False
            del self._queue[i]
            return self._sending

    def _attempt(self, alert: Alert) -> None:
        if alert.until_ns is not None and self._now_ns() > alert.until_ns:
            self._counts.dropped(alert.rule, "late")
            self._over(alert, "late")
        elif self._endpoint.send(alert):
            self._said(fails=False)
            self._wait_s = self._due = 0.0
            self._counts.sent(alert.rule)
            self._over(alert, "sent")
        else:
            self._said(fails=True)
            self._counts.failed(alert.rule)
            with self._changed:
                self._sending = None
                self._again(alert)

    def _again(self, alert: Alert) -> None:
        """Queue an alert that was not taken: what was first of the kill switch stays first, any other goes last.

        Behind it goes what is not to be told before it.
        """
        if _urgent(alert):
            self._queue.appendleft(alert)
            self._other_next = not _urgent(self._queue[-1])
        else:
            self._queue = _last(alert, self._queue)
        if not self._other_next:
            self._wait_s = min(LONGEST_WAIT_S, 2 * self._wait_s or self._first_wait_s)
            self._due = time.monotonic() + self._wait_s

    def _over(self, alert: Alert, outcome: str) -> None:
        """Tell what became of an alert that is no longer on its way."""
        with self._changed:
            self._since.pop(alert.alert_id, None)
        self._done(alert.alert_id, outcome)

    def _n_urgent(self) -> int:
        return sum(1 for _ in takewhile(_urgent, self._queue))

    def _pop_oldest(self) -> Alert:
        """Take the oldest out of the queue; the kill switch only where there is nothing else."""
        i = next((i for i, alert in enumerate(self._queue) if not _urgent(alert)), 0)
        oldest = self._queue[i]
        del self._queue[i]
        return oldest

    def _said(self, fails: bool) -> None:
        """Say once that an endpoint fails, and once that it does not any more."""
        if fails and not self._failing:
            log.warning("alerts: %s takes none now; tried again while they are of use", self._endpoint.name)
        elif self._failing and not fails:
            log.warning("alerts: %s takes them again", self._endpoint.name)
        self._failing = fails


def _urgent(alert: Alert) -> bool:
    return alert.rule == "kill_switch"


def _last(alert: Alert, queue: Iterable[Alert]) -> deque[Alert]:
    """Return a queue with an alert last but for what follows it, itself or by another that does."""
    before: list[Alert] = []
    behind = [alert]
    for each in queue:
        (behind if any(_follows(each, one) for one in behind) else before).append(each)
    return deque([*before, *behind])


def _follows(later: Alert, earlier: Alert) -> bool:
    """Whether two alerts tell of the trust in one book, so that the later one is true after the earlier alone."""
    return {later.rule, earlier.rule} <= TRUST and not set(later.symbols).isdisjoint(earlier.symbols)
