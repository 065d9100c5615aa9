"""Tables of outcomes: what a performance adds up to, in words and numbers with their units."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from leadline.performance import Mean, Outcome, Performance, break_even_cell, by, performance
from reports.ink import VERDICTS, in_order, words
from reports.page import table

ALL = "all signals"


def verdict_table(outcomes: Sequence[Outcome], unit: str) -> str:
    """Return outcomes by verdict, and all of them."""
    found = by(outcomes, lambda outcome: outcome.verdict)
    groups = {words(verdict): found[verdict] for verdict in in_order(found, VERDICTS)}
    return performance_table({**groups, ALL: performance(outcomes)}, unit)


def slices(outcomes: Sequence[Outcome], unit: str) -> str:
    """Return outcomes by setup, symbol and hour, folded away."""
    keys: dict[str, Callable[[Outcome], str]] = {
        "setup": lambda o: words(o.setup), "symbol": lambda o: o.symbol, "hour of the entry, UTC": _hour,
    }  # fmt: skip
    return "".join(
        f"<details><summary>by {escape(name)}</summary>{performance_table(by(outcomes, key), unit)}</details>"
        for name, key in keys.items()
    )


def _hour(outcome: Outcome) -> str:
    return f"{outcome.hour:02d}:00"


def performance_table(groups: dict[Any, Performance], unit: str) -> str:
    """Return a row for each group; `unit` is the currency of its money."""
    names = ["", "won", "win rate (95 %)", "break-even", "a trade, R (95 %)", "a trade, bps (95 %)", "profit factor",
             "payoff ratio", "worst, best while open, R", f"gross, {unit}", f"fees, {unit}",
             f"net, {unit}"]  # fmt: skip
    return table(names, [[str(name), *cells(p)] for name, p in groups.items()])


def cells(p: Performance) -> list[str]:
    """Return a performance as cells; a dash is what cannot be known."""
    if p.win_rate is None:
        return ["0 of 0", *["-"] * 10]
    return [
        f"{p.wins:,} of {p.n:,}",
        f"{100 * p.win_rate:.0f} % ({100 * p.win_rate_lower:.0f} to {100 * p.win_rate_upper:.0f})",
        break_even_cell(p),
        between(p.expectancy_r, ".2f"),
        between(p.net_bps, ".1f"),
        "-" if p.profit_factor is None else f"{p.profit_factor:.2f}",
        "-" if p.payoff_ratio is None else f"{p.payoff_ratio:.2f}",
        "-" if p.mae_r is None or p.mfe_r is None else f"{p.mae_r:+.2f}, {p.mfe_r:+.2f}",
        money(p.gross_quote),
        money(-p.fees_quote),
        money(p.net_quote),
    ]


def money(quote: float) -> str:
    """Return money with its sign, cents as long as they matter.

    >>> money(-8.5), money(12345.67)
    ('-8.50', '+12,346')
    """
    return f"{quote:+,.2f}" if abs(quote) < 10_000 else f"{quote:+,.0f}"


def between(mean: Mean, form: str) -> str:
    """Return a mean with its bounds.

    >>> between(Mean(3, 0.5, -0.25, 1.25), ".2f"), between(Mean(1, 0.5, None, None), ".2f")
    ('+0.50 (-0.25 to +1.25)', '+0.50 (too few)')
    """
    if mean.mean is None:
        return "-"
    if mean.lower is None or mean.upper is None:
        return f"{mean.mean:+{form}} (too few)"
    return f"{mean.mean:+{form}} ({mean.lower:+{form}} to {mean.upper:+{form}})"
