"""`leadline history`: import archives, ask the venue for what is missing, list what there is, take some out again."""

import argparse
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from cli import history_import, history_list, history_remove, store
from cli.history_import import counted
from cli.history_list import gap, print_gaps
from leadline.errors import StoreError
from leadline.several import several
from leadline.times import DAY_NS, SECOND_NS
from sinks.market import REST

VENUES = ("kraken", "simulator")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("history", help="candles and trades of the past: import, backfill, list, remove")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="bring in Kraken's OHLCVT or trades archive: ZIP or CSV")
    history_import.add(importing)
    _add_store(importing)
    _add_backfill(actions.add_parser("backfill", help="ask the venue for what is missing"))
    _add_list(actions.add_parser("list", help="what there is: symbol, timeframe, from, to, bars, missing bars"))
    _add_remove(
        actions.add_parser("remove", help="take out what an import or backfill brought; a flow's own rows stay")
    )


def _add_backfill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbols", nargs="+", metavar="SYMBOL")
    parser.add_argument("--timeframe", metavar="T", help="only this one (default: every one that the venue gives)")
    parser.add_argument("--since", metavar="TIME", help="fill gaps from then on, by trades: 2025-11-01, or 30d")
    _add_store(parser, default=None)
    parser.set_defaults(do=do_backfill)


def _add_list(parser: argparse.ArgumentParser) -> None:
    history_list.add(parser)
    _add_store(parser, default=None)


def _add_remove(parser: argparse.ArgumentParser) -> None:
    history_remove.add(parser)
    _add_store(parser)


def _add_store(parser: argparse.ArgumentParser, default: str | None = "kraken") -> None:
    parser.add_argument("--venue", choices=VENUES, default=default, help="whose market it is (default: %(default)s)")
    store.add_data_dir(parser)
    store.add_json(parser)


def do_backfill(arguments: argparse.Namespace) -> None:
    """Ask for the history of symbols, and say what came and what is still missing."""
    from flows.configuration import load
    from flows.history_backfill import Plan, backfill
    from flows.history_report import OTHER_MARKET
    from sinks.history_writer import writing
    from sources import stopping
    from sources.history_names import checked_symbol, checked_timeframe
    from sources.history_rest import TIMEFRAMES, HistoryClient
    from sources.kraken.rest import RestClient

    stopping.follow()
    feed = load().settings.feed
    url, venue = history_url(feed), arguments.venue or feed.venue or "kraken"
    timeframes = (checked_timeframe(arguments.timeframe),) if arguments.timeframe else tuple(TIMEFRAMES)
    if not set(timeframes) <= set(TIMEFRAMES):
        raise StoreError(f"the venue gives no {arguments.timeframe} candles: use one of {', '.join(TIMEFRAMES)}")
    since_ns = None if arguments.since is None else since(arguments.since, time.time_ns())
    symbols = [checked_symbol(symbol) for symbol in arguments.symbols]
    world = f"{REST}{url}" if venue == "simulator" else None
    with closing(RestClient(url)) as rest, writing(store.data_dir(arguments), venue, world) as writer:
        client = HistoryClient(rest, tell=lambda line: print(f"leadline: {line}", file=sys.stderr))
        plan = Plan(timeframes, since_ns, url)
        reports = backfill(symbols, plan, client, writer, time.time_ns, progress=not arguments.json)
    if arguments.json:
        store.print_json([_plain_backfill(report) for report in reports])
        return
    for report in reports:
        for timeframe, counts in report.candles.items():
            print(f"{report.symbol} {timeframe} candles: {counted(counts)}")
            if counts.differ > OTHER_MARKET * (counts.known + counts.differ):
                differ = several(
                    counts.differ, f"{timeframe} candle of {report.symbol} differs from that in the store, which stays",
                    f"{timeframe} candles of {report.symbol} differ from those in the store, which stay",
                )  # fmt: skip
                print(
                    f"leadline: {differ}: is it the same market? See `leadline history list {report.symbol} --sources`",
                    file=sys.stderr,
                )
        if since_ns is not None:
            print(f"{report.symbol} trades: {counted(report.trades)}; 1m candles rebuilt: {counted(report.minutes)}")
        for timeframe, gaps in report.gaps.items():
            print_gaps(f"{report.symbol} {timeframe}", gaps)


def _plain_backfill(report: Any) -> dict[str, Any]:
    return {
        "symbol": report.symbol, "candles": {name: counts._asdict() for name, counts in report.candles.items()},
        "trades": report.trades._asdict(), "minutes": report.minutes._asdict(),
        "gaps": {name: [gap(some) for some in gaps] for name, gaps in report.gaps.items()},
    }  # fmt: skip


def history_url(feed: Any) -> str:
    """Return the REST address of the configured feed: Kraken's own where no other feed is configured."""
    from sources.kraken.rest import rest_url_for

    url = rest_url_for(feed.url, feed.rest_url)
    if url is None:
        raise StoreError(f"no REST address is known for {feed.url}: set feed.rest_url")
    return url


def since(text: str, now_ns: int) -> int:
    """Return a time that a person wrote: a date or time, UTC unless it says otherwise, or a number of days back.

    >>> since("2025-11-01", 2**62), since("1d", DAY_NS)
    (1761955200000000000, 0)
    """
    if text.endswith("d") and text[:-1].isdigit():
        return max(0, now_ns - int(text[:-1]) * DAY_NS)
    try:
        told = datetime.fromisoformat(text)
    except ValueError as e:
        raise StoreError(f"{text!r} is no time: write a date such as 2025-11-01, or days back such as 30d") from e
    time_ns = round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()) * SECOND_NS
    if time_ns >= now_ns:
        raise StoreError(f"{text} lies in the future; is the clock right?")
    return time_ns
