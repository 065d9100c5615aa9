"""`leadline run`: start a flow as `python -m bytewax.run` does, from any folder."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from cli import store

FLOWS = {"scalping": "flows.scalp"}
ROOT = Path(__file__).parents[1]
SNAPSHOT_SECONDS = 10  # a snapshot stalls the line for some ms


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("run", help="run a flow until its tape ends or you press Ctrl-C")
    parser.add_argument("--mode", choices=FLOWS, default="scalping", help="which flow (default: scalping)")
    parser.add_argument(
        "--recovery", type=Path, metavar="DIR",
        help="keep snapshots there, and go on from the last after a crash; made if it is missing",
    )  # fmt: skip
    parser.add_argument(
        "--snapshot-seconds", type=store.whole_number, default=SNAPSHOT_SECONDS, metavar="S",
        help=f"time between snapshots (default: {SNAPSHOT_SECONDS})",
    )  # fmt: skip
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> None:
    """Become the flow's process."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {"RUST_BACKTRACE": "0"} | os.environ | {"PYTHONPATH": path}
    sys.stdout.flush()
    os.execve(sys.executable, command(arguments), environment)


def command(arguments: argparse.Namespace) -> list[str]:
    """Return the command line that runs the flow."""
    line = [sys.executable, "-m", "bytewax.run", FLOWS[arguments.mode]]
    if arguments.recovery is not None:
        seconds = str(arguments.snapshot_seconds)
        line += ["-r", str(arguments.recovery), "-s", seconds, "-b", "0"]
    return line
