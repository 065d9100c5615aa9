"""Make the pictures of the documents anew: `python -m tests.grafana.pictures` (make pictures). Look at each of them.

A flow runs live against our own exchange with setups made far too eager, Prometheus scrapes it, one book
is corrupted on the way, the analyzer analyses; then Chromium draws all boards, and `leadline watch` its frame.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from cli.main import main as leadline
from grafana import draw
from grafana.__main__ import BOARDS
from grafana.asking import ALL, Prometheus
from simulator.exchange import Exchange
from simulator.faults import Fault
from tests.flows.processes import ROOT
from tests.grafana.busy import ALL_CANDLES, SOME_SIGNALS, SYMBOLS, analyse, busy
from tests.grafana.stack import prometheus, until
from tests.ports import free_port

PICTURES = ROOT / "docs" / "pictures"
SCRAPE_S = 5.0
SETTLED_S = 45.0  # the analyzer's metrics look at the store each half minute


def main() -> None:
    """Run it all and draw it."""
    asked = argparse.ArgumentParser(prog="python -m tests.grafana.pictures", description=__doc__)
    asked.add_argument("folder", type=Path, nargs="?", default=PICTURES, help="where the pictures go")
    asked.add_argument("--minutes", type=float, default=8.0, help="how long the flow runs, and the time shown")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        take(Path(folder), given.folder, given.minutes)


def take(work: Path, pictures: Path, minutes: float) -> None:
    """Run the flow for some minutes in a folder of its own and put the pictures into another."""
    port, over = free_port(), time.monotonic() + 60 * minutes
    with (
        Exchange(SYMBOLS, seed=3, rate=5.0) as exchange,
        busy(work, exchange, port) as live,
        prometheus(work, port, scrape=f"{SCRAPE_S:g}s") as server,
    ):
        live.verified(*SYMBOLS)
        until(lambda: live.rows(ALL_CANDLES), "candles", 90.0)
        print(analyse(work).strip().splitlines()[-1], file=sys.stderr)
        until(lambda: live.rows(SOME_SIGNALS), "a signal with an outcome", 150.0, 1.0)
        for _ in range(3):
            exchange.inject(Fault("corrupt", SYMBOLS[-1], channel="book"))
            time.sleep(20.0)
        time.sleep(max(SETTLED_S, over - time.monotonic()))
        span, asking = draw.shown(minutes, SCRAPE_S), Prometheus(server.url, SCRAPE_S)
        pictures.mkdir(parents=True, exist_ok=True)
        for name in BOARDS:
            picture = draw.draw(name, work / "drawn", asking, span, ALL | {"verdict": "tradable"})
            print(shutil.copy(picture, pictures))
        asking.close()
        leadline(["watch", "--svg", str(pictures / "watch.svg"), "--data-dir", str(work / "data")])


if __name__ == "__main__":
    main()
