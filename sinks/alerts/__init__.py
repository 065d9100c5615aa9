"""Alerts to people: tradable signals, the kill switch, books lost and regained, the day's summary.

    row -> policy (what, by the tape's clock) -> delivery (to whom, in threads) -> apprise

The policy is pure; nothing that is delivered, or not, ever comes back to the line.
"""

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from leadline.moment import Row
from sinks.alerts.delivery import Delivery
from sinks.alerts.policy import Policy


class AlertSink(DynamicSink[tuple[str, Row]]):
    """Tells people what the policy finds worth it. Stream: `(line, Row)`, all tables. No state.

    Without a policy and a delivery nobody is told.
    """

    def __init__(self, policy: Policy | None = None, delivery: Delivery | None = None) -> None:
        self._policy = policy
        self._delivery = delivery

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "AlertPartition":
        """Return the worker's partition."""
        return AlertPartition(self._policy, self._delivery)


class AlertPartition(StatelessSinkPartition[tuple[str, Row]]):
    """Asks the policy row by row, and hands on at once."""

    def __init__(self, policy: Policy | None, delivery: Delivery | None) -> None:
        self._policy = policy
        self._delivery = delivery

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        if self._policy is None or self._delivery is None:
            return
        for _, row in items:
            for alert in self._policy.take(row):
                self._delivery.put(alert)
