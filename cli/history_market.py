"""`--tape-id`: which simulated market a command about history is of, and those that the store has."""

import argparse
from pathlib import Path

from leadline.errors import StoreError


def add(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which simulated market is meant."""
    parser.add_argument("--tape-id", metavar="ID", help="of a simulated market: which one, as `history list` names it")


def refuse_elsewhere(arguments: argparse.Namespace) -> None:
    """Raise StoreError where a tape is named of a market that has none."""
    if arguments.tape_id and arguments.venue not in (None, "simulator"):
        raise StoreError("--tape-id is of simulated markets only: say --venue simulator, too")


def checked(arguments: argparse.Namespace, data_dir: Path) -> str | None:
    """Return the market that is named; raises StoreError where the store has none of that name."""
    refuse_elsewhere(arguments)
    wanted: str | None = arguments.tape_id
    if wanted is not None and wanted not in (markets := known(data_dir)):
        raise StoreError(f"there is no simulated market {wanted!r}; the store has {_listed(markets)}")
    return wanted


def known(data_dir: Path) -> list[str]:
    """Return the simulated markets of a store; none where there is no store yet."""
    from sinks import segments
    from sinks.history import connect
    from sinks.history_list import simulated_markets

    if not segments.lake(data_dir).is_dir():
        return []
    with connect(data_dir) as connection:
        return simulated_markets(connection)


def new(market: str, before: list[str], symbol: str, import_id: str) -> str:
    """Return in words that an import began a market of its own, which ones there were, and how to undo it."""
    joins = "; --tape-id ID joins one" if before else ""
    return (
        f"began the new simulated market {market}; before the store had {_listed(before)}{joins}\n"
        f"  not meant? `leadline history remove {symbol} --venue simulator --import {import_id}` takes it out"
    )


def _listed(markets: list[str]) -> str:
    return ", ".join(markets) or "none"
