"""The kinds of panel of our boards but tables. Each has a title, a description, a unit and a legend.

`Limits` are (value, colour) steps; the first colour holds below all of them. Colours mean the same
on every board: green is well, orange wants a look, red wants you now, blue is neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.queries import Query
from grafana.sdk import (
    Builder,
    bargauge,
    common,
    dashboard,
    models,
    prometheus,
    queries,
    shapes,
    stat,
    statetimeline,
    timeseries,
)  # fmt: skip

Limits = Sequence[tuple[float | None, str]]
Panel = Builder[models.Panel]
Words = Mapping[int, tuple[str, str]]  # number -> (text, colour)

CALM: Limits = ((None, "blue"),)
HEIGHT = 8


def curves(
    title: str, about: str, unit: str, *of: Query, span: int = 12, low: float | None = None, high: float | None = None,
    limits: Limits = (), stacked: bool = False, steps: bool = False, log: bool = False, decimals: int | None = None,
    dashed: str | None = None, thick: str | None = None, at_least: float | None = None,
) -> Panel:  # fmt: skip
    """Lines over time; limits are drawn as dashed lines. A gap is a gap: nothing is drawn across it.

    Series whose legend ends with `dashed` or `thick` are drawn so. The axis reaches `at_least` so far, so that
    little looks little.
    """
    panel = _dressed(timeseries.Panel(), title, about, unit, of, span).span_nulls(False)
    # No last value: that of a series which has ended would stand there for hours, and pass for now.
    panel.legend(_legend(["min", "max"])).tooltip(_tooltip())
    # An area that is stacked has no line: that of a zero would lie on top of the others, and pass for their sum.
    panel.line_width(0 if stacked else 2).fill_opacity(60 if stacked else 0).show_points(shapes.VisibilityMode.AUTO)
    if limits:
        panel.thresholds(thresholds(limits))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED))
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    if dashed:
        style = models.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 8]})
        panel.override_by_regexp(f"/{dashed}$/", [style])
    if thick:
        panel.override_by_regexp(f"/{thick}$/", [models.DynamicConfigValue(id_val="custom.lineWidth", value=4)])
    if steps:
        panel.line_interpolation(shapes.LineInterpolation.STEP_AFTER)
    if at_least is not None:
        panel.axis_soft_max(at_least)
    if log:
        panel.scale_distribution(common.ScaleDistributionConfig().type(shapes.ScaleDistribution.LOG).log(10))
    return _bounded(panel, low, high, decimals)


def counts(title: str, about: str, of: Query, span: int = 12, stacked: bool = False) -> Panel:
    """Columns over time: how often in each step of the chart, a minute at least."""
    panel: Any = curves(title, about, "none", of, span=span, low=0, decimals=0, stacked=stacked)
    panel.draw_style(shapes.GraphDrawStyle.BARS).fill_opacity(80).line_width(0).interval("1m")
    made: Panel = panel
    return made


def number(
    title: str, about: str, unit: str, *of: Query, span: int = 4, limits: Limits = CALM, words: Words | None = None,
    decimals: int | None = None, height: int = 4, none: str = "no data",
) -> Panel:  # fmt: skip
    """One number for each series, as it is now; coloured by its limits. A flow that is down has none."""
    panel = _dressed(stat.Panel(), title, about, unit, of, span, now=True).height(height).thresholds(thresholds(limits))
    panel.color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID if words else shapes.BigValueColorMode.VALUE)
    panel.graph_mode(shapes.BigValueGraphMode.NONE).text_mode(shapes.BigValueTextMode.AUTO)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)).no_value(none)
    if words:
        panel.mappings([mapping(words)])
    return _bounded(panel, None, None, decimals)


def bars(
    title: str, about: str, unit: str, *of: Query, span: int = 8, limits: Limits = CALM, decimals: int | None = 0,
    low: float | None = 0, high: float | None = None, none: str = "no data",
) -> Panel:  # fmt: skip
    """One bar for each series, as it is now. A flow that is down has none."""
    panel = _dressed(bargauge.Panel(), title, about, unit, of, span, now=True).thresholds(thresholds(limits))
    panel.display_mode(shapes.BarGaugeDisplayMode.BASIC).orientation(shapes.VizOrientation.HORIZONTAL)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    panel.legend(_legend([])).no_value(none)
    return _bounded(panel, low, high, decimals)


def states(title: str, about: str, of: Query, words: Words, span: int = 12) -> Panel:
    """A band over time for each series, in words."""
    panel = _dressed(statetimeline.Panel(), title, about, "none", (of,), span).mappings([mapping(words)])
    panel.thresholds(thresholds(((None, "text"),))).merge_values(True).row_height(0.8)
    panel.legend(_legend([])).tooltip(_tooltip()).show_value(shapes.VisibilityMode.AUTO)
    return _bounded(panel, None, None, None)


def _dressed(
    panel: Any, title: str, about: str, unit: str, of: Sequence[Query], span: int, now: bool = False
) -> Any:  # fmt: skip
    """Return the panel with its heading and queries; `now`: asked at the end of the time shown alone.

    The last point of a range is still there hours after its series has ended, and would pass for now.
    """
    panel.title(title).description(about).unit(unit).span(span).height(HEIGHT)
    panel.datasource(models.DataSourceRef(type_val="prometheus", uid="${datasource}"))
    lines = isinstance(panel, timeseries.Panel)  # the others are coloured by what their values mean
    mode = models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME if lines else models.FieldColorModeId.THRESHOLDS
    panel.color_scheme(dashboard.FieldColor().mode(mode))
    for ref, query in zip("ABCDEF", of, strict=False):
        panel.with_target(_target(ref, query, now))
    return panel


def _target(ref: str, query: Query, now: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(ref).expr(query.expr).legend_format(query.legend)
    target.format(queries.PromQueryFormat.HEATMAP if query.buckets else queries.PromQueryFormat.TIME_SERIES)
    return target.instant() if now else target.range()


def _bounded(panel: Any, low: float | None, high: float | None, decimals: int | None) -> Panel:
    if low is not None:
        panel.min(low)
    if high is not None:
        panel.max(high)
    if decimals is not None:
        panel.decimals(decimals)
    bounded: Panel = panel
    return bounded


def _legend(calcs: list[str]) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True).placement(shapes.LegendPlacement.BOTTOM).calcs(calcs)
    return legend.display_mode(shapes.LegendDisplayMode.TABLE if calcs else shapes.LegendDisplayMode.LIST)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING)


def thresholds(limits: Limits) -> dashboard.ThresholdsConfig:
    """Return limits as Grafana takes them."""
    steps = [models.Threshold(value=value, color=colour) for value, colour in limits]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def mapping(words: Words) -> models.ValueMap:
    """Return words as Grafana takes them."""
    results = {
        str(n): models.ValueMappingResult(text=text, color=colour, index=k)
        for k, (n, (text, colour)) in enumerate(words.items())
    }
    return models.ValueMap(options=results)
