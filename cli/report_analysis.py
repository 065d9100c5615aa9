"""`leadline report analysis`, `portfolio` and `prompt`: the store analysed at one time, for people and programs."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import pages, store
from leadline.errors import StoreError
from leadline.times import utc

if TYPE_CHECKING:
    from leadline.settings import Settings

FORMATS = ("md", "json", "html")


def add(kinds: Any) -> None:
    """Add the reports to those of `leadline report`."""
    one = kinds.add_parser("analysis", help="the deep analysis of one symbol")
    all_of_them = kinds.add_parser("portfolio", help="score, bias, open risk and correlation of all symbols")
    text = kinds.add_parser("prompt", help="an analysis as a prompt text, facts only")
    for parser, do in ((one, analysis), (all_of_them, portfolio), (text, prompt)):
        if parser is not all_of_them:
            parser.add_argument("symbol", metavar="SYMBOL", help="such as BTC/USD")
        parser.add_argument("--as-of", metavar="TIME", help="ISO 8601 (default: ultimate_analyzer.as_of, or now)")
        store.add_data_dir(parser)
        parser.set_defaults(do=do)
    for parser in (one, all_of_them):
        parser.add_argument("--out", type=Path, metavar="DIR", help="default: reports in the data folder")
        parser.add_argument(
            "--format", type=_formats, default=FORMATS, metavar="md,json,html", help="default: all three"
        )
        parser.add_argument(
            "--json", action="store_true", help="print JSON for a program; files only where --out names a folder"
        )


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(text.split(",")))
    if not set(chosen) <= set(FORMATS):
        raise argparse.ArgumentTypeError(f"{text!r}; choose of {','.join(FORMATS)}")
    return chosen


class Asked:
    """What a report is asked to be of: settings, time and store."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from flows.configuration import load
        from flows.schedule import as_of, valid_until_ns

        settings: Settings = load().settings
        if arguments.as_of is not None:
            analyzer = settings.ultimate_analyzer.model_copy(update={"as_of": arguments.as_of})
            settings = settings.model_copy(update={"ultimate_analyzer": analyzer})
        self.data_dir = Path(arguments.data_dir or settings.storage.data_dir)
        self.settings = _of_store(self.data_dir, settings, one_symbol="symbol" in arguments)
        self.as_of_ns = as_of(settings, time.time_ns())
        self.valid_until_ns = valid_until_ns(self.as_of_ns, settings.ultimate_analyzer.schedule)
        self.now = datetime.now(UTC)


def _of_store(data_dir: Path, given: "Settings", one_symbol: bool) -> "Settings":
    """Return the settings with the market that the store is of; where that was not set, it is said."""
    import duckdb

    from sinks import catalog
    from sinks.stored_market import as_stored

    try:
        with catalog.connect(data_dir) as connection:
            found = as_stored(connection, given)
    except duckdb.Error as e:
        raise catalog.broken(data_dir, e) from e
    told = []
    if found.feed.venue != given.feed.venue:
        told.append("the simulated market that this store is of (LEADLINE__FEED__VENUE chooses)")
    if (symbols := found.ultimate_analyzer.symbols) != given.ultimate_analyzer.symbols and not one_symbol:
        told.append(f"{', '.join(symbols)}, which it has analyses of (ultimate_analyzer.symbols chooses)")
    if told:
        print(f"shown: {'; '.join(told)}", file=sys.stderr)
    return found


def analysis(arguments: argparse.Namespace) -> None:
    """Write a symbol's report and print where it is; or print its facts."""
    from reports.analysis import render
    from reports.analysis_facts import numbers, read

    asked = Asked(arguments)
    facts = read(asked.data_dir, symbol_of(arguments), asked.as_of_ns, asked.valid_until_ns, asked.settings)
    if arguments.json:
        store.print_json(numbers(facts))
    name = f"analysis-{facts.analysis.symbol.replace('/', '-')}"
    _write(arguments, asked, name, {form: render(facts, form, asked.now) for form in _wanted(arguments)})


def portfolio(arguments: argparse.Namespace) -> None:
    """Write the report of all configured symbols and print where it is; or print its facts."""
    from reports.portfolio import numbers, read, render

    asked = Asked(arguments)
    facts = read(asked.data_dir, asked.as_of_ns, asked.valid_until_ns, asked.settings)
    if arguments.json:
        store.print_json(numbers(facts))
    _write(arguments, asked, "portfolio", {form: render(facts, form, asked.now) for form in _wanted(arguments)})


def prompt(arguments: argparse.Namespace) -> None:
    """Print a symbol's facts as a prompt text."""
    from reports.analysis_facts import read
    from reports.prompt import prompt as text_of

    asked = Asked(arguments)
    facts = read(asked.data_dir, symbol_of(arguments), asked.as_of_ns, asked.valid_until_ns, asked.settings)
    sys.stdout.write(text_of(facts))


def symbol_of(arguments: argparse.Namespace) -> str:
    """Return the symbol that is asked for, by the name that is used here; raises StoreError."""
    from sources.history_names import checked_symbol

    return checked_symbol(arguments.symbol)


def _wanted(arguments: argparse.Namespace) -> tuple[str, ...]:
    return () if arguments.json and arguments.out is None else arguments.format


def _write(arguments: argparse.Namespace, asked: Asked, name: str, texts: dict[str, str]) -> None:
    """Put the files in place and print their paths; a report of the past has its time in its name."""
    folder = arguments.out or asked.data_dir / "reports"
    if asked.settings.ultimate_analyzer.as_of is not None:
        name = f"{name}-{utc(asked.as_of_ns):%Y%m%dT%H%M}"
    for form, text in texts.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StoreError(f"cannot make the folder {str(folder)!r} ({e.strerror or e}); choose another") from e
        pages.write(folder / f"{name}.{form}", text)
        if not arguments.json:
            print(folder / f"{name}.{form}")
