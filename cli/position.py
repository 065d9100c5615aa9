"""`leadline position`: a position of your own, declared to the live line, which then says what the book says of it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import handing, store
from cli.last_price import last_price
from leadline.errors import StoreError
from leadline.times import utc

if TYPE_CHECKING:
    from leadline.positions import Declared
    from sinks.risk_file import RiskState

SIDES = {"buy": "buy", "long": "buy", "sell": "sell", "short": "sell"}


def add(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    parser = commands.add_parser("position", help="declare a position of yours, to be told hold, honour or exit")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    declare = actions.add_parser("add", help="declare a position; no order is placed")
    declare.add_argument("symbol", help="such as BTC/USD")
    declare.add_argument("side", choices=tuple(SIDES))
    declare.add_argument("entry", type=float, help="price you entered at")
    declare.add_argument("stop", type=float, help="price of your stop")
    declare.add_argument("--target", type=float, help="price of your target (default: twice the stop's distance)")
    declare.set_defaults(do=do_add)
    close = actions.add_parser("close", help="say that a position is closed; no order is placed")
    close.add_argument("position", help="its id, or a symbol for all of it")
    close.set_defaults(do=do_close)
    listing = actions.add_parser("list", help="show the declared positions")
    listing.set_defaults(do=do_list)
    for action in (declare, close, listing):
        store.add_data_dir(action)
        store.add_json(action)


def do_add(arguments: argparse.Namespace) -> None:
    """Check a position and write its command into the inbox."""
    from leadline import positions

    data_dir, state = _state(arguments)
    plain = {"symbol": arguments.symbol.upper(), "side": SIDES[arguments.side], "entry": arguments.entry,
             "stop": arguments.stop, "target": arguments.target}  # fmt: skip
    try:
        said = positions.understood(plain)
    except ValueError as e:
        raise StoreError(f"{arguments.symbol} {arguments.side}: {e}") from e
    known = [] if state is None else state.symbols
    if known and said.symbol not in known:
        raise StoreError(f"unknown symbol {said.symbol!r}; the live line has {', '.join(known)}")
    handing.hand_over(arguments, data_dir, {"command": "position_add", **plain})
    declared = [] if state is None else [one.of for one in state.declared()]
    known_price = last_price(data_dir, said.symbol, None if state is None else state.venue)
    warnings = [positions.beside(declared, said)]
    if known_price is not None:
        touch = known_price.bid if said.sign > 0 else known_price.ask
        warnings.append(
            positions.doubtful(said, touch, f"the last known price of {known_price.ts:%Y-%m-%d %H:%M} UTC,")
        )
    for warning in filter(None, warnings):
        print(f"leadline: {warning}", file=sys.stderr)


def do_close(arguments: argparse.Namespace) -> None:
    """Check that there is such a position, and write its command into the inbox."""
    data_dir, state = _state(arguments)
    which = arguments.position.upper() if "/" in arguments.position else arguments.position
    declared = [] if state is None else state.declared()
    if not any(which in (one.id, one.of.symbol) for one in declared):
        raise StoreError(f"there is no position {which!r}: `leadline position list` shows what is declared")
    handing.hand_over(arguments, data_dir, {"command": "position_close", "position": which})


def do_list(arguments: argparse.Namespace) -> None:
    """Print the positions as the newest live run has them."""
    from sources import inbox

    data_dir, state = _state(arguments)
    held = [] if state is None else state.declared()
    rows, waiting = [_row(one) for one in held], len(inbox.waiting(data_dir))
    if arguments.json:
        store.print_json({"positions": rows, "inbox": waiting})
        return
    if rows:
        rows = [row | {"said": one.told} for row, one in zip(rows, held, strict=True)]
        store.print_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        print("no position is declared")
    if waiting:
        print(f"{waiting} waiting in the inbox")


def _row(one: "Declared") -> dict[str, Any]:
    from msgspec.structs import asdict

    since = utc(one.since_ns).replace(tzinfo=None)
    return {"id": one.id, "since": since, **asdict(one.of), "said": one.said}


def _state(arguments: argparse.Namespace) -> tuple[Path, "RiskState | None"]:
    from sinks import risk_file

    data_dir = handing.data_dir(arguments)
    return data_dir, risk_file.load(data_dir)
