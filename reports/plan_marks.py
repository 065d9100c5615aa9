"""The plans in the market's chart: key level and price, and right of the last bar a column for each horizon's setup."""

from datetime import datetime

import plotly.graph_objects as go

from leadline.analysis.setups import Setup
from reports.analysis_facts import AnalysisFacts
from reports.blocks import price
from reports.chart_view import View
from reports.ink import BLUE, GREEN, GREY, ORANGE, VERMILLION, faint
from reports.labels import Label

REACH = 0.75  # of the range of the candles: how far beyond it a plan is drawn to scale


def plans(facts: AnalysisFacts) -> list[Setup]:
    """Return the setups of all horizons."""
    return [one.setup for one in facts.analysis.profiles if one.setup is not None]


def prices(facts: AnalysisFacts) -> list[float]:
    """Return every price of the plans."""
    return [each for plan in plans(facts)
            for each in (plan.stop, plan.entry_low, plan.entry_high, *(one.price for one in plan.targets))]  # fmt: skip


def draw(made: go.Figure, facts: AnalysisFacts, view: View, low: float, high: float) -> list[Label]:
    """Draw price, key level and plans; return the labels of their prices."""
    level, now, labels = facts.analysis.key_level.price, facts.analysis.price, []
    if now is not None:  # of the finest bars: newer than the last candle, where that is a longer one
        made.add_scatter(x=[view.end], y=[now], mode="markers", name="price", row=1, col=1,
                         marker={"size": 9, "symbol": "diamond", "color": GREY, "line": {"width": 1, "color": BLUE}},
                         hovertemplate=f"{price(now)}, {facts.analysis.price_dated}<extra></extra>")  # fmt: skip
    if level is not None:
        _line(made, view.times[0], view.until, level, ORANGE, "dash")
        labels.append(Label(level, f"key level {price(level)}", ORANGE))
    found = plans(facts)
    for n, plan in enumerate(found):
        slot = (view.until - view.end) / len(found)
        left = view.end + n * slot
        _plan(made, plan, left + 0.06 * slot, left + 0.94 * slot)
        labels += _labels(plan, low, high)
    return labels


def _plan(made: go.Figure, plan: Setup, left: datetime, right: datetime) -> None:
    dash = "solid" if plan.verdict == "tradable" else "dot"
    made.add_shape(
        type="rect", x0=left, x1=right, y0=plan.entry_low, y1=plan.entry_high, fillcolor=faint(BLUE, 0.3),
        line={"width": 1, "color": BLUE, "dash": dash}, row=1, col=1,
    )  # fmt: skip
    _line(made, left, right, plan.stop, VERMILLION, dash)
    for target in plan.targets:
        _line(made, left, right, target.price, GREEN, dash)
    made.add_annotation(x=left + (right - left) / 2, xref="x", y=1, yref="y domain", yanchor="top", showarrow=False,
                        text=f"{plan.horizon}<br>{plan.side}", font={"size": 11})  # fmt: skip


def _labels(plan: Setup, low: float, high: float) -> list[Label]:
    named = [("stop", plan.stop, VERMILLION), (plan.side, plan.entry, BLUE)]
    named += [(f"target {n}", target.price, GREEN) for n, target in enumerate(plan.targets, 1)]
    return [_label(f"{plan.horizon} {name} {price(at)}", at, colour, low, high) for name, at, colour in named]


def _label(text: str, at: float, colour: str, low: float, high: float) -> Label:
    """Return a label; what lies outside the chart has an arrow, at the edge."""
    arrow = " ▲" if at > high else " ▼" if at < low else ""
    return Label(min(max(at, low), high), text + arrow, colour)


def _line(made: go.Figure, x0: datetime, x1: datetime, y: float, colour: str, dash: str) -> None:
    made.add_shape(type="line", x0=x0, x1=x1, y0=y, y1=y, line={"color": colour, "width": 2, "dash": dash},
                   row=1, col=1)  # fmt: skip
