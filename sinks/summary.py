"""The summary at the end of a run: what was seen, what was signalled, and where to ask more.

It is made of the rows of this process; what a resumed run did before is said to be missing.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadline.moment import Row
from leadline.performance import Outcome
from sinks import cards, catalog, outcomes
from sinks.performance_lines import performance_lines

Values = Mapping[str, Any]
QUESTION = "SELECT symbol, side, setup, verdict, count(*) FROM signals GROUP BY ALL ORDER BY ALL"
ENDINGS = {
    "end_of_tape": "the tape came to its end", "end_of_market": "the simulated market came to its end",
    "end_of_import": "the imported recording came to its end", "stopped": "stopped on request",
}  # fmt: skip
RESUMED = (
    "The run was resumed: signals by setup, resyncs by reason and outcomes here are of the time since. "
    "All of it: leadline report performance"
)
UNPROVEN = "unproven: its win rate is not above break-even for sure"


class Tally:
    """Counts of one process's rows, for its summary."""

    def __init__(self) -> None:
        self.run: Values | None = None  # the latest runs row
        self.whole = False  # the run began in this process
        self.frames = 0  # frames this process decoded, to the last tick
        self.signals: Counter[tuple[str, str, str]] = Counter()  # by setup, side, verdict
        self.reasons: dict[tuple[str, str, str], Counter[str]] = {}
        self.resyncs: Counter[str] = Counter()
        self.outcomes: list[Outcome] = []  # in the account's fill model

    def add(self, row: Row) -> None:
        """Take in a row of any table."""
        table, values = row
        if table == "telemetry":
            self.frames += int(sum(values.get("frames", {}).values()))
        elif table == "signals":
            self._signal(values)
        elif table == "paper_trades":
            if values["account_model"]:
                self.outcomes.append(outcomes.of_row(values))
        elif table == "resync":
            self.resyncs[values["reason"]] += 1
        elif table == "runs":
            self.run = values
            self.whole = self.whole or values.get("exit_reason") is None

    def _signal(self, values: Values) -> None:
        key = (values["setup"], values["side"], values["verdict"])
        self.signals[key] += 1
        if values.get("reasons") and values["verdict"] != "tradable":  # those are notes on its size
            self.reasons.setdefault(key, Counter())[values["reasons"][0]] += 1

    def ended(self) -> Values | None:
        """Return the run's last row, once it has ended."""
        return self.run if self.run is not None and self.run.get("exit_reason") is not None else None


def summary(tally: Tally, run: Values, wall_s: float, data_dir: Path) -> list[RenderableType]:
    """Return the parts of the summary of a run that has ended."""
    head = Group(Text("\nSummary", style="bold"), _facts(tally, run, wall_s), _signals(tally))
    since = () if tally.whole else (Text(RESUMED, style="yellow"),)
    return [head, *since, *performance_lines(tally.outcomes, run), *_where(catalog.path(data_dir))]


def _facts(tally: Tally, run: Values, wall_s: float) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    resyncs = ", ".join(f"{cards.words(name)} {n}" for name, n in tally.resyncs.most_common())
    for label, text in (
        ("run", f"{run.get('run_id')} ({run.get('mode')}), {_ending(run)}"),
        ("tape", _span(run)),
        ("frames", _frames(tally, run, wall_s)),
        (
            "book",
            f"{run.get('book_verified') or 0:,} messages verified, {run.get('book_mismatched') or 0:,} mismatched",
        ),
        ("resyncs", f"{run.get('resyncs') or 0:,}" + (f" ({resyncs})" if resyncs else "")),
        *((("rejected", f"{run['rejected']:,} inputs; see the view rejects"),) if run.get("rejected") else ()),
        ("signals", f"{run.get('signals') or 0:,}"),
        ("hash", run.get("signals_hash") or "-"),
    ):
        grid.add_row(label, text)
    return grid


def _frames(tally: Tally, run: Values, wall_s: float) -> str:
    """Return how many frames there were, and at what rate: of a resumed run both are of this process alone, too."""
    whole = run.get("frames") or 0
    since, here = ("", whole) if tally.whole else (f"; since the run was resumed {tally.frames:,}", tally.frames)
    return f"{whole:,}{since} in {wall_s:,.1f} s of wall time: {here / max(wall_s, 1e-9):,.0f} a second"


def _ending(run: Values) -> str:
    reason = str(run.get("exit_reason") or "")
    if run.get("mode") == "replay" and reason == "stopped":  # also of a tape whose run goes on
        return "the end of what its run had written by then"
    return ENDINGS.get(reason, reason)


def _span(run: Values) -> str:
    started, ended = run.get("started_at"), run.get("ended_at")
    if started is None or ended is None:
        return "-"
    return f"{cards.stamp(started)} to {cards.stamp(ended)} UTC ({cards.length((ended - started) * 1e-9)})"


def _signals(tally: Tally) -> RenderableType:
    if not tally.signals:
        return Text("no signal in this run", style="dim")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for name in ("setup", "side", "verdict", "signals", "main reason"):
        table.add_column(name, justify="right" if name == "signals" else "left", no_wrap=name != "main reason")
    for key, n in sorted(tally.signals.items()):
        setup, side, verdict = key
        reasons = tally.reasons.get(key, Counter()).most_common(1)
        why = cards.reason(reasons[0][0]) if reasons else UNPROVEN if verdict == "tradable" else ""
        style = cards.SIDE_STYLE.get(side, "")
        table.add_row(cards.words(setup), Text(side, style=style), cards.words(verdict), f"{n:,}", why)
    return table


def _where(path: Path) -> list[Text]:
    code = f"import duckdb; print(duckdb.connect({str(path)!r}, read_only=True).sql('{QUESTION}'))"
    return [
        Text(f"store     {path} holds views over {path.parent / 'lake'}; ask more, also while a flow runs:"),
        Text(f'    duckdb -readonly {path} "{QUESTION}"'),
        Text(f'    python -c "{code}"'),
    ]
