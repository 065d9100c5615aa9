"""`leadline compare`: one tape under several settings, side by side, the difference paired by signal."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import pages, store

if TYPE_CHECKING:
    from flows.plays import Market
    from flows.variants import Variant
    from leadline.comparison import Compared

ACROSS = 3  # variants beside the first in one table
EXAMPLE = "fees.profile=kraken_futures,kraken_spot_10k-"


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("compare", help="play one tape under several settings and compare the outcomes")
    parser.add_argument(
        "tape", nargs="?", type=Path, metavar="TAPE",
        help="a tape's folder, or its id in the data folder (default: the embedded simulated market)",
    )  # fmt: skip
    parser.add_argument(
        "--vary", action="append", required=True, metavar="NAME=VALUE,VALUE",
        help=f"a deciding setting and its values, such as {EXAMPLE}; again for each setting, all combinations are "
        "played; the first values are what the others are held against",
    )  # fmt: skip
    parser.add_argument("--hours", type=positive, help="of the simulated market (default: feed.hours)")
    parser.add_argument("--out", type=Path, metavar="FILE.html", help="write it as a page, too")
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=do)


def positive(text: str) -> float:
    """Return an argument that is a number above 0; argparse names this function when it is none."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def do(arguments: argparse.Namespace) -> None:
    """Play every variant and print what came of them."""
    from flows.comparing import checked, market_of
    from flows.plays import Job, play_all
    from leadline.comparison import compared, doubts

    market = market_of(arguments.tape, arguments.hours, arguments.data_dir)
    wanted = checked(market, arguments.vary)
    with _bars([variant.name for variant in wanted], shown=not arguments.json) as told:
        played = play_all([Job(market, variant.changes) for variant in wanted], told)
    found = compared([(v.name, p.signals, p.outcomes) for v, p in zip(wanted, played, strict=True)])
    biases = _biases(wanted, played[0].biases, market.folder is None)
    notes = [*_damage(played[0].damage), *biases, *doubts(found, market.simulated)]
    if arguments.out is not None:
        _write(arguments.out, market, found, notes)
    if arguments.json:
        from reports.comparison import numbers

        about = {"tape": market.name, "simulated": market.simulated, "notes": notes}
        store.print_json(numbers(found, [variant.changes for variant in wanted], about))
    else:
        _print(market, found, notes)


@contextmanager
def _bars(names: Sequence[str], shown: bool) -> Iterator[Callable[[int, float], None]]:
    """Show how far each play is, on standard error; give what is to be told of it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not shown or not console.is_terminal) as progress:
        tasks = [progress.add_task(name, total=1.0) for name in names]
        yield lambda number, done: progress.update(tasks[number], completed=done)


def _damage(damage: list[str]) -> list[str]:
    """Return what is to be said of a tape with holes."""
    if not damage:
        return []
    places = "one place" if len(damage) == 1 else f"{len(damage)} places"
    return [f"The tape is damaged in {places} ({damage[0]}): every variant was played with the same hole."]


def _biases(wanted: "Sequence[Variant]", biases: int, made_here: bool) -> list[str]:
    """Return what is to be said where the day's bias is varied on a tape that has none."""
    if biases or not any("hybrid_mode" in variant.changes for variant in wanted):
        return []
    how = "; set LEADLINE__FEED__BIAS for a made-up one" if made_here else ""
    return [f"The tape has no bias of the day, so hybrid_mode changes nothing on it{how}."]


def _print(market: "Market", found: "Sequence[Compared]", notes: Sequence[str]) -> None:
    from reports.comparison import side_by_side

    print(f"{len(found)} variants on {market.name}:")
    for number, one in enumerate(found, 1):
        print(f"  [{number}] {one.name}")
    cells = side_by_side(found)
    for at in range(1, len(found), ACROSS):
        shown = [0, *range(at, min(at + ACROSS, len(found)))]
        print()
        store.print_table(
            ("", *(f"[{n + 1}]" for n in shown)), [[row[0], *(row[n + 1] for n in shown)] for row in cells]
        )
    print("", *notes, sep="\n")


def _write(out: Path, market: "Market", found: "Sequence[Compared]", notes: Sequence[str]) -> None:
    from reports.comparison import comparison_page

    pages.write(out, comparison_page(found, market.name, notes, market.simulated, datetime.now(UTC)))
