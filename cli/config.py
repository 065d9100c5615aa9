"""`leadline config`: every setting's effective value, and where it came from."""

import argparse
import json
from pathlib import Path
from typing import Any

from cli import store


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("config", help="show every setting's effective value and where it came from")
    parser.add_argument("--file", type=Path, help="its file (default: LEADLINE_CONFIG, else trading_config.json)")
    store.add_json(parser)
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> None:
    """Print path, value and origin (default, file, environment) of each setting."""
    from flows.configuration import effective, load

    loaded = load(arguments.file)
    settings = effective(loaded)
    if arguments.json:
        store.print_json({path: {"value": value, "origin": origin} for path, value, origin in settings})
        return
    print(*(f"# {notice}" for notice in (f"configuration: {loaded.path}", *loaded.notices)), sep="\n")
    rows = [(path, json.dumps(value), origin) for path, value, origin in settings]
    store.print_table(("setting", "value", "from"), rows)
