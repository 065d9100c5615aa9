"""The bias in force: what the store says was handed to the scalper, beside what a report finds for itself.

A report analyses anew, so its bias may be another than the one that trades are filtered by until the next
scheduled analysis.
"""

from typing import NamedTuple

import duckdb

from leadline.analysis.as_of import written
from leadline.analysis.inputs import World
from leadline.settings import HybridMode
from reports.blocks import number, price


class InForce(NamedTuple):
    """A stored bias that holds at the time of a report; times in ns."""

    as_of_ns: int
    valid_until_ns: int
    bias: str
    score: float | None
    confidence: str
    key_level: float | None


def read(connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, of: World) -> InForce | None:
    """Return the newest bias that an analysis of its own present stored, if it holds then.

    As the scalper takes it, by its venue: of a simulated exchange the analysed past is of another tape than the run.
    """
    sql = """
SELECT epoch_ns(as_of), epoch_ns(valid_until), bias, score, confidence, key_level FROM bias
WHERE venue = ? AND symbol = ? AND mode IN ('live', 'simulator') AND epoch_ns(as_of) <= ?
ORDER BY as_of DESC, stored_at DESC LIMIT 1
"""
    found = [InForce(*row) for row in connection.execute(sql, [of.venue, symbol, as_of_ns]).fetchall()]
    return found[0] if found and as_of_ns < found[0].valid_until_ns else None


def aside(held: InForce | None, as_of_ns: int) -> str:
    """Return what a report has to say of its own bias: unless it was stored too, nothing goes by it."""
    return (
        "" if held is not None and held.as_of_ns == as_of_ns else "; found for this report, not handed to the scalper"
    )


def line(held: InForce | None, as_of_ns: int, rules: HybridMode) -> str:
    """Return what a hybrid scalper goes by, in words."""
    if not rules.bias:
        return "Bias in force: none, since hybrid_mode.bias is false"
    if held is None:
        return "Bias in force: none; no analysis was stored and handed to the scalper that holds then"
    which = "this analysis" if held.as_of_ns == as_of_ns else f"the analysis of {written(held.as_of_ns)}"
    waits = "" if rules.morning_bias_update else "; one before it that is not over yet goes first"
    return (
        f"Bias in force: {held.bias}, score {number(held.score, '.1f')}, key level {price(held.key_level)}, until "
        f"{written(held.valid_until_ns)}; found by {which}, stored, and handed to the scalper{waits}"
    )
