"""`leadline history import`: files in, and what became of each, of its lines, and of the market they are of."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import history_market, store
from cli.history_list import minute
from leadline.several import several
from sinks.market import time_of

if TYPE_CHECKING:
    from flows.history_report import Report

SHOWN = 10  # rejected lines that are printed; --json has more, --rejects all


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments besides those of the store."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="CSV, plain or .gz, or a ZIP of them")
    parser.add_argument("--symbol", metavar="SYMBOL", help="where the name does not tell; of a ZIP: only this one")
    parser.add_argument("--timeframe", metavar="T", help="of candles where the name does not tell; of a ZIP: only this")
    history_market.add(parser)
    parser.add_argument("--strict", action="store_true", help="stop at the first line or candle that is wrong")
    parser.add_argument("--rejects", type=Path, metavar="FILE", help="write every rejected line there, as CSV")
    parser.set_defaults(do=do_import)


def do_import(arguments: argparse.Namespace) -> int:
    """Import files and say what became of each.

    Return 1 where one of a ZIP could not be read to its end, all lines of one were rejected, or one is hardly of the
    market that the store has.
    """
    from flows.history_import import import_files
    from flows.history_report import Choice
    from sources.history_names import checked_symbol, checked_timeframe

    choice = Choice(
        arguments.symbol and checked_symbol(arguments.symbol),
        arguments.timeframe and checked_timeframe(arguments.timeframe), arguments.strict,
    )  # fmt: skip
    history_market.refuse_elsewhere(arguments)
    markets = history_market.known(store.data_dir(arguments)) if arguments.venue == "simulator" else []
    reports, skipped = import_files(
        arguments.files, store.data_dir(arguments), choice, arguments.venue, tape_id=arguments.tape_id,
        rejects=arguments.rejects, progress=not arguments.json,
    )  # fmt: skip
    begun = _begun(reports, arguments, markets)
    if arguments.json:
        answer = {"files": [_plain(report) for report in reports], "skipped": skipped, "new_market": begun}
        store.print_json(answer)
    else:
        for report in reports:
            print("\n".join(lines(report, arguments.rejects)))
        if begun is not None:
            print(history_market.new(begun, markets, reports[0].symbol, reports[0].import_id))
        if skipped:
            others = f"; and {len(skipped) - 1} more" * (len(skipped) > 1)
            print(f"skipped {several(len(skipped), 'file')}: {skipped[0]}{others}")
    return int(any(report.fault or report.doubtful or report.useless for report in reports))


def _begun(reports: "list[Report]", arguments: argparse.Namespace, before: list[str]) -> str | None:
    """Return the simulated market that an import began; None where it joined one, or brought nothing."""
    added = any(report.counts.added or report.minutes.added for report in reports)
    market = arguments.tape_id or reports[0].import_id
    return market if added and arguments.venue == "simulator" and market not in before else None


def lines(report: "Report", rejects: Path | None) -> list[str]:
    """Return what became of a file, in words; `rejects` is where all of its rejected lines are, if anywhere."""
    counts, what = report.counts, "trades" if report.timeframe is None else f"{report.timeframe} candles"
    said = [f"{report.file}: {report.symbol} {what}{_span(report)}: {counted(counts)}"]
    if report.timeframe is None:
        said.append(f"  1m candles rebuilt from them: {counted(report.minutes)}")
    if report.outside:
        left_out = several(report.outside, "trade")
        said.append(f"  {left_out} left out: not all of the minute is known to be there, as at both ends")
    said += doubts(report)
    if report.fault:
        said.append(f"  not read to its end: {report.fault}")
    if report.n_rejected:
        said.append(f"  {several(report.n_rejected, 'line')} rejected")
        said += [f"    line {reject.line}: {reject.reason}" for reject in report.rejects[:SHOWN]]
        every = "--rejects FILE writes all of them to a file" if rejects is None else f"all of them are in {rejects}"
        said += _more(report.n_rejected, every)
    return said


def _more(n: int, where: str = "") -> list[str]:
    """Return the line behind the first of many; none where all of them were shown."""
    return [f"    and {n - SHOWN:,} more{where and f'; {where}'}"] if n > SHOWN else []


def doubts(report: "Report") -> list[str]:
    """Return what speaks against it that a file and the store are of one market."""
    from flows.history_report import differing, jumping

    differ, said = report.counts.differ + report.minutes.differ, []
    if differ:
        of = several(
            differ, "candle differs from that in the store, which stays",
            "candles differ from those in the store, which stay",
        )  # fmt: skip
        said.append(f"  {of}: is it the same market?")
        said += [f"    {differing(report, one)}" for one in report.differences[:SHOWN]]
        said += _more(differ)
    if report.n_jumps:
        said.append(f"  {several(report.n_jumps, 'impossible price')}: is it the same market?")
        said += [f"    {jumping(one)}" for one in report.jumps[:SHOWN]]
        said += _more(report.n_jumps)
    if report.doubtful:
        said.append(f"  take out what is wrong: `leadline history remove {report.symbol} --import ID`, where ID is")
        said.append(f"  {report.import_id} for what this file added; `leadline history list --sources` shows all")
    return said


def _span(report: "Report") -> str:
    if report.first_ns is None or report.to_ns is None:
        return ""
    return f" {minute(report.first_ns)} to {minute(report.to_ns)}"


def _plain(report: "Report") -> dict[str, Any]:
    return {
        "file": report.file, "symbol": report.symbol, "timeframe": report.timeframe, "rows": report.rows,
        **report.counts._asdict(), "minutes": report.minutes._asdict() if report.timeframe is None else None,
        "left_out": report.outside, "rejected": report.n_rejected,
        "rejects": [reject._asdict() for reject in report.rejects], "fault": report.fault, "import": report.import_id,
        "doubtful": report.doubtful, "differences": [_plain_difference(one) for one in report.differences],
        "jumps": report.n_jumps,
        "from": report.first_ns and time_of(report.first_ns), "to": report.to_ns and time_of(report.to_ns),
    }  # fmt: skip


def _plain_difference(one: Any) -> dict[str, Any]:
    return {"open_time": time_of(one.open_ns), "stored": one.stored, "given": one.given, "brought_by": one.brought_by}


def counted(counts: Any) -> str:
    """Return how many rows came, in words."""
    return f"{counts.added:,} added, {counts.known:,} already there"
