"""Runs to watch: metrics made by what a real run makes them with, and what a store says of a run."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import generate_latest
from rich.console import Console

from cli.watching import told as metrics_told
from cli.watching.frame import Known, frame
from cli.watching.standing import Signs, standing
from cli.watching.stored import Stored
from cli.watching.told import Told
from leadline.times import SECOND_NS
from sinks.metrics import Metrics
from tests.sinks.lake_rows import T0

SYMBOLS = ("BTC/USD", "ETH/USD")
NOW = datetime.fromtimestamp(T0 // SECOND_NS, UTC).replace(tzinfo=None)
FEATURES = {"data_level": "L3", "best_bid": 99.5, "best_ask": 100.25, "depth_imbalance": 0.3}
PAPER = {
    "equity_quote": 10_010.0, "marked_quote": 10_005.0, "drawdown": 0.001, "day_loss": 0.005, "open_trades": 1,
    "open_risk_quote": 33.0, "kill_switch": 0,
}  # fmt: skip
RUN = {
    "run_id": "r1", "mode": "live", "venue": "kraken", "symbols": list(SYMBOLS), "goes_by_bias": True,
    "started_at": NOW, "ended_at": None, "exit_reason": None, "stored_at": NOW,
}  # fmt: skip


def at(seconds: float) -> datetime:
    """Return a stored time, from the frame's own."""
    return NOW + timedelta(seconds=seconds)


def metrics(*symbols: str, trust: str = "verified", **paper: float) -> Metrics:
    """Return the metrics of a run whose books are all alike."""
    of = Metrics()
    of.apply({
        "frames": {("kraken", "book"): 100, ("kraken", "trade"): 10}, "book_age": dict.fromkeys(symbols, 0.25),
        "trust": {(s, channel): trust for s in symbols for channel in ("book", "trade")},
        "hft_score": dict.fromkeys(symbols, 63.0), "hft_class": dict.fromkeys(symbols, "STRONG_BUY"),
        "paper": PAPER | paper,
    })  # fmt: skip
    for symbol in symbols:
        of.of_table["features"](FEATURES | {"symbol": symbol})
        of.of_table["status"]({"symbol": symbol, "state": "armed"})
    return of


def told(*symbols: str, **given: Any) -> Told:
    """Return what a scrape of such a run tells."""
    return metrics_told.read(generate_latest(metrics(*symbols, **given).registry).decode())


def stored(run: dict[str, Any] | None = None, **given: Any) -> Stored:
    """Return what a store says of a run that has not ended."""
    return Stored(RUN | (run or {}), **given)


def shown(
    of: Stored | None, told: Told | None, *, width: int = 100, height: int = 30, held: bool = False,
    launched: bool = False, quiet_s: float = 0.0, late_s: float = 0.0, **known: Any,
) -> list[str]:  # fmt: skip
    """Return the lines of the frame, without colours.

    `late_s` after the metrics were told, and `quiet_s` after any other sign of the run.
    """
    console = Console(width=width, height=height, highlight=False, markup=False, emoji=False, color_system=None)
    wall_s = (told.at if told else time.time()) + late_s
    stands = standing(told, of, Signs(held, wall_s - quiet_s, launched), wall_s)
    with console.capture() as captured:
        console.print(frame(Known(stands, told, of, NOW, NOW, **known), console))
    return captured.get().splitlines()
