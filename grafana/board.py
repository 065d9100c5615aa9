"""A board: rows of panels under the variables that all of ours share, and its JSON."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from grafana.panels import Panel
from grafana.sdk import JSONEncoder, dashboard, models

PROMETHEUS = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
ALL = models.VariableOption(selected=True, text="All", value="$__all")
OF_A_BOARD = "leadline"  # the tag by which boards link to each other


class Rows(NamedTuple):
    """A row of panels with its heading."""

    heading: str
    panels: Sequence[Panel]


def board(
    uid: str, title: str, about: str, rows: Sequence[Rows], *,
    variables: Sequence[dashboard.CustomVariable] = (), since: str = "now-6h",
) -> dashboard.Dashboard:  # fmt: skip
    """Return a board; `uid` is its address and stays."""
    made = dashboard.Dashboard(title).uid(uid).description(about).tags([OF_A_BOARD]).time(since, "now")
    made.refresh("10s").timezone("utc").tooltip(models.DashboardCursorSync.CROSSHAIR).readonly()
    link = dashboard.DashboardLink("Boards").type(models.DashboardLinkType.DASHBOARDS).tags([OF_A_BOARD])
    made.link(link.keep_time(True))
    for variable in (_datasource(), _labels("instance", "Line"), _labels("symbol", "Symbol"), *variables):
        made.with_variable(variable)
    for row in rows:
        made.with_row(dashboard.Row(row.heading))
        for panel in row.panels:
            made.with_panel(panel)
    return made


def _datasource() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _labels(name: str, label: str) -> dashboard.QueryVariable:
    variable = dashboard.QueryVariable(name).label(label).query(f"label_values(leadline_trust_state, {name})")
    variable.datasource(PROMETHEUS).refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
    return variable.multi(True).include_all(True).all_value(".+").current(ALL)


def text(made: dashboard.Dashboard) -> str:
    """Return a board's JSON as it is committed."""
    return json.dumps(made.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"
