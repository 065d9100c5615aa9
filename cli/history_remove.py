"""`leadline history remove`, and `history list --sources`: what each import brought, and how it goes again."""

import argparse
from typing import TYPE_CHECKING, Any

from cli import history_market, store
from leadline.errors import StoreError
from leadline.several import several

if TYPE_CHECKING:
    from sinks.history_remove import Brought, Wanted


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments besides those of the store."""
    parser.add_argument("symbol", metavar="SYMBOL")
    parser.add_argument("--timeframe", metavar="T", help="only candles of this one")
    parser.add_argument("--source", metavar="NAME", help="only what came from this file or address")
    parser.add_argument("--import", dest="import_id", metavar="ID", help="only what this import brought")
    history_market.add(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and keep it")
    parser.set_defaults(do=do_remove)


def do_remove(arguments: argparse.Namespace) -> None:
    """Take imported history out of the store, and say what went."""
    from sinks import segments
    from sinks.history_remove import Remover, Wanted, brought
    from sources.history_names import checked_symbol, checked_timeframe

    data_dir, symbol = store.data_dir(arguments), checked_symbol(arguments.symbol)
    timeframe = arguments.timeframe and checked_timeframe(arguments.timeframe)
    tape_id = history_market.checked(arguments, data_dir)
    wanted = Wanted(symbol, arguments.venue, timeframe, arguments.source, arguments.import_id, tape_id)
    found = brought(data_dir, wanted)
    if not found:
        raise StoreError(_nothing(wanted, brought(data_dir, Wanted(symbol))))
    if not arguments.dry_run:
        segments.prepare(data_dir)
        Remover(data_dir).remove(wanted, found)
    if arguments.json:
        store.print_json([row(one) for one in found])
        return
    for one in found:
        print(f"{_said(one)}: {several(one.n, 'row')} {'would be removed' if arguments.dry_run else 'removed'}")


def _said(one: "Brought") -> str:
    what = "trades" if one.timeframe is None else f"{one.timeframe} candles"
    of = one.venue if one.tape_id is None else f"the simulated market {one.tape_id}"
    return (
        f"{one.symbol} {what} of {of}, {one.from_time:%Y-%m-%d %H:%M} to {one.to_time:%Y-%m-%d %H:%M}, "
        f"from {one.source}, import {one.import_id} of {one.stored_at:%Y-%m-%d %H:%M}"
    )


def _nothing(wanted: "Wanted", there: "list[Brought]") -> str:
    asked = {"timeframe": wanted.timeframe, "source": wanted.source, "import": wanted.import_id,
             "tape-id": wanted.tape_id}  # fmt: skip
    only = "".join(f" --{name} {value}" for name, value in asked.items() if value is not None)
    if not there:
        return (
            f"no import has brought history of {wanted.symbol}: `leadline history list --sources` shows what there is"
        )
    venues = sorted({one.venue for one in there})
    elsewhere = "" if wanted.venue in venues else f" of {venues[0]} (say --venue {venues[0]})"
    return (
        f"no import has brought {wanted.symbol} of {wanted.venue}{only}; there is{elsewhere}:\n"
        + "\n".join(map(_said, there))
    )  # fmt: skip


def print_sources(rows: "list[Brought]", as_json: bool) -> None:
    """Print what each import brought."""
    if as_json:
        store.print_json([row(one) for one in rows])
        return
    shown = [row(one) for one in rows]
    names = [name for name in shown[0] if name != "tape_id" or any(one["tape_id"] for one in shown)]
    store.print_table(
        names, [["trades" if one[n] is None and n == "timeframe" else one[n] for n in names] for one in shown]
    )


def row(one: "Brought") -> dict[str, Any]:
    """Return what an import brought for a program."""
    return {
        "venue": one.venue, "tape_id": one.tape_id, "symbol": one.symbol, "timeframe": one.timeframe,
        "from": one.from_time, "to": one.to_time, "rows": one.n, "origin": one.origin, "source": one.source,
        "import": one.import_id, "stored_at": one.stored_at,
    }  # fmt: skip
