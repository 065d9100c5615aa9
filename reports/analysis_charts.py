"""Charts of an analysis: the market with its volume and levels, the indicators, and the score's parts."""

from datetime import datetime, timedelta

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from leadline.analysis import Bars, ProfileAnalysis
from leadline.analysis.bars import close_ns, span_ns
from leadline.analysis.chart import MIN_BARS, WINDOW, Chart
from leadline.analysis.chart import chart as charted
from leadline.analysis.scored import Scored
from reports.analysis_blocks import said
from reports.analysis_facts import AnalysisFacts
from reports.blocks import price
from reports.ink import AXIS, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, faint, figure, look, utc, words

SHOWN = 120  # bars
AHEAD = 0.28  # of the shown time: room for the plan, right of the last bar
PAD = 0.04  # of the price range


class View:
    """What is drawn: the anchor's newest bars, their times, and the room to their right."""

    def __init__(self, facts: AnalysisFacts) -> None:
        chosen = facts.chosen
        assert chosen.anchor is not None
        bars = facts.inputs.bars[chosen.anchor]
        newest = bars.part(max(0, len(bars) - WINDOW), len(bars))
        self.chart: Chart | None = charted(newest, chosen.anchor) if len(newest) >= MIN_BARS else None
        self.n = min(SHOWN, len(newest))
        self.bars: Bars = newest.part(len(newest) - self.n, len(newest))
        self.times = [utc(int(time)) for time in self.bars.open_ns]
        self.end = utc(int(close_ns(self.bars.open_ns[-1:], chosen.anchor)[0]))
        self.until = self.end + AHEAD * (self.end - self.times[0])
        self.bar = timedelta(microseconds=span_ns(chosen.anchor) // 1000)

    def indicator(self, name: str) -> list[float | None]:
        """Return an array of the chart for the shown bars; None while it warms up."""
        values = getattr(self.chart, name)[-self.n :]
        return [None if value != value else float(value) for value in values]

    def prices(self, name: str) -> list[float | None]:
        """Return the same in quote."""
        assert self.chart is not None
        return [None if value is None else self.chart.price(value) for value in self.indicator(name)]


def market(facts: AnalysisFacts) -> go.Figure:
    """Return the candles with zones, key level and setup, and the volume profile beside them."""
    view, chosen = View(facts), facts.chosen
    made = make_subplots(rows=1, cols=2, shared_yaxes=True, column_widths=[0.8, 0.2], horizontal_spacing=0.035)
    made.update_layout(look(640), bargap=0)
    _candles(made, view)
    low, high = _range(facts, view)
    _zones(made, chosen, view, low, high)
    _volume(made, chosen, low, high)
    _plan(made, facts, view)
    made.update_xaxes(range=[view.times[0] - view.bar, view.until], rangeslider={"visible": False}, nticks=9, row=1,
                      col=1, title_text=f"time, UTC ({chosen.anchor} bars)")  # fmt: skip
    made.update_xaxes(title_text="volume, base", showgrid=False, nticks=3, row=1, col=2)
    made.update_yaxes(range=[low, high], tickformat=",~f")
    made.update_yaxes(title_text="price", row=1, col=1)
    return _plain(made)


def _plain(made: go.Figure) -> go.Figure:
    made.update_xaxes(AXIS)
    made.update_yaxes(AXIS)
    return made


def _candles(made: go.Figure, view: View) -> None:
    bars = view.bars
    made.add_candlestick(
        x=view.times, open=bars.open, high=bars.high, low=bars.low, close=bars.close, name="candles",
        increasing={"line": {"color": BLUE, "width": 1}, "fillcolor": faint(BLUE, 0.25)},
        decreasing={"line": {"color": VERMILLION, "width": 1}, "fillcolor": VERMILLION}, showlegend=False,
        row=1, col=1,
    )  # fmt: skip
    for name, attribute, colour in (("EMA 20", "ema_fast", ORANGE), ("EMA 50", "ema_slow", PURPLE)):
        if view.chart is not None:
            made.add_scatter(x=view.times, y=view.prices(attribute), mode="lines", name=name,
                             line={"width": 1.5, "color": colour}, row=1, col=1)  # fmt: skip


def _range(facts: AnalysisFacts, view: View) -> tuple[float, float]:
    """Return the prices to show: the candles, the key level and the plan, not every far zone."""
    found = [float(view.bars.low.min()), float(view.bars.high.max())]
    plan, level, now = facts.chosen.setup, facts.analysis.key_level.price, facts.analysis.price
    found += [] if now is None else [now]
    found += [] if level is None else [level]
    found += [] if plan is None else [plan.stop, plan.entry_low, plan.entry_high, *(one.price for one in plan.targets)]
    low, high = min(found), max(found)
    pad = PAD * (high - low) or 0.01 * high
    return low - pad, high + pad


def _zones(made: go.Figure, chosen: ProfileAnalysis, view: View, low: float, high: float) -> None:
    colours = {"support": GREEN, "resistance": VERMILLION, "inside": GREY}
    thin = 0.004 * (high - low)  # a zone of one level would not be seen
    for zone in chosen.zones:
        if zone.high < low or zone.low > high:
            continue
        grow = max(0.0, thin - (zone.high - zone.low)) / 2
        made.add_shape(
            type="rect", x0=view.times[0] - view.bar, x1=view.end, y0=zone.low - grow, y1=zone.high + grow,
            line={"width": 0}, fillcolor=faint(colours[zone.kind], min(0.08 + 0.025 * zone.strength, 0.28)),
            layer="below", row=1, col=1,
        )  # fmt: skip
        made.add_scatter(
            x=[view.times[0] + view.bar], y=[(zone.low + zone.high) / 2], mode="markers", showlegend=False,
            marker={"size": 7, "symbol": "square", "color": colours[zone.kind]}, row=1, col=1,
            hovertemplate=f"{zone.kind} {price(zone.low)} to {price(zone.high)}, strength {zone.strength:.1f}<br>"
            f"{'<br>'.join(zone.reasons[:5])}<extra></extra>",
        )  # fmt: skip


def _volume(made: go.Figure, chosen: ProfileAnalysis, low: float, high: float) -> None:
    profile = chosen.volume_profile
    if profile is None:
        made.add_annotation(text="no volume profile", x=1, y=0.5, xref="paper", yref="paper", showarrow=False)
        return
    middles = [profile.low + (n + 0.5) * profile.bin_width for n in range(len(profile.histogram))]
    inside = [profile.val <= middle <= profile.vah for middle in middles]
    made.add_bar(
        y=middles, x=profile.histogram, orientation="h", width=profile.bin_width, showlegend=False,
        marker={"color": [faint(BLUE, 0.5) if held else faint(GREY, 0.4) for held in inside], "line": {"width": 0}},
        hovertemplate="%{x:,.4g} of base at %{y:,.6g}<extra></extra>", row=1, col=2,
    )  # fmt: skip
    for name, level, dash in (("VAH", profile.vah, "dot"), ("POC", profile.poc, "solid"), ("VAL", profile.val, "dot")):
        made.add_hline(y=level, line={"color": SKY, "width": 1.5, "dash": dash}, opacity=0.9, row=1, col="all")
        if low <= level <= high:
            made.add_annotation(text=f"{name} {price(level)}", x=1, y=level, xref="x2 domain", yref="y2",
                                xanchor="right", yanchor="bottom", showarrow=False, font={"size": 11},
                                bgcolor="rgba(255, 255, 255, 0.7)")  # fmt: skip


def _plan(made: go.Figure, facts: AnalysisFacts, view: View) -> None:
    level, plan, price_now = facts.analysis.key_level.price, facts.chosen.setup, facts.analysis.price
    if price_now is not None:  # of the finest bars: newer than the last candle, where that is a longer one
        made.add_scatter(x=[view.end], y=[price_now], mode="markers", name="price", row=1, col=1,
                         marker={"size": 9, "symbol": "diamond", "color": GREY, "line": {"width": 1, "color": BLUE}},
                         hovertemplate=f"{price(price_now)}, {facts.analysis.price_dated}<extra></extra>")  # fmt: skip
    if level is not None:
        _line(made, view.times[0], view.until, level, ORANGE, "dash")
        _label(made, view.times[0] + 3 * view.bar, level, f"key level {price(level)}", "left")
    if plan is None:
        return
    made.add_shape(type="rect", x0=view.end, x1=view.until, y0=plan.entry_low, y1=plan.entry_high,
                   line={"width": 1, "color": GREY}, fillcolor=faint(BLUE, 0.3), row=1, col=1)  # fmt: skip
    _label(made, view.until, plan.entry_high, f"{plan.side} entry {price(plan.entry)}", "right")
    _line(made, view.end, view.until, plan.stop, VERMILLION, "solid")
    _label(made, view.until, plan.stop, f"stop {price(plan.stop)}", "right")
    for n, target in enumerate(plan.targets, 1):
        _line(made, view.end, view.until, target.price, GREEN, "solid")
        _label(made, view.until, target.price, f"target {n} {price(target.price)}", "right")


def _line(made: go.Figure, x0: datetime, x1: datetime, y: float, colour: str, dash: str) -> None:
    made.add_shape(type="line", x0=x0, x1=x1, y0=y, y1=y, line={"color": colour, "width": 2, "dash": dash},
                   row=1, col=1)  # fmt: skip


def _label(made: go.Figure, x: datetime, y: float, text: str, anchor: str) -> None:
    made.add_annotation(x=x, y=y, text=text, xanchor=anchor, yanchor="bottom", showarrow=False, font={"size": 12},
                        row=1, col=1)  # fmt: skip


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
    return _plain(made)


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
