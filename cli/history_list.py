"""`leadline history list`: what there is, which bars are missing, and which rolled-up bars lack parts."""

import argparse
from typing import TYPE_CHECKING, Any

from cli import history_market, store
from leadline.errors import StoreError
from leadline.several import several
from sinks.market import time_of

if TYPE_CHECKING:
    from leadline.analysis.parts import Gaps
    from leadline.history import Gap
    from sinks.history_list import Series

SHOWN = 10  # gaps that are printed; --json has more


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments besides those of the store."""
    parser.add_argument("symbol", nargs="?", metavar="SYMBOL", help="only this one")
    parser.add_argument("--gaps", action="store_true", help="list the stretches of missing bars too")
    parser.add_argument("--sources", action="store_true", help="list what each import and backfill brought instead")
    history_market.add(parser)
    parser.set_defaults(do=do_list)


def do_list(arguments: argparse.Namespace) -> None:
    """Print what there is."""
    from sinks.history import connect
    from sinks.history_list import rolled_gaps, rolled_up_to, series, stored, stored_gaps
    from sources.history_names import checked_symbol

    symbol = arguments.symbol and checked_symbol(arguments.symbol)
    tape_id = history_market.checked(arguments, store.data_dir(arguments))
    if arguments.sources:
        from cli.history_remove import print_sources
        from sinks.history_remove import Wanted, brought

        if not (sources := brought(store.data_dir(arguments), Wanted(symbol, arguments.venue, tape_id=tape_id))):
            raise StoreError(_nothing(symbol))
        return print_sources(sources, arguments.json)
    rows, said = [], []
    with connect(store.data_dir(arguments)) as connection:
        found = [of for of in series(connection, arguments.venue, symbol) if tape_id in (None, of.tape_id)]
        for one in found:
            these, longer = stored(connection, one), rolled_up_to(one, found)
            gaps = stored_gaps(these, one) if arguments.gaps else []
            made = [rolled_gaps(these, one, timeframe) for timeframe in longer]
            rows.append(_row(one, made) | ({"gaps": [gap(some) for some in gaps]} if arguments.gaps else {}))
            said.append((f"{one.symbol} {one.timeframe}", gaps, made))
    if arguments.json:
        store.print_json(rows)
    elif not rows:
        raise StoreError(_nothing(symbol))
    else:
        worlds = any(row["tape_id"] for row in rows)  # of one symbol there may be several: each has its own
        shown = [name for name in rows[0] if name not in ("gaps", "rolled_up") and (worlds or name != "tape_id")]
        store.print_table(shown, [[row[name] for name in shown] for row in rows])
        for what, gaps, made in said:
            print_gaps(what, gaps)
            if any(of.n_gaps for of in made):
                print(f"{what} rolled up: {lacking(made)}")


def _row(one: "Series", made: "list[Gaps]") -> dict[str, Any]:
    return {
        "venue": one.venue, "tape_id": one.tape_id, "symbol": one.symbol, "timeframe": one.timeframe,
        "from": time_of(one.from_ns), "to": time_of(one.to_ns), "bars": one.n_bars, "quiet": one.n_quiet,
        "missing": one.n_missing, "origins": one.origins,
        "rolled_up": [
            {"timeframe": of.timeframe, "bars": of.n_bars, "bars_with_gaps": of.n_gaps, "may_be_quiet": of.n_untold}
            for of in made
        ],
    }  # fmt: skip


def lacking(made: "list[Gaps]") -> str:
    """Return in words how many of the bars that a series makes lack parts, by timeframe."""
    from leadline.analysis.parts import GAP, quietly

    counts = [f"{of.n_gaps:,} of {of.n_bars:,} {of.timeframe} bars" for of in made if of.n_gaps]
    quiet = quietly(sum(of.n_gaps for of in made), sum(of.n_untold for of in made))
    return f"{', '.join(counts)} lack more than {100 * GAP:.0f} % of their parts{quiet}"


def _nothing(symbol: str | None) -> str:
    of = f" of {symbol}" if symbol else ""
    return f"there is no history{of}: bring some with `leadline history import FILE` or `history backfill SYMBOL`"


def gap(of: "Gap") -> dict[str, Any]:
    """Return a stretch of missing bars for a program."""
    return {"from": time_of(of.from_ns), "to": time_of(of.to_ns), "bars": of.n_bars}


def print_gaps(what: str, gaps: "list[Gap]") -> None:
    """Print the stretches of missing bars, the first of many."""
    for one in gaps[:SHOWN]:
        print(f"{what}: {one.n_bars:,} missing from {minute(one.from_ns)} to {minute(one.to_ns)}")
    if len(gaps) > SHOWN:
        print(f"{what}: {several(len(gaps) - SHOWN, 'more gap')}; --json lists all")


def minute(time_ns: int) -> str:
    """Return a time as people read it, to the minute, UTC."""
    return f"{time_of(time_ns):%Y-%m-%d %H:%M}"
