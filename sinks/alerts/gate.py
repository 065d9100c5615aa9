"""The gate: may this be told now? Duplicates, quiet hours, cooldown and the cap of an hour.

All by the tape's clock. What it remembers is what was told, so it is filled again from the ledger
after a restart; a row that a resumed run emits once more is behind what was told, and is held.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, time, tzinfo

from leadline.settings import Alerts
from leadline.times import HOUR_NS, SECOND_NS, utc
from sinks.alerts.alert import Alert, Held, Rule, Told

ALWAYS: frozenset[Rule] = frozenset({"kill_switch", "heartbeat"})  # never held but as a duplicate
RARE: frozenset[Rule] = ALWAYS | {"daily_summary"}  # without a cap
COOLED: frozenset[Rule] = frozenset({"signal", "trust_lost"})  # a return answers a loss, and is told with it


class QuietHours:
    """From one time of day to another, in a zone; over midnight where the first is the later one."""

    def __init__(self, rules: Alerts, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._from = rules.quiet_from and time.fromisoformat(rules.quiet_from)
        self._until = rules.quiet_until and time.fromisoformat(rules.quiet_until)

    def holds(self, ns: int) -> bool:
        """Return whether it is quiet at a time."""
        if not self._from or not self._until:
            return False
        now = utc(ns).astimezone(self._zone).time()
        if self._from < self._until:
            return self._from <= now < self._until
        return now >= self._from or now < self._until


class Gate:
    """Knows what was told: every id, the last time of each rule and symbol, each rule's times of the last hour."""

    def __init__(self, rules: Alerts, past: Iterable[Told] = (), zone: tzinfo = UTC) -> None:
        self._cooldown_ns = round(rules.cooldown_seconds * SECOND_NS)
        self._max_per_hour = rules.max_per_hour
        self.quiet = QuietHours(rules, zone)
        self._ids: set[str] = set()
        self._last: dict[tuple[str, str], int] = {}
        self._times: defaultdict[str, deque[int]] = defaultdict(deque)  # many signals do not silence a lost book
        for told in sorted(past, key=lambda told: told.ts):
            self._remember(told)

    def held(self, alert: Alert) -> Held | None:
        """Return why an alert is not told now, None where it may be."""
        if alert.alert_id in self._ids:
            return "duplicate"
        if alert.rule in ALWAYS:
            return None
        if self.quiet.holds(alert.ts):
            return "quiet_hours"
        if any(self.cooling(alert.rule, symbol, alert.ts) for symbol in alert.symbols):
            return "cooldown"
        if alert.rule not in RARE and self._in_last_hour(alert.rule, alert.ts) >= self._max_per_hour:
            return "rate_cap"
        return None

    def cooling(self, rule: Rule, symbol: str, ns: int) -> bool:
        """Return whether a rule has spoken of a symbol too recently, or later than this."""
        last = self._last.get((rule, symbol)) if rule in COOLED else None
        return last is not None and ns - last < self._cooldown_ns

    def told(self, alert: Alert) -> None:
        """Take note of an alert that is told."""
        self._remember(Told(alert.alert_id, alert.rule, alert.symbols, alert.ts))

    def _remember(self, told: Told) -> None:
        self._ids.add(told.alert_id)
        for symbol in told.symbols:
            self._last[told.rule, symbol] = told.ts
        if told.rule not in RARE:
            self._times[told.rule].append(told.ts)

    def _in_last_hour(self, rule: Rule, ns: int) -> int:
        times = self._times[rule]
        while times and times[0] <= ns - HOUR_NS:
            times.popleft()
        return len(times)
