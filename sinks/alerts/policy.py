"""The policy: which rows are worth a person's attention, and when.

A pure function of the rows, by the tape's clock, and of what was told before. Nothing is delivered
here. An event (a signal, a latch) is told at its row or held for good; a state (a lost book, a day
that is over) is told as soon as it may be, so what is lost in quiet hours is told when they end.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from hashlib import sha256
from typing import Any

from leadline.moment import Row
from leadline.settings import Alerts
from leadline.times import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS
from sinks.alerts import texts
from sinks.alerts.alert import Alert, Held, Kind, Rule, Told
from sinks.alerts.gate import Gate
from sinks.alerts.trust_watch import Loss, TrustWatch

SETTLED_NS = MINUTE_NS  # after midnight: the store has all rows of the day by then
MOST_DAYS = 7  # that are summed up after a run was away; the ledger remembers a day more
LIFE_NS: dict[Rule, int] = {  # how long it is of use; a signal's is a setting
    "kill_switch": DAY_NS, "trust_lost": HOUR_NS, "trust_regained": HOUR_NS, "daily_summary": DAY_NS,
}  # fmt: skip


class Policy:
    """Takes every row, gives the alerts to send; `held` is told (rule, reason) of what is not.

    `begun_ns` is when this process began to follow the tape, which may begin before it; None: at its first row.
    """

    def __init__(
        self, rules: Alerts, past: Iterable[Told] = (), *, zone: tzinfo = UTC, beats: bool = False,
        begun_ns: int | None = None, held: Callable[[Rule, Held], None] = lambda rule, reason: None,
    ) -> None:  # fmt: skip
        past = list(past)
        self._rules, self._held, self._beats = rules, held, beats
        self._gate = Gate(rules, past, zone)
        self._trust = TrustWatch(rules.trust_seconds, past)
        self._now_ns = 0
        self._untold_day = _untold_day(past)
        self._begun_ns = begun_ns
        self._next_beat_ns: int | None = None
        self._of = ("", "")  # mode and venue of the rows
        self._latched: bool | None = None
        self._due: list[Alert] = []
        self._waiting: dict[Rule, tuple[str, Held]] = {}  # the newest state that was held, counted once
        self._cooled: dict[str, int] = {}  # symbol -> since when its loss that was held last, counted once
        self._take: dict[str, Callable[[dict[str, Any]], None]] = {
            "signals": self._signal, "account": self._account, "feed_health": self._trust.health,
            "runs": self._run, "telemetry": self._telemetry, "status": self._clock,
        }  # fmt: skip

    def take(self, row: Row) -> list[Alert]:
        """Take one row of any table; return what is to be sent."""
        take = self._take.get(row.table)
        if take is None:
            return []
        values = row.values
        if "mode" in values:
            self._of = (values["mode"], values["venue"])
        if "ts" in values:
            self._clock(values)
        take(values)
        if self._now_ns:
            self._states()
        due, self._due = self._due, []
        return due

    # -- events

    def _signal(self, row: dict[str, Any]) -> None:
        if row["verdict"] == "tradable" and self._rules.signals:
            life_ns = min(row["expires_at"] - row["ts"], round(self._rules.signal_seconds * SECOND_NS))
            self._tell("signal", row["signal_id"], (row["symbol"],), "info", texts.signal(row), life_ns)

    def _account(self, row: dict[str, Any]) -> None:
        event, before = row["event"], self._latched
        self._latched = row["latched"]
        worth = event == "latch" or (event == "start" and row["latched"]) or (event == "reset" and before is not False)
        if worth and self._rules.kill_switch:
            of = f"{event}:{row['tape_id']}:{row['tape_seq']}"
            if event == "start":  # a day latches once: however often it is begun anew, this is said once a day
                of = f"start:{_hash([texts.day_name(self._now_ns // DAY_NS), row['latch_reason']])}"
            self._tell("kill_switch", of, (), "info" if event == "reset" else "failure", texts.kill_switch(row))

    def _run(self, row: dict[str, Any]) -> None:
        if row["ended_at"] is None:
            self._trust.begin(row["symbols"], row["ts"])

    def _telemetry(self, row: dict[str, Any]) -> None:
        if "clock_ns" in row:
            self._clock({"ts": row["clock_ns"]})
            self._trust.states(row["trust"], self._now_ns)

    def _clock(self, row: dict[str, Any]) -> None:
        self._now_ns = max(self._now_ns, row["ts"])

    # -- states

    def _states(self) -> None:
        now_ns = self._now_ns
        if self._rules.trust:
            self._trust_states(now_ns)
        day = (now_ns - SETTLED_NS) // DAY_NS
        if self._untold_day is None:
            self._untold_day = day
        elif day > self._untold_day and self._rules.daily_summary and not self._gate.quiet.holds(now_ns):
            for over in range(max(self._untold_day, day - MOST_DAYS), day):
                name = texts.day_name(over)
                self._tell("daily_summary", name, (), "info", (f"{name} (UTC)", ""))
            self._untold_day = day
        if self._beats:
            self._beat(now_ns)

    def _beat(self, now_ns: int) -> None:
        """Give a sign of life; none before the process has lived that long, or a crash loop would give them too."""
        every_ns = round(self._rules.heartbeat_seconds * SECOND_NS)
        if self._next_beat_ns is None:
            self._next_beat_ns = (now_ns if self._begun_ns is None else self._begun_ns) + every_ns
        if now_ns >= self._next_beat_ns:
            self._next_beat_ns = now_ns + every_ns
            text = texts.heartbeat(now_ns, self._trust.verified())
            self._due.append(self._alert("heartbeat", str(now_ns), (), "info", text, every_ns))

    def _trust_states(self, now_ns: int) -> None:
        losses = [loss for loss in self._trust.losses(now_ns) if not self._cooling(loss, now_ns)]
        if losses:
            about = [f"{loss.symbol}@{loss.since_ns}" for loss in losses]
            symbols = tuple(loss.symbol for loss in losses)
            if self._tell("trust_lost", _hash(about), symbols, "warning", texts.lost(losses, now_ns), state=True):
                self._trust.told_lost(losses)
        returns = self._trust.returns()
        if returns:
            about = [f"{one.symbol}@{one.back_ns}" for one in returns]
            symbols = tuple(one.symbol for one in returns)
            if self._tell("trust_regained", _hash(about), symbols, "success", texts.regained(returns), state=True):
                self._trust.told_back(returns)

    def _cooling(self, loss: Loss, now_ns: int) -> bool:
        """Return whether a loss waits for its symbol's cooldown; counted once, and the others do not wait for it."""
        if not self._gate.cooling("trust_lost", loss.symbol, now_ns):
            return False
        if self._cooled.get(loss.symbol) != loss.since_ns:
            self._cooled[loss.symbol] = loss.since_ns
            self._held("trust_lost", "cooldown")
        return True

    # -- all of them

    def _tell(
        self, rule: Rule, of: str, symbols: tuple[str, ...], kind: Kind, text: texts.Text, life_ns: int | None = None,
        *, state: bool = False,
    ) -> bool:  # fmt: skip
        """Send an alert if the gate lets it pass; return whether it is done with, for a `state` comes again."""
        alert = self._alert(rule, of, symbols, kind, text, LIFE_NS[rule] if life_ns is None else life_ns)
        reason = self._gate.held(alert)
        if reason is None:
            self._gate.told(alert)
            self._due.append(alert)
        elif reason == "duplicate" or not state:
            self._held(rule, reason)
        elif self._waiting.get(rule) != (alert.alert_id, reason):
            self._waiting[rule] = alert.alert_id, reason
            self._held(rule, reason)
        return reason in (None, "duplicate")

    def _alert(
        self, rule: Rule, of: str, symbols: tuple[str, ...], kind: Kind, text: texts.Text, life_ns: int
    ) -> Alert:
        title, body = text
        until_ns = self._now_ns + life_ns if self._of[0] in ("live", "") else None  # else the tape's clock is not ours
        return Alert(f"{rule}:{of}", rule, symbols, self._now_ns, until_ns, kind, texts.mark(*self._of) + title, body)


def _untold_day(past: list[Told]) -> int | None:
    """Return the first day that was not summed up; None where nothing was ever told."""
    days = [texts.day_of(told.alert_id.partition(":")[2]) for told in past if told.rule == "daily_summary"]
    if days:  # by name: a kill between two that are told at once leaves the second to tell
        return max(days) + 1
    return min(((told.ts - SETTLED_NS) // DAY_NS for told in past), default=None)


def _hash(about: list[str]) -> str:
    return sha256(" ".join(sorted(about)).encode()).hexdigest()[:16]
