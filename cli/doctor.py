"""`leadline doctor`: what is wrong and what to do about it, then how far the evidence goes.

Exit codes: 0 nothing, 1 a warning, 2 an error.
"""

import argparse
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import store
from cli.run import MODES

if TYPE_CHECKING:
    from doctor.checkup import Found
    from leadline.ladder import Ladder


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("doctor", help="say what is wrong with the set-up, and how far the evidence goes")
    parser.add_argument(
        "--mode",
        choices=MODES,
        help="what `leadline run` is to run here; without it only what all modes need is asked for",
    )
    parser.add_argument("--offline", action="store_true", help="ask the venue nothing")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="of each question to the venue (default: 4)"
    )
    parser.add_argument(
        "-r", "--recovery-directory", type=Path, metavar="DIR",
        help="the engine's recovery store (default: BYTEWAX_RECOVERY_DIRECTORY, else recovery in the data folder)",
    )  # fmt: skip
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print findings and ladder; return the exit code."""
    import duckdb

    from cli.doctor_page import show
    from doctor.checkup import Found, check_up
    from doctor.finding import exit_code
    from doctor.setup import read
    from doctor.system import TIMEOUT_S, System

    loaded, faults = read(os.environ)
    found = [Found("set-up", fault) for fault in faults]
    head: dict[str, Any] = {"checked_at": datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)}
    evidence: tuple[Ladder, int] | None = None
    if loaded is not None:
        data_dir = arguments.data_dir or Path(loaded.settings.storage.data_dir)
        named = arguments.recovery_directory or os.environ.get("BYTEWAX_RECOVERY_DIRECTORY")
        system = System(
            loaded, data_dir, Path(named or data_dir / "recovery"), recovery_named=bool(named),
            timeout_s=arguments.timeout or TIMEOUT_S, mode=arguments.mode,
        )  # fmt: skip
        found += check_up(system, offline=arguments.offline)
        head |= {
            "config": loaded.path, "config_hash": system.config_hash, "data_dir": data_dir,
            "feed": system.feed.source, "running": system.running,
        }  # fmt: skip
        with suppress(duckdb.Error):  # it is a finding
            evidence = system.evidence
    code = exit_code(one.finding for one in found)
    if arguments.json:
        told = {
            "findings": [_finding(one) for one in found],
            "evidence": None if evidence is None else _told(*evidence),
        }
        store.print_json(head | {"exit_code": code} | told)
    else:
        show(head, found, evidence)
    return code


def _seconds(text: str) -> float:
    """Return an argument in seconds, above 0; argparse names this function when it is no number."""
    value = float(text)
    if not 0 < value < 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 3600")
    return value


def _finding(one: "Found") -> dict[str, Any]:
    return {"group": one.group, **one.finding._asdict()}


def _told(ladder: "Ladder", elsewhere: int) -> dict[str, Any]:
    from leadline.ladder import DAYS, GUIDE_WIN_RATE, TRADES

    p = ladder.performance
    return {
        "days": ladder.days, "days_wanted": DAYS, "trades": p.n, "trades_wanted": TRADES, "wins": p.wins,
        "win_rate": p.win_rate, "win_rate_lower": p.win_rate_lower, "break_even": p.break_even,
        "could_not_break_even": p.impossible,
        "guide_win_rate": GUIDE_WIN_RATE, "expectancy_r": p.expectancy_r.mean,
        "expectancy_r_lower": p.expectancy_r.lower, "steps": [step._asdict() for step in ladder.steps],
        "trades_of_other_settings": elsewhere,
    }  # fmt: skip
