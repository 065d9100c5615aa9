"""`leadline report`: pages from the store, also while a flow runs."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import pages, report_analysis, store


def add(commands: Any) -> None:
    """Add the command and its reports to the parser."""
    parser = commands.add_parser("report", help="write a report: performance, analysis, portfolio, prompt")
    kinds = parser.add_subparsers(dest="report", required=True, metavar="REPORT")
    _add_performance(kinds)
    report_analysis.add(kinds)


def _add_performance(kinds: Any) -> None:
    parser = kinds.add_parser(
        "performance", help="what became of the signals of a run or configuration, with intervals"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: reports/performance.html in the data folder")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--run", metavar="RUN_ID", help="this run (default: the newest)")
    which.add_argument(
        "--config", metavar="HASH", help="all runs of this configuration, joined: its hash, or as it begins"
    )
    parser.add_argument(
        "--mode", choices=("live", "simulator", "replay"),
        help="the newest run of this mode (default: live if there is one, else replay, else simulator)",
    )  # fmt: skip
    store.add_data_dir(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the numbers for a program; a page only where --out names one"
    )
    parser.set_defaults(do=performance)


def performance(arguments: argparse.Namespace) -> None:
    """Write the performance page and print where it is; or print its numbers."""
    from reports import facts
    from reports.performance import numbers, performance_page

    data_dir = store.data_dir(arguments)
    found = facts.read(data_dir, arguments.mode, arguments.run, arguments.config)
    out = arguments.out
    if out is None and not arguments.json:
        out = data_dir / "reports" / "performance.html"
        out.parent.mkdir(exist_ok=True)
    if out is not None:
        pages.write(out, performance_page(found, datetime.now(UTC)))
    if arguments.json:
        store.print_json(numbers(found))
    else:
        print(out)
