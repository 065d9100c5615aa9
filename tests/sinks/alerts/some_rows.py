"""Rows that alerts are made of, at seconds after T0; a policy that takes them."""

from typing import Any

from leadline.moment import Row
from leadline.settings import Alerts
from leadline.times import SECOND_NS
from sinks.alerts.alert import Alert
from sinks.alerts.policy import Policy
from tests.sinks.lake_rows import T0
from tests.sinks.signal_values import SIGNAL

OF = {"mode": "live", "venue": "kraken", "run_id": "r", "tape_id": "t"}
BTC, ETH = "BTC/USD", "ETH/USD"


def at(second: float) -> int:
    """Return a moment of the tape."""
    return T0 + round(second * SECOND_NS)


def signal(second: float, name: str, symbol: str = BTC, **given: Any) -> Row:
    """Return a tradable signal."""
    ts = at(second)
    of = {"signal_id": name, "ts": ts, "symbol": symbol, "expires_at": ts + 900 * SECOND_NS}
    return Row("signals", SIGNAL | OF | of | given)


def health(second: float, symbol: str, state: str, reason: str = "", channel: str = "book") -> Row:
    """Return a change of trust."""
    values = {"ts": at(second), "symbol": symbol, "channel": channel, "state": state, "reason": reason, "tape_seq": 1}
    return Row("feed_health", OF | values)


def begun(second: float = 0, symbols: tuple[str, ...] = (BTC,), **given: Any) -> Row:
    """Return the row of a run that begins."""
    return Row("runs", OF | {"ts": at(second), "symbols": list(symbols), "ended_at": None} | given)


def clock(second: float, **trust: str) -> Row:
    """Return the telemetry of the book stage; other stages' has no clock."""
    states = {(symbol.replace("_", "/"), "book"): state for symbol, state in trust.items()}
    return Row("telemetry", {"clock_ns": at(second), "trust": states})


def account(second: float, event: str, latched: bool, seq: int = 9, **given: Any) -> Row:
    """Return the account after an event."""
    values = {"ts": at(second), "event": event, "latched": latched, "latch_reason": "the day lost 3.05 %",
              "marked_quote": 9695.0, "day_loss": 0.0305, "tape_seq": seq}  # fmt: skip
    return Row("account", OF | values | given)


def policy(**rules: Any) -> Policy:
    """Return a policy with these settings."""
    return Policy(Alerts(**rules))


def told(of: Policy, *rows: Row) -> list[Alert]:
    """Return what a policy wants told of some rows."""
    return [alert for row in rows for alert in of.take(row)]


def rules(alerts: list[Alert]) -> list[str]:
    """Return the rules of some alerts."""
    return [alert.rule for alert in alerts]
