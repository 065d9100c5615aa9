"""The walk: the analyzer's score at each week of a real history, against what the price did after it.

    python -m benchmarks.walk XBTUSD_60.csv.gz

imports Kraken's hourly candles into a temporary store, analyses as of each Monday 00:00 UTC from 2015 to
2022 (the flow's own reading and analysis, default settings), and writes the generated part of
docs/evidence.md and its picture. Same file, same figures. It takes some minutes on two cores.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.walk_page import PAGE, write
from benchmarks.walk_weeks import PROCESSES, SYMBOL, mondays, walk
from flows.history_import import Choice, import_files
from sinks import catalog, segments


def main() -> None:
    """Walk, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk")
    parser.add_argument("history", type=Path, help="Kraken's hourly OHLCVT of BTC/USD, such as XBTUSD_60.csv.gz")
    parser.add_argument("--page", type=Path, default=PAGE, help="default: docs/evidence.md")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        segments.prepare(data_dir)
        (report,), _ = import_files([given.history], data_dir, Choice(SYMBOL, "1h"))
        catalog.refresh(data_dir)
        write(given.page, walk(data_dir, mondays(), given.processes), report.counts.added)
    print(f"{given.page} and its picture are written")


if __name__ == "__main__":
    main()
