"""The golden of the embedded market: what the default configuration makes of it.

Origin: the simulated market of `simulator.tape.TapeSpec()`, played by the real command with
default settings. A change of the simulator, of a deciding setting or of a formula changes it.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.flows.processes import ask, environment, run

PATH = Path(__file__).with_name("default_market.json")
QUERIES = {
    "run": "SELECT tape_id, config_hash, frames, book_verified, book_mismatched, resyncs, signals, signals_hash, "
    "trades, trades_hash, round(equity_quote, 2) FROM runs",
    "signals": "SELECT symbol, setup, side, verdict, count(*) FROM signals GROUP BY ALL ORDER BY ALL",
    "paper_trades": "SELECT fill_model, exit_reason, count(*), round(sum(pnl_quote), 2), round(sum(fees_quote), 2) "
    "FROM paper_trades GROUP BY ALL ORDER BY ALL",
    "advice": "SELECT kind, action, count(*), round(avg(saved_bps), 2) FROM advice GROUP BY ALL ORDER BY ALL",
    "candidates": "SELECT setup, side, outcome, reason, count(*) FROM candidates GROUP BY ALL ORDER BY ALL",
    "candles": "SELECT symbol, timeframe, count(*) FROM candles GROUP BY ALL ORDER BY ALL",
}


def measured() -> dict[str, Any]:
    """Play the default market and return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        run(environment(Path(folder)), timeout=300.0)
        return {name: [list(row) for row in ask(Path(folder), sql)] for name, sql in QUERIES.items()}


def golden() -> dict[str, Any]:
    """Return the golden."""
    found: dict[str, Any] = json.loads(PATH.read_text())
    return found


def write(found: dict[str, Any]) -> None:
    """Replace the golden."""
    lines = (f'  "{name}": [\n    ' + ",\n    ".join(map(json.dumps, rows)) + "\n  ]" for name, rows in found.items())
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")
