"""`leadline export FILE.duckdb`: the store's rows as real tables, in one file to give away."""

import argparse
from pathlib import Path
from typing import Any

from cli import store
from leadline.errors import StoreError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("export", help="write the store's rows as real tables into one DuckDB file")
    parser.add_argument("file", type=Path, metavar="FILE.duckdb")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> None:
    """Write the file and say how many rows each table has."""
    from sinks import catalog

    folder, target = store.data_dir(arguments), arguments.file
    if target.absolute() == catalog.path(folder).absolute():
        raise StoreError(f"{str(target)!r} is the catalog itself; export to another file")
    if target.exists() and not arguments.force:
        raise StoreError(f"{str(target)!r} exists; give another name, or --force to replace it")
    counts = catalog.export(folder, target)
    if arguments.json:
        store.print_json({"file": target, "rows": counts})
    else:
        store.print_table(("table", "rows"), list(counts.items()))
