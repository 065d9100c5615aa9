"""`leadline run`: what a mode needs, started, watched and ended together, from any folder."""

import argparse
from pathlib import Path
from typing import Any

from cli import store

MODES = ("ultimate", "scalping", "hybrid")
SNAPSHOT_SECONDS = 10  # a snapshot stalls the line for some ms
HUNG_MINUTES = 5.0  # LeadlineStuck comes after three; nothing that a sound line does takes one


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("run", help="run the analyzer, the scalper or both until you press Ctrl-C")
    parser.add_argument(
        "--mode", choices=MODES, default="scalping",
        help="analyses at their times, the scalper, or both (default: scalping)",
    )  # fmt: skip
    parser.add_argument(
        "--recovery", type=Path, metavar="DIR",
        help="keep the scalper's snapshots there, and go on from the last after a crash; made if it is missing",
    )  # fmt: skip
    parser.add_argument(
        "--snapshot-seconds", type=store.whole_number, default=SNAPSHOT_SECONDS, metavar="S",
        help=f"time between snapshots (default: {SNAPSHOT_SECONDS})",
    )  # fmt: skip
    parser.add_argument(
        "--hung-minutes", type=minutes, default=HUNG_MINUTES, metavar="M",
        help=f"begin a live scalper again that has stood still for so long; 0: never (default: {HUNG_MINUTES:g})",
    )  # fmt: skip
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> None:
    """Run the mode to its end."""
    from flows.modes import run

    run(arguments.mode, recovery(arguments), 60.0 * arguments.hung_minutes or None)


def minutes(text: str) -> float:
    """Return an argument in minutes, 0 or more; argparse names this function when it is no number."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not at least 0")
    return value


def recovery(arguments: argparse.Namespace) -> list[str]:
    """Return the engine's options for the scalper."""
    if arguments.recovery is None:
        return []
    return ["-r", str(arguments.recovery), "-s", str(arguments.snapshot_seconds), "-b", "0"]
