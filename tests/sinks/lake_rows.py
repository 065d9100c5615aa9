"""Rows for the tests of the sinks: every column filled, by the kind of its table."""

from typing import Any

from leadline.moment import Row
from leadline.times import SECOND_NS
from sinks.tables import TABLES

T0 = 1_764_000_000_000_000_000  # 2025-11-24 16:00:00 UTC

_VALUES: dict[str, Any] = {"text": "x", "int": 7, "real": 0.5, "bool": False, "list": ["score_ratio"], "time": T0}


def row(table: str, i: int = 0, **given: Any) -> Row:
    """Return row `i` of a table, a second apart on the tape, each with an id of its own."""
    spec = TABLES[table]
    values = {c.name: _VALUES[c.type] for c in spec.columns if c.name not in ("stored_at", "tape_id")}
    values |= {"mode": "live", "venue": "kraken", "run_id": "run"}
    values |= {"symbol": "BTC/USD"} if "symbol" in spec.names() else {}
    values[spec.time] = T0 + i * SECOND_NS
    for name in ("signal_id", "candidate_id"):
        if name == spec.id[0]:
            values[name] = f"id{i}"
    return Row(table, values | given)
