"""`leadline signals`: the latest signals, from the store, also while a flow runs."""

import argparse
from typing import Any

from cli import store

COLUMNS = (
    "ts", "mode", "venue", "symbol", "setup", "side", "entry", "stop", "target", "hft_score", "strength", "confidence",
    "breakeven_win_rate", "verdict", "reasons",
)  # fmt: skip


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("signals", help="show the latest signals")
    parser.add_argument(
        "-n", type=store.whole_number, default=20, metavar="N", help="how many, newest last (default: 20)"
    )
    parser.add_argument("--symbol", help="of this symbol only, such as BTC/USD")
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> None:
    """Print the signals as a table, or as a JSON list with every column."""
    from sinks import catalog

    columns = "*" if arguments.json else ", ".join(COLUMNS)
    where = "" if arguments.symbol is None else "WHERE symbol = ?"
    inner = f"SELECT {columns} FROM signals {where} ORDER BY ts DESC, stored_at DESC LIMIT ?"
    parameters = [arguments.n] if arguments.symbol is None else [arguments.symbol, arguments.n]
    with catalog.connect(store.data_dir(arguments)) as connection:
        result = connection.execute(f"SELECT * FROM ({inner}) ORDER BY ts", parameters)
        names = [column[0] for column in result.description]
        rows = result.fetchall()
    if arguments.json:
        store.print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        shown = ["market" if name == "venue" else name for name in names]
        store.print_table(shown, [_told(dict(zip(names, row, strict=True))) for row in rows])
    else:
        print("no signals yet")


def _told(row: dict[str, Any]) -> list[Any]:
    """Return a row's cells; the mode alone does not tell that a live client listened to a simulated exchange."""
    from sinks.cards import market

    digits = {"hft_score": 1, "strength": 0, "confidence": 3, "breakeven_win_rate": 3}
    cells = row | {"venue": market(row["mode"], row["venue"])}
    return [round(v, digits[n]) if n in digits and v is not None else v for n, v in cells.items()]
