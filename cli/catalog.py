"""`leadline catalog refresh`: write the views anew, as after the data folder was moved."""

import argparse
from typing import Any

from cli import store


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("catalog", help="look after <data_dir>/leadline.duckdb")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    refresh = actions.add_parser("refresh", help="write its views anew, as after the folder was moved")
    store.add_data_dir(refresh)
    store.add_json(refresh)
    refresh.set_defaults(do=do_refresh)


def do_refresh(arguments: argparse.Namespace) -> None:
    """Refresh the catalog and say where it is."""
    from sinks import catalog, segments

    folder = store.data_dir(arguments)
    catalog.require(folder)
    segments.prepare(folder)  # a table that is new since then gets its first, empty segment
    target = catalog.refresh(folder)
    if arguments.json:
        store.print_json({"file": target})
    else:
        print(f"{target}: views now read {segments.lake(folder).absolute()}")
