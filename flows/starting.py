"""The start record: who runs, on which market, with which decision config."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import msgspec

from flows.configuration import merged
from leadline.records import Start
from leadline.settings import Settings, config_hash, decision

if TYPE_CHECKING:
    from simulator.tape import TapeSpec

LINE = "main"  # one process runs one line


def version_text() -> str:
    """Return the installed version, or "0+source" when run from a checkout that is not installed."""
    try:
        return version("leadline")
    except PackageNotFoundError:
        return "0+source"


def new_id() -> str:
    """Return an id that sorts by time: 20260105T090000Z-1a2b3c."""
    return f"{datetime.fromtimestamp(time.time(), UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def start_record(settings: Settings, tape_id: str, run_id: str) -> Start:
    """Return the start record of a live or simulated run."""
    deciding = decision(settings)
    live = settings.feed.source == "kraken"
    return Start(
        tape_id=tape_id,
        run_id=run_id,
        version=version_text(),
        line=LINE,
        mode="live" if live else "simulator",
        venue=settings.feed.venue or ("kraken" if live else "simulator"),
        symbols=settings.symbols(),
        config_hash=config_hash(deciding),
        decision=deciding,
        depth=settings.feed.depth,
        account={"equity_quote": settings.paper.equity_quote},
    )


def simulated_spec(settings: Settings) -> "TapeSpec":
    """Return what decides on the simulated market that the settings ask for."""
    from simulator.tape import TapeSpec  # the simulator itself runs in a process of its own

    feed = settings.feed
    return TapeSpec(
        seed=feed.seed, hours=feed.hours, symbols=tuple(settings.symbols()), depth=feed.depth,
        predictability=feed.predictability, level=feed.level or "L3", bias=feed.bias,
    )  # fmt: skip


def replayed(start: Start, run_id: str, changes: dict[str, Any]) -> Start:
    """Return a tape's start record as a replay runs it: its own run, the tape's decisions.

    `changes` are the deciding settings that the user gave explicitly in the environment; they
    go over the tape's own and change the config hash: then what the tape's run had learned
    before it does not count, since other decisions taught it.
    """
    deciding = merged(start.decision, changes)
    new_hash = config_hash(deciding)
    learned = start.calibration if new_hash == start.config_hash else None
    return msgspec.structs.replace(
        start, run_id=run_id, mode="replay", decision=deciding, config_hash=new_hash, calibration=learned
    )


def imported_start(settings: Settings) -> Callable[[str, list[str], int], Start]:
    """Return what makes the start record of an imported tape: its own symbols and depth, our decisions."""

    def make(tape_id: str, symbols: list[str], depth: int) -> Start:
        start = start_record(settings, tape_id, tape_id)
        start.venue, start.mode, start.symbols, start.depth = "kraken", "live", symbols, depth
        return start

    return make
