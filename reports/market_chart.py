"""The market of an analysis as a picture: candles with zones, key level and plans, and volume by price beside them."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from leadline.analysis import ProfileAnalysis
from leadline.volume_profile import VolumeProfile
from reports import plan_marks
from reports.analysis_facts import AnalysisFacts
from reports.blocks import price
from reports.chart_view import View
from reports.ink import AXIS, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, faint, look
from reports.labels import Label, beside

HEIGHT = 640  # pixels
PAD, NAMES = 0.04, 0.08  # of the price range; the plans have their names at the top


def market(facts: AnalysisFacts) -> go.Figure:
    """Return the candles with zones, key level and every horizon's setup, and the volume profile beside them."""
    view, chosen = View(facts), facts.chosen
    made = make_subplots(rows=1, cols=2, shared_yaxes=True, column_widths=[0.8, 0.2], horizontal_spacing=0.18)
    made.update_layout(look(HEIGHT), bargap=0)
    made.update_layout(margin={"r": 124})
    _candles(made, view)
    low, high = _range(facts, view)
    _zones(made, chosen, view, low, high)
    levels = _volume(made, chosen.volume_profile, low, high)
    planned = plan_marks.draw(made, facts, view, low, high)
    beside(made, planned, "x", (low, high), HEIGHT)
    beside(made, levels, "x2", (low, high), HEIGHT)
    made.update_xaxes(range=[view.times[0] - view.bar, view.until], rangeslider={"visible": False}, nticks=9, row=1,
                      col=1, title_text=f"time, UTC ({chosen.anchor} bars)")  # fmt: skip
    made.update_xaxes(title_text="volume, base", showgrid=False, nticks=3, rangemode="tozero", row=1, col=2)
    made.update_yaxes(range=[low, high], tickformat=",~f")
    made.update_yaxes(title_text="price", row=1, col=1)
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
    """Return the prices to show: the candles, the key level, and of the plans what is not too far from them."""
    found = [float(view.bars.low.min()), float(view.bars.high.max())]
    found += [each for each in (facts.analysis.key_level.price, facts.analysis.price) if each is not None]
    low, high = min(found), max(found)
    reach = plan_marks.REACH * (high - low)
    near = [each for each in plan_marks.prices(facts) if low - reach <= each <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    pad = PAD * (high - low) or 0.01 * high
    return low - pad, high + pad + NAMES * (high - low)


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


def _volume(made: go.Figure, profile: VolumeProfile | None, low: float, high: float) -> list[Label]:
    """Draw volume by price with its levels and nodes; return the labels of those."""
    if profile is None:
        made.add_annotation(text="no volume profile", x=1, y=0.5, xref="paper", yref="paper", showarrow=False)
        return []
    middles = [profile.low + (n + 0.5) * profile.bin_width for n in range(len(profile.histogram))]
    inside = [profile.val <= middle <= profile.vah for middle in middles]
    made.add_bar(
        y=middles, x=profile.histogram, orientation="h", width=profile.bin_width, showlegend=False,
        marker={"color": [faint(BLUE, 0.5) if held else faint(GREY, 0.4) for held in inside], "line": {"width": 0}},
        hovertemplate="%{x:,.4g} of base at %{y:,.6g}<extra></extra>", row=1, col=2,
    )  # fmt: skip
    edges = (("VAH", profile.vah, "dot"), ("POC", profile.poc, "solid"), ("VAL", profile.val, "dot"))
    for _, level, dash in edges:
        made.add_hline(y=level, line={"color": SKY, "width": 1.5, "dash": dash}, opacity=0.9, row=1, col="all")
    _nodes(made, profile)
    nodes = [("HVN", node) for node in profile.high_nodes if node != profile.poc]
    named = [*((name, level, BLUE) for name, level, _ in edges), *((name, level, GREY) for name, level in nodes)]
    return [Label(level, f"{name} {price(level)}", colour) for name, level, colour in named if low <= level <= high]


def _nodes(made: go.Figure, profile: VolumeProfile) -> None:
    """Mark the high-volume nodes full, and the low-volume nodes hollow, at the ends of their bars."""
    for name, nodes, symbol in (("high", profile.high_nodes, "circle"), ("low", profile.low_nodes, "circle-open")):
        bins = [min(len(profile.histogram) - 1, int((node - profile.low) / profile.bin_width)) for node in nodes]
        made.add_scatter(
            x=[profile.histogram[n] for n in bins], y=list(nodes), mode="markers", name=f"{name}-volume node",
            showlegend=False, marker={"size": 7, "symbol": symbol, "color": PURPLE}, row=1, col=2,
            hovertemplate=f"{name}-volume node %{{y:,.6g}}<extra></extra>",
        )  # fmt: skip
