"""The comparison of variants: side by side as text, as a page, and as numbers for a program."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from leadline.comparison import Compared, Difference, verdict
from leadline.performance import Mean
from reports.ink import BLUE, GREY, figure
from reports.page import Section, chart, page, paragraphs, table
from reports.performance import plain
from reports.tables import between, performance_table

TITLE = "Variants on one tape"
LABELS = (
    "signals", "entered", "won", "win rate", "break-even", "expectancy, R", "net a trade, bps", "entered in [1], too",
    "  difference, R", "  difference, bps", "entered in [1] only", "entered in this only",
)  # fmt: skip


def side_by_side(found: Sequence[Compared]) -> list[list[str]]:
    """Return a row for each label, a cell for each variant."""
    columns = [column(one) for one in found]
    return [[label, *cells] for label, *cells in zip(LABELS, *columns, strict=True)]


def column(one: Compared) -> list[str]:
    """Return a variant's cells in the order of LABELS; a dash is what cannot be known."""
    p, d = one.performance, one.difference
    return [
        f"{one.signals:,}", f"{p.n:,}", f"{p.wins:,}",
        "-" if p.win_rate is None else f"{100 * p.win_rate:.0f} % ({100 * p.win_rate_lower:.0f} to "
        f"{100 * p.win_rate_upper:.0f})",
        "-" if p.n == 0 else "impossible" if p.break_even is None else f"{100 * p.break_even:.0f} %",
        between(p.expectancy_r, ".2f"), between(p.net_bps, ".1f"), *(["-"] * 5 if d is None else differing(d)),
    ]  # fmt: skip


def differing(d: Difference) -> list[str]:
    """Return the cells of a difference."""
    return [f"{d.n_paired:,}", verdict(d.r), verdict(d.net_bps, "bps", 1), alone(d.base_alone), alone(d.variant_alone)]


def alone(r: Mean) -> str:
    """Return how many stand alone, and what they came to.

    >>> alone(Mean(3, -0.5, -1.0, 0.0)), alone(Mean(0, None, None, None))
    ('3, -0.50 R', '0')
    """
    return f"{r.n:,}" if r.mean is None else f"{r.n:,}, {r.mean:+.2f} R"


def numbers(found: Sequence[Compared], changes: Sequence[dict[str, Any]], about: dict[str, Any]) -> dict[str, Any]:
    """Return the comparison for a program, as plain values."""
    variants = [
        {
            "name": one.name, "changes": changed, "signals": one.signals, **plain(one.performance),
            "difference": None if one.difference is None else {
                **plain(one.difference), "words": verdict(one.difference.r),
                "words_bps": verdict(one.difference.net_bps, "bps", 1),
            },
        }
        for one, changed in zip(found, changes, strict=True)
    ]  # fmt: skip
    return {**about, "variants": variants}


def comparison_page(
    found: Sequence[Compared], market: str, notes: Sequence[str], simulated: bool, written: datetime
) -> str:
    """Return the page of a comparison on a market, written at a time (UTC)."""
    foot = f"Written by Leadline at {written:%Y-%m-%d %H:%M:%S} UTC. Paper only: no order was ever sent to a venue."
    world = ["SIMULATED MARKET: nothing here says anything about a real one."] if simulated else []
    top = paragraphs(world, "world") + paragraphs([f"{len(found)} variants on {market}"]) + paragraphs(notes, "dim")
    return page(TITLE, top, _sections(found), foot)


def _sections(found: Sequence[Compared]) -> Iterator[Section]:
    groups = performance_table({one.name: one.performance for one in found}, "quote")
    yield Section("variants", "Each variant alone", groups, VARIANTS)
    names = ["", "entered in both", "difference, R", "difference, bps", "only in the first", "only in this"]
    rows = [[one.name, *differing(one.difference)] for one in found if one.difference is not None]
    yield Section("pairs", f"Against {found[0].name}, paired by signal", table(names, rows), PAIRS)
    if any(one.performance.expectancy_r.lower is not None for one in found):
        yield Section("expectancy", "Expectancy of each variant", chart("expectancy", _intervals(found)), EXPECTANCY)


def _intervals(found: Sequence[Compared]) -> go.Figure:
    """Return each variant's expectancy with its interval, the first on top."""
    shown = [(one.name, one.performance.expectancy_r) for one in reversed(found)]
    known = [(name, r) for name, r in shown if r.mean is not None and r.lower is not None]
    made = figure(120 + 44 * len(known), showlegend=False)
    made.add_vline(x=0, line={"width": 1, "color": GREY})
    reach = [(r.upper or 0.0) - (r.mean or 0.0) for _, r in known]
    made.add_scatter(
        x=[r.mean for _, r in known], y=[name for name, _ in known], mode="markers", marker={"size": 10, "color": BLUE},
        error_x={"type": "data", "array": reach, "thickness": 2, "color": BLUE},
        hovertemplate="%{y}: %{x:.2f} R<extra></extra>",
    )  # fmt: skip
    made.update_xaxes(title_text="R a trade, after fees; the line is the 95 % interval")
    return made


VARIANTS = "Signals that were entered and ended by themselves, of every verdict, after fees."
PAIRS = (
    "Variant minus first, over the signals that both entered. An interval that includes zero shows no difference. What "
    "stands alone was entered in one of the two, and counts in no pair."
)
EXPECTANCY = "Intervals that overlap may still differ by pair, and the other way round: the table of pairs decides."
