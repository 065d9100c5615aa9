"""The doctor's page: findings by group, one line each, and the ladder below them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from doctor.checkup import Found
from doctor.finding import exit_code
from leadline.ladder import Ladder
from leadline.several import several

SIGNS = {"error": ("ERROR", "bold red"), "warning": ("warning", "yellow"), "unchecked": ("not checked", "dim")}
STATES = {"met": ("met", "green"), "not_yet": ("not yet", "yellow"), "yours": ("yours", "dim")}
WIDE = 10_000  # where no terminal limits it, a finding is one line


def show(head: Mapping[str, Any], found: Sequence[Found], evidence: tuple[Ladder, int] | None) -> None:
    """Print the page."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    with console.capture() as page:
        _page(console, head, found, evidence)
    print(*(line.rstrip() for line in page.get().splitlines()), sep="\n")


def _page(
    console: Console, head: Mapping[str, Any], found: Sequence[Found], evidence: tuple[Ladder, int] | None
) -> None:
    console.print(Text(_head(head), style="bold"))
    for group, some in groupby(found, key=lambda one: one.group):
        console.print(Text(f"\n{group}", style="bold"))
        console.print(Padding(_findings(list(some)), (0, 0, 0, 2), expand=False))
    console.print(Text(_verdict(found)))
    if "config_hash" in head:
        _ladder(console, head["config_hash"], evidence)


def _head(head: Mapping[str, Any]) -> str:
    parts = [f"leadline doctor  {head['checked_at']:%Y-%m-%d %H:%M:%S} UTC"]
    if "config_hash" in head:
        runs = "a live run is on" if head["running"] else "no live run now"
        config = str(head["config"]) if head["config"].exists() else f"no {head['config']}: defaults"
        parts += [config, f"data in {head['data_dir']}", f"feed {head['feed']}", runs]
    return " · ".join(parts)


def _findings(found: Sequence[Found]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for _, finding in found:
        sign, style = SIGNS[finding.severity]
        what = f"{finding.what}: {finding.fix}" if finding.fix else finding.what
        table.add_row(Text(sign, style=style), finding.name, Text(what, style="dim" if sign == "not checked" else ""))
    return table


def _verdict(found: Sequence[Found]) -> str:
    counts = [sum(one.finding.severity == severity for one in found) for severity in ("error", "warning")]
    if not any(counts):
        return "\nnothing is wrong"
    words = [several(n, word) for n, word in zip(counts, ("error", "warning"), strict=True) if n]
    return f"\n{', '.join(words)}: exit code {exit_code(one.finding for one in found)}"


def _ladder(console: Console, config_hash: str, evidence: tuple[Ladder, int] | None) -> None:
    console.print(
        Text(f"\nBefore anyone trades by hand on these signals (live rows of config {config_hash} only)", style="bold")
    )
    if evidence is None:
        console.print("  not counted: there is no store yet, or what is counted cannot be read")
        return
    ladder, elsewhere = evidence
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, step in enumerate(ladder.steps, 1):
        state, style = STATES[step.state]
        table.add_row(str(number), step.name, Text(state, style=style), step.says)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    if elsewhere:
        console.print(f"  {elsewhere} live trades of other settings do not count")
