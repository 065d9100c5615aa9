"""An alert: one thing that a person should know now, and the closed sets that it is counted by."""

from typing import Literal, NamedTuple, get_args

Rule = Literal["signal", "kill_switch", "trust_lost", "trust_regained", "daily_summary", "heartbeat"]
Held = Literal["duplicate", "quiet_hours", "cooldown", "rate_cap"]  # why it was not told at all
Dropped = Literal["queue_full", "late", "stopped"]  # why one that was to be told did not arrive
Kind = Literal["info", "success", "warning", "failure"]  # apprise's, for colours and icons

RULES: tuple[Rule, ...] = get_args(Rule)
HELD: tuple[Held, ...] = get_args(Held)
DROPPED: tuple[Dropped, ...] = get_args(Dropped)


class Alert(NamedTuple):
    """One alert. `alert_id` is the same when a resumed run comes to the same row again."""

    alert_id: str
    rule: Rule
    symbols: tuple[str, ...]  # those it is about; none where it is about the account
    ts: int  # the tape's clock, ns
    until_ns: int | None  # of no use to anybody afterwards; None: always of use
    kind: Kind
    title: str
    body: str  # empty: written when it is sent, see `sinks.alerts.day_summary`


class Told(NamedTuple):
    """What is remembered of an alert that was told."""

    alert_id: str
    rule: str
    symbols: tuple[str, ...]
    ts: int
