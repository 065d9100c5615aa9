"""Charts of an analysis beside the market's: the indicators, and the score's parts."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from leadline.analysis.scored import Scored
from reports.analysis_blocks import said
from reports.analysis_facts import AnalysisFacts
from reports.chart_view import View
from reports.ink import AXIS, BLUE, GREEN, GREY, VERMILLION, faint, figure, look, words


def indicators(facts: AnalysisFacts) -> go.Figure:
    """Return RSI, MACD and volume under one another, of the bars that the market chart shows."""
    view = View(facts)
    made = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.36, 0.36, 0.28])
    made.update_layout(look(520), showlegend=False, bargap=0.2)
    if view.chart is not None:
        unit = view.chart.unit
        made.add_scatter(x=view.times, y=view.indicator("rsi"), line={"color": BLUE, "width": 1.5}, row=1, col=1,
                         hovertemplate="RSI %{y:.1f}<extra></extra>")  # fmt: skip
        histogram = [None if value is None else value * unit for value in view.indicator("macd_histogram")]
        macd = [None if value is None else value * unit for value in view.indicator("macd")]
        made.add_bar(x=view.times, y=histogram, row=2, col=1, hovertemplate="histogram %{y:,.4g}<extra></extra>",
                     marker={"color": [GREEN if (value or 0) >= 0 else VERMILLION for value in histogram]})  # fmt: skip
        made.add_scatter(x=view.times, y=macd, line={"color": BLUE, "width": 1.5}, row=2, col=1,
                         hovertemplate="MACD %{y:,.4g}<extra></extra>")  # fmt: skip
    made.add_bar(x=view.times, y=view.bars.volume, marker={"color": faint(GREY, 0.6)}, row=3, col=1,
                 hovertemplate="%{y:,.4g} of base<extra></extra>")  # fmt: skip
    for level in (30, 50, 70):
        made.add_hline(y=level, line={"color": GREY, "width": 1, "dash": "dot"}, row=1, col=1)
    made.update_yaxes(title_text="RSI 14", range=[0, 100], tickvals=[30, 50, 70], row=1, col=1)
    made.update_yaxes(title_text="MACD, quote", tickformat=",~g", row=2, col=1)
    made.update_yaxes(title_text="volume, base", tickformat=",~s", row=3, col=1)
    made.update_xaxes(title_text=f"time, UTC ({facts.chosen.anchor} bars)", nticks=9, row=3, col=1)
    made.update_xaxes(AXIS)
    made.update_yaxes(AXIS)
    return made


def breakdown(components: tuple[Scored, ...]) -> go.Figure:
    """Return every part's score, its component's above it; a bar to the right is bullish."""
    rows = [row for component in components for row in _rows(component)]
    made = figure(110 + 25 * len(rows), showlegend=False, bargap=0.25)
    names = [f"{'' if whole else '  · '}{name}" for name, _, _, whole in rows]
    made.add_bar(
        y=list(range(len(rows))), x=[one.score or 0.0 for _, one, _, _ in rows], orientation="h",
        marker={"color": [_colour(one, whole) for _, one, _, whole in rows]},
        text=[said(one) for _, one, _, _ in rows],
        textposition="outside", cliponaxis=False,
        customdata=[[f"{name}, {100 * share:.0f} % of the score", wrapped(one.reason)] for name, one, share, _ in rows],
        hovertemplate="%{customdata[0]}: %{x:+.1f}<br>%{customdata[1]}<extra></extra>",
    )  # fmt: skip
    made.add_vline(x=0, line={"color": GREY, "width": 1})
    made.update_xaxes(range=[-112, 112], tickvals=[-100, -50, 0, 50, 100], ticktext=["-100", "-50", "0", "+50", "+100"],
                      title_text="score: bearish to the left, bullish to the right")  # fmt: skip
    labels = [f"<b>{name}</b>" if whole else name for name, (_, _, _, whole) in zip(names, rows, strict=True)]
    made.update_yaxes(tickvals=list(range(len(rows))), ticktext=labels, range=[len(rows) - 0.5, -0.5], showgrid=False)
    return made


def _rows(component: Scored) -> list[tuple[str, Scored, float, bool]]:
    own = f"{words(component.name)}, {100 * component.share:.0f} %"
    parts = [(words(part.name), part, component.share * part.share, False) for part in component.parts]
    return [(own, component, component.share, True), *parts]


def _colour(one: Scored, whole: bool) -> str:
    colour = BLUE if (one.score or 0.0) >= 0.0 else VERMILLION
    return colour if whole else faint(colour, 0.5)


def wrapped(text: str, width: int = 80) -> str:
    """Return text in lines for a hover label.

    >>> wrapped("one two three", 8)
    'one two<br>three'
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
