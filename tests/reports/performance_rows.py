"""Rows of a run for the performance page, and the same as other runs would have written them."""

from leadline.moment import Row
from tests.operators.moments import finished
from tests.operators.sessions import Session, line

STORED = 1_800_000_000_000_000_000


def performance_rows() -> list[Row]:
    """Return the rows of a session whose signal is stopped out through a gap, and advice on it."""
    session = Session().book(61.2, [(999.0, 50)], [(1000.0, 50)]).calm(63, 70)
    session.book(70, [(980.0, 2), (979.0, 10)], [(981.0, 50)])
    session.played()
    made = [row for row in finished(line(), session.tape.records) if row.table != "telemetry"]
    signal = next(row.values for row in made if row.table == "signals")
    given = {name: signal[name] for name in ("ts", "symbol", "run_id", "mode", "venue", "tape_id", "config_hash")}
    advised = {"advice_id": "a", "kind": "stop_protection", "action": "exit", "saved_bps": 4.0}
    return [*made, Row("advice", given | advised)]


def under(name: str, rows: list[Row], **given) -> list[Row]:
    """Return the same rows as another run would have written them."""
    return [Row(row.table, row.values | given | {"run_id": name}) for row in rows]
