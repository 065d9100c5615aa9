"""Panels as pictures: what a panel's JSON and a real answer come to, drawn near to how Grafana does.

Not Grafana: a way to look at titles, units, legends, limits and colours on real numbers without it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import plotly.graph_objects as go

from grafana.asking import Series, Span
from grafana.units import axis_format, worded

COLOURS = {
    "green": "#2f9e44", "orange": "#f08c00", "red": "#e03131", "blue": "#1971c2", "purple": "#9c36b5",
    "dark-green": "#1b6e2e", "light-green": "#69db7c", "dark-red": "#a51111", "light-red": "#ff8787",
    "light-blue": "#74c0fc", "text": "#ced4da",
}  # fmt: skip
LINES = ("#4dabf7", "#ffa94d", "#69db7c", "#ff8787", "#da77f2", "#ffe066", "#63e6be", "#a5d8ff", "#faa2c1")
CALM = {"steps": [{"value": None, "color": "text"}]}
NO_DATA = '<p class="none">No data</p>'


def drawn(panel: Mapping[str, Any], answers: Sequence[Sequence[Series]], span: Span) -> str:
    """Return a panel's inner HTML."""
    series = [one for answer in answers for one in answer]
    if not series:
        return NO_DATA
    if panel["type"] == "table":
        return _table(panel, answers)
    kinds = {"stat": _numbers, "bargauge": _bars, "state-timeline": _states, "timeseries": _curves}
    return kinds[panel["type"]](panel, series, span)


def _numbers(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    tiles = []
    for one in series:
        value = one.points[-1][1]
        text, colour = _said(panel, value)
        name = f"<small>{escape(one.legend)}</small>" if len(series) > 1 else ""
        ground = f"background:{colour};color:#fff" if _mapped(panel) else f"color:{colour}"
        tiles.append(f'<div class="tile" style="{ground}">{name}<b>{escape(text)}</b></div>')
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _bars(panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> str:
    bars = [(one.legend, one.points[-1][1]) for one in series]
    if panel["targets"][0].get("format") == "heatmap":
        bars = list(_between(series))
    said = [_said(panel, value) for _, value in bars]
    bar = go.Bar(
        x=[value for _, value in bars], y=[name for name, _ in bars], orientation="h", text=[text for text, _ in said],
        marker_color=[colour for _, colour in said], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bar)
    figure.update_yaxes(autorange="reversed", type="category", dtick=1)
    figure.update_xaxes(**axis_format(panel), rangemode="tozero")
    lowest = min(value for _, value in bars)
    if lowest < 0:  # room for the words beside a bar to the left, which would lie on its name
        figure.update_xaxes(range=[1.4 * lowest, 1.2 * max(0.0, *(value for _, value in bars))])
    return _html(figure, panel)


def _table(panel: Mapping[str, Any], answers: Sequence[Sequence[Series]]) -> str:
    """Return the answers joined by their labels, as the panel's transformations have it."""
    names, labels = [target["legendFormat"] for target in panel["targets"]], answers[0][0].labels
    looks = {one["matcher"]["options"]: {p["id"]: p["value"] for p in one["properties"]}
             for one in panel["fieldConfig"]["overrides"]}  # fmt: skip
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for name, answer in zip(names, answers, strict=True):
        for one in answer:
            found.setdefault(tuple(one.labels[label] for label in labels), {})[name] = one.points[-1][1]
    lines = [[escape(name) for name in key] + [_cell(looks[name], values.get(name)) for name in names]
             for key, values in sorted(found.items())]  # fmt: skip
    head = "".join(f"<th>{escape(name)}</th>" for name in (*labels, *names))
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(look: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return "-"
    said, colour = _said({"fieldConfig": {"defaults": {"thresholds": CALM, **look}}}, value)
    return f'<span style="color:{colour}">{escape(said)}</span>'


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
    for k, one in enumerate(series):
        points = list(_with_gaps(one.points, span.step))
        figure.add_scatter(
            x=[_time(at) for at, _ in points], y=[value for _, value in points], mode="lines",
            name=f"{one.legend}   {worded(one.points[-1][1], panel)}", line_color=LINES[k % len(LINES)],
            **_line(panel, one),
            line_shape="hv" if custom.get("lineInterpolation") == "stepAfter" else "linear",
            stackgroup="one" if stacked else None,
        )  # fmt: skip
    for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []):
        if step["value"] is not None:
            figure.add_hline(y=step["value"], line_dash="dash", line_color=COLOURS.get(step["color"], step["color"]))
    figure.update_yaxes(**axis_format(panel), **_limits(panel))
    figure.update_xaxes(range=[_time(span.begin), _time(span.end)])
    return _html(figure, panel)


def _line(panel: Mapping[str, Any], one: Series) -> dict[str, Any]:
    """Return how a series' line is drawn, after the overrides for its legend."""
    line: dict[str, Any] = {"line_width": 2, "line_dash": "solid"}
    for override in panel["fieldConfig"]["overrides"]:
        if re.search(override["matcher"]["options"].strip("/"), one.legend):
            for given in override["properties"]:
                if given["id"] == "custom.lineWidth":
                    line["line_width"] = given["value"]
                else:
                    line["line_dash"] = given["value"]["fill"]
    return line


def _limits(panel: Mapping[str, Any]) -> dict[str, Any]:
    defaults = panel["fieldConfig"]["defaults"]
    if defaults["custom"].get("scaleDistribution", {}).get("type") == "log":
        return {"type": "log"}
    low, high = defaults.get("min"), defaults.get("max")
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
            text, colour = _said(panel, value)
            figure.add_bar(
                y=[one.legend], x=[1000 * (end - begin)], base=[_time(begin)], orientation="h", marker_color=colour,
                text=text if end - begin > (span.end - span.begin) / 12 else "", insidetextanchor="middle",
                showlegend=False,
            )  # fmt: skip
    figure.update_layout(barmode="overlay", bargap=0.2)
    figure.update_xaxes(type="date", range=[_time(span.begin), _time(span.end)])
    return _html(figure, panel)


def _bands(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float, float]]:
    """Yield (begin, end, value) of each stretch with one value and without a gap."""
    begin, before, held = points[0][0], points[0][0], points[0][1]
    for at, value in points[1:]:
        if value != held or at - before > 1.5 * step:
            yield begin, min(before + step, at), held
            begin, held = at, value
        before = at
    yield begin, before, held


def _mapped(panel: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    mappings = panel["fieldConfig"]["defaults"].get("mappings") or [{"options": {}}]
    found: dict[str, dict[str, Any]] = mappings[0]["options"]
    return found


def _said(panel: Mapping[str, Any], value: float) -> tuple[str, str]:
    """Return a value's words and colour."""
    words = _mapped(panel).get(f"{value:g}")
    if words:
        return words["text"], COLOURS.get(words["color"], words["color"])
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    colour = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return worded(value, panel), COLOURS.get(colour, colour)


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _html(figure: go.Figure, panel: Mapping[str, Any]) -> str:
    height = 44 * panel["gridPos"]["h"] - 64
    figure.update_layout(
        template="plotly_dark", height=height, margin={"l": 8, "r": 40, "t": 4, "b": 4}, paper_bgcolor="#181b1f",
        plot_bgcolor="#181b1f", font_size=11, legend={"orientation": "h", "y": -0.15}, showlegend=True,
    )  # fmt: skip
    if panel["type"] != "timeseries":
        figure.update_layout(showlegend=False)
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, config={"staticPlot": True})
    return html
