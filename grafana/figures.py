"""Panels as pictures: what a panel's JSON and a real answer come to, drawn near to how Grafana does.

Not Grafana: a way to look at titles, units, legends, limits and colours on real numbers without it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

from grafana.asking import Series, Span
from grafana.joining import joined
from grafana.said import COLOURS, mapped, said
from grafana.units import axis_format, axis_scale, log_ticks, worded

LINES = ("#4dabf7", "#ffa94d", "#69db7c", "#ff8787", "#da77f2", "#ffe066", "#63e6be", "#a5d8ff", "#faa2c1")
DAY_S = 86_400
KEY_PX = 18  # below a band, for what its colours mean
NO_DATA = '<p class="none">No data</p>'


def drawn(panel: Mapping[str, Any], answers: Sequence[Sequence[Series]], span: Span) -> str:
    """Return a panel's inner HTML."""
    series = [one for answer in answers for one in answer]
    if not series:
        return NO_DATA.replace("No data", escape(panel["fieldConfig"]["defaults"].get("noValue", "No data")))
    if panel["type"] == "table":
        return joined(panel, answers)
    kinds = {"stat": _numbers, "bargauge": _bars, "state-timeline": _states, "timeseries": _curves}
    return kinds[panel["type"]](panel, series, span)


def _numbers(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    tiles = []
    for one in series:
        value = one.points[-1][1]
        text, colour = said(panel, value)
        name = f"<small>{escape(one.legend)}</small>" if len(series) > 1 else ""
        ground = f"background:{colour};color:#fff" if mapped(panel) else f"color:{colour}"
        tiles.append(f'<div class="tile" style="{ground}">{name}<b>{escape(text)}</b></div>')
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _bars(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    bars = [(one.legend, one.points[-1][1]) for one in series]
    if panel["targets"][0].get("format") == "heatmap":
        bars = list(_between(series))
    words = [said(panel, value) for _, value in bars]
    bar = go.Bar(
        x=[value for _, value in bars], y=[name for name, _ in bars], orientation="h", text=[text for text, _ in words],
        marker_color=[colour for _, colour in words], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bar)
    figure.update_yaxes(autorange="reversed", type="category", dtick=1, ticksuffix="  ")
    figure.update_xaxes(**axis_format(panel), rangemode="tozero")
    defaults, values = panel["fieldConfig"]["defaults"], [value for _, value in bars]
    lowest, highest = defaults.get("min", min(0.0, *values)), defaults.get("max", max(0.0, *values))
    if min(values) < 0:  # room for the words beside a bar to the left, which would lie on its name
        figure.update_xaxes(range=[1.4 * lowest, (1.4 if "max" in defaults else 1.2) * highest])
    elif "max" in defaults:
        figure.update_xaxes(range=[lowest, highest])
    return _html(figure, panel)


def _between(series: Sequence[Series]) -> Iterator[tuple[str, float]]:
    """Yield each bucket's own count: the answer's are cumulative."""
    before = 0.0
    for one in sorted(series, key=lambda s: float(s.labels["le"])):
        yield one.legend, one.points[-1][1] - before
        before = one.points[-1][1]


def _curves(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    figure = go.Figure()
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    scale, name = axis_scale(panel, max(abs(value) for one in series for _, value in one.points))
    if custom.get("drawStyle") == "bars":
        return _columns(panel, series, span)
    for k, one in enumerate(series):
        points = list(_with_gaps(one.points, span.step))
        figure.add_scatter(
            x=[_time(at) for at, _ in points], mode="lines",
            y=[None if value is None else value / scale for _, value in points],
            name=_range(panel, one), line_color=LINES[k % len(LINES)],
            **_line(panel, one),
            line_shape="hv" if custom.get("lineInterpolation") == "stepAfter" else "linear",
            stackgroup="one" if stacked else None,
        )  # fmt: skip
    for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []):
        if step["value"] is not None:
            figure.add_hline(
                y=step["value"] / scale, line_dash="dash", line_color=COLOURS.get(step["color"], step["color"])
            )
    figure.update_yaxes(**axis_format(panel, name), **_limits(panel, series))
    figure.update_xaxes(**_clock(span))
    return _html(figure, panel)


def _columns(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    figure = go.Figure()
    for k, one in enumerate(series):
        figure.add_bar(
            x=[_time(at - span.step / 2) for at, _ in one.points], y=[value for _, value in one.points],
            name=_range(panel, one), marker_color=LINES[k % len(LINES)], width=900 * span.step,
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    sums = Counter[float]()
    for one in series:
        sums.update(dict(one.points))
    most = max(sums.values())
    figure.update_yaxes(rangemode="tozero", **({} if most > 4 else {"dtick": 1, "range": [0, max(1.0, most) * 1.1]}))
    figure.update_xaxes(type="date", **_clock(span))
    return _html(figure, panel)


def _range(panel: Mapping[str, Any], one: Series) -> str:
    """Return a curve's name with its least and greatest value, as the boards' legends have them."""
    values = [value for _, value in one.points]
    return f"{one.legend}   min {worded(min(values), panel)}   max {worded(max(values), panel)}"


def _line(panel: Mapping[str, Any], one: Series) -> dict[str, Any]:
    """Return how a series' line is drawn, after the overrides for its legend."""
    line: dict[str, Any] = {"line_width": panel["fieldConfig"]["defaults"]["custom"]["lineWidth"], "line_dash": "solid"}
    for override in panel["fieldConfig"]["overrides"]:
        if re.search(override["matcher"]["options"].strip("/"), one.legend):
            for given in override["properties"]:
                if given["id"] == "custom.lineWidth":
                    line["line_width"] = given["value"]
                else:
                    line["line_dash"] = given["value"]["fill"]
    return line


def _limits(panel: Mapping[str, Any], series: Sequence[Series]) -> dict[str, Any]:
    defaults = panel["fieldConfig"]["defaults"]
    if defaults["custom"].get("scaleDistribution", {}).get("type") == "log":
        values = [value for one in series for _, value in one.points]
        values += [step["value"] or 0.0 for step in defaults.get("thresholds", {}).get("steps", [])]
        values = [value for value in values if value > 0.0] or [1.0]
        return {"type": "log", "range": [log10(min(values) / 2), log10(max(values) * 2)], **log_ticks(panel, values)}
    low, high, soft = defaults.get("min"), defaults.get("max"), defaults["custom"].get("axisSoftMax")
    if soft is not None and all(value <= soft for one in series for _, value in one.points):
        high = soft
    return {"rangemode": "tozero"} if high is None and low == 0 else {"range": [low, high]} if high is not None else {}


def _with_gaps(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float | None]]:
    before = None
    for at, value in points:
        if before is not None and at - before > 1.5 * step:
            yield before + step, None
        yield at, value
        before = at


def _states(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    figure = go.Figure()
    for one in series:
        for begin, end, value in _bands(one.points, span.step):
            text, colour = said(panel, value)
            figure.add_bar(
                y=[one.legend], x=[1000 * (end - begin)], base=[_time(begin)], orientation="h", marker_color=colour,
                text=text if end - begin > (span.end - span.begin) / 12 else "", insidetextanchor="middle",
                showlegend=False,
            )  # fmt: skip
    figure.update_layout(barmode="overlay", bargap=0.2)
    figure.update_yaxes(autorange="reversed", ticksuffix="  ")
    figure.update_xaxes(type="date", **_clock(span))
    return _html(figure, panel, below=KEY_PX) + _key(panel, {value for one in series for _, value in one.points})


def _key(panel: Mapping[str, Any], values: set[float]) -> str:
    """Return what the colours of a band mean: of the states that it shows, in the order of the panel's own."""
    shown = {f"{value:g}" for value in values}
    known = sorted(mapped(panel).items(), key=lambda item: item[1]["index"])
    words = [said(panel, float(number)) for number, _ in known if number in shown]
    return f'<p class="key">{"".join(f"<i style=background:{colour}></i>{escape(text)}" for text, colour in words)}</p>'


def _bands(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float, float]]:
    """Yield (begin, end, value) of each stretch with one value and without a gap."""
    begin, before, held = points[0][0], points[0][0], points[0][1]
    for at, value in points[1:]:
        if value != held or at - before > 1.5 * step:
            yield begin, min(before + step, at), held
            begin, held = at, value
        before = at
    yield begin, before, held


def _clock(span: Span) -> dict[str, Any]:
    """Return the axis of a time: its hours on one line, which a day's name below them would cut."""
    shown = span.end - span.begin
    form = "%H:%M:%S" if shown < 600 else "%H:%M" if shown < DAY_S else "%d %b %H:%M"
    return {"range": [_time(span.begin), _time(span.end)], "tickformat": form}


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _html(figure: go.Figure, panel: Mapping[str, Any], below: int = 0) -> str:
    height = 44 * panel["gridPos"]["h"] - 64 - below
    figure.update_layout(
        template="plotly_dark", height=height, margin={"l": 8, "r": 40, "t": 4, "b": 4}, paper_bgcolor="#181b1f",
        plot_bgcolor="#181b1f", font_size=11, legend={"orientation": "h", "y": -0.15}, showlegend=True,
    )  # fmt: skip
    if panel["type"] != "timeseries":
        figure.update_layout(showlegend=False)
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, config={"staticPlot": True})
    return html
