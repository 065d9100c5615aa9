"""What commands that read the store share: where it is, and how rows are printed."""

import argparse
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where the store is."""
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder (default: storage.data_dir)")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let a command answer a program."""
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def data_dir(arguments: argparse.Namespace) -> Path:
    """Return the data folder: the one given, else the configured one."""
    if arguments.data_dir is not None:
        return Path(arguments.data_dir)
    from flows.configuration import load

    return Path(load().settings.storage.data_dir)


def print_json(value: Any) -> None:
    """Print one JSON value; times in ISO 8601, UTC."""
    print(json.dumps(value, default=_plain))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='microseconds')}Z"
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(f"no JSON for {value!r}")


def print_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a plain table; numbers to the right, nothing cut off where no terminal limits it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for i, name in enumerate(names):
        numeric = any(isinstance(row[i], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 10_000
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def whole_number(text: str) -> int:
    """Return an argument that counts something, at least 1; argparse names this function when it is no number."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value
