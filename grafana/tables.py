"""The fifth kind of panel: a table, with a row for each set of labels and a column for each query.

Each query must keep the labels of `rows` and no others: Grafana joins the answers by all that they have.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

from grafana.panels import Limits, Panel, Words, mapping, thresholds
from grafana.queries import Query
from grafana.sdk import dashboard, models, prometheus, queries, table

REFS = "ABCDEFGHIJKL"
HEIGHT = 6  # room for a row of each setup; more are scrolled


class Column(NamedTuple):
    """A column of numbers; the query's legend is its name. Its cells are coloured where it has limits, or a word."""

    of: Query
    unit: str = "none"
    decimals: int = 0
    limits: Limits = ()
    words: Words = MappingProxyType({})


def rows(title: str, about: str, labels: Sequence[str], columns: Sequence[Column], span: int = 24) -> Panel:
    """Return a table as things are now; a cell that is not known is a dash. A flow that is down has no row."""
    panel = table.Panel().title(title).description(about).unit("none").span(span).height(HEIGHT).no_value("-")
    panel.datasource(models.DataSourceRef(type_val="prometheus", uid="${datasource}"))
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    panel.thresholds(thresholds(((None, "text"),)))
    for ref, column in zip(REFS, columns, strict=False):
        target = prometheus.Dataquery().ref_id(ref).expr(column.of.expr).legend_format(column.of.legend)
        panel.with_target(target.format(queries.PromQueryFormat.TABLE).instant())
        panel.override_by_name(column.of.legend, _look(column))
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=_order(labels, columns)))
    made: Panel = panel
    return made


def _order(labels: Sequence[str], columns: Sequence[Column]) -> dict[str, object]:
    values = {f"Value #{ref}": column.of.legend for ref, column in zip(REFS, columns, strict=False)}
    order = {name: n for n, name in enumerate((*labels, *values))}
    return {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": {**values, "instance": "line"}}


def _look(column: Column) -> list[models.DynamicConfigValue]:
    look = [
        models.DynamicConfigValue(id_val="unit", value=column.unit),
        models.DynamicConfigValue(id_val="decimals", value=column.decimals),
    ]
    if column.limits:
        steps = [{"color": colour, "value": value} for value, colour in column.limits]
        look += [
            models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
            models.DynamicConfigValue(id_val="thresholds", value={"mode": "absolute", "steps": steps}),
        ]
    if column.words:
        look.append(models.DynamicConfigValue(id_val="mappings", value=[mapping(column.words)]))
    return look
