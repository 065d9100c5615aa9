"""Series that exist before anything has happened to them.

A counter that begins with its first event hides that event: Prometheus sees no rise. So a live
line tells zeros for its symbols at its start. All of these are closed sets.
"""

from typing import Any, get_args

from leadline.events import REJECT_REASONS
from leadline.paper import ExitReason
from leadline.setups import SETUPS
from leadline.trust import REASONS

SIDES = ("buy", "sell")
VERDICTS = ("tradable", "not_tradable", "filtered")
RESULTS = ("verified", "ignored", "mismatched")
ENDS = ("won", "lost")


def zeros(symbols: list[str]) -> dict[str, Any]:
    """Return telemetry that counts nothing, for each label that a symbol of the line may get."""
    return {
        "signals": {(s, side, verdict): 0 for s in symbols for side in SIDES for verdict in VERDICTS},
        "book_updates": {(s, result): 0 for s in symbols for result in RESULTS},
        "resyncs": {(s, reason): 0 for s in symbols for reason in REASONS},
        "rejected": dict.fromkeys(REJECT_REASONS, 0),
        "paper": {
            "trades": {(s, how, verdict): 0 for s in symbols for how in get_args(ExitReason) for verdict in VERDICTS},
            "symbol_trades": dict.fromkeys(symbols, 0),
            "r_multiples": {(s, verdict): [] for s in symbols for verdict in VERDICTS},
            "setup_results": {(name, v, end): 0 for name in SETUPS for v in VERDICTS for end in ENDS},
        },
    }
