"""The performance part of a run's summary: outcomes by verdict, the account, and what they do not show."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leadline.performance import Outcome, Performance, break_even_cell, by, equity_curve, evidence, performance
from sinks import cards

NAMES = ("verdict", "won", "win rate", "break-even", "a trade", "gross", "fees", "net")


def performance_lines(outcomes: Sequence[Outcome], run: Mapping[str, Any]) -> list[RenderableType]:
    """Return the parts that tell what became of a run's signals."""
    if not outcomes:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False, title="\nOutcomes on paper",
                  title_justify="left", title_style="bold")  # fmt: skip
    for name in NAMES:
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for verdict, found in by(outcomes, lambda outcome: outcome.verdict).items():
        table.add_row(cards.words(verdict), *_figures(found))
    whole = performance(outcomes)
    table.add_row("all signals", *_figures(whole), style="bold")
    left_out = len(outcomes) - whole.n
    told = [_evidence(outcomes, whole, run.get("venue") == "simulator")]
    if left_out:
        told.append(f"{left_out} signals are left out: never filled, or open at the end.")
    return [table, Text(_shape(whole)), Text(_account(outcomes, run)), Text(" ".join(told))]


def _evidence(outcomes: Sequence[Outcome], whole: Performance, simulated: bool) -> str:
    """Return what the tradable signals show, where any of them came to an end; else what all of them do."""
    tradable = performance(one for one in outcomes if one.verdict == "tradable")
    if tradable.n == 0:
        return evidence(whole, simulated)
    return f"Tradable signals: {evidence(tradable, simulated)}"


def _figures(p: Performance) -> list[str]:
    if p.win_rate is None:
        return ["0 of 0", *["-"] * (len(NAMES) - 2)]
    r = p.expectancy_r.mean
    return [
        f"{p.wins} of {p.n}",
        f"{100 * p.win_rate:.0f} % ({100 * p.win_rate_lower:.0f} to {100 * p.win_rate_upper:.0f})",
        break_even_cell(p),
        "-" if r is None else f"{r:+.2f} R",
        *(f"{value:+,.2f}" for value in (p.gross_quote, -p.fees_quote, p.net_quote)),
    ]


def _shape(p: Performance) -> str:
    """Return what the rates hide: how large wins are beside losses, and how far trades went either way."""
    factor, payoff = cards.number(p.profit_factor, ".2f"), cards.number(p.payoff_ratio, ".2f")
    worst, best = cards.number(p.mae_r, "+.2f"), cards.number(p.mfe_r, "+.2f")
    return (
        f"shape     profit factor {factor}, payoff ratio {payoff}; on average {worst} R at worst and {best} R at best "
        "while open, before fees"
    )


def _account(outcomes: Sequence[Outcome], run: Mapping[str, Any]) -> str:
    equity = run.get("equity_quote")
    own = [outcome for outcome in outcomes if outcome.on_account]
    if not own or equity is None:
        return f"account   {equity or 0.0:,.2f}, untouched: no signal was tradable"
    start = (own[0].equity_after or 0.0) - own[0].pnl_quote
    curve = equity_curve(own, start)
    return (
        f"account   {equity:,.2f} after {len(own)} tradable signals, from {start:,.2f}; deepest fall "
        f"{100 * curve.max_drawdown:.2f} %, longest time below a peak {cards.length(curve.drawdown_ns * 1e-9)}"
    )
