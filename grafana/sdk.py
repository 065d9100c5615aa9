"""The parts of the Grafana SDK that our boards are made of.

It warns, on import, that classic dashboards are deprecated in favour of its newer schema. Every
Grafana loads the classic one, the newer schema only a recent one: the warning is held back here.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        bargauge,
        common,
        dashboard,
        prometheus,
        stat,
        statetimeline,
        table,
        timeseries,
    )
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import common as shapes
    from grafana_foundation_sdk.models import dashboard as models
    from grafana_foundation_sdk.models import prometheus as queries

__all__ = [
    "Builder", "JSONEncoder", "bargauge", "common", "dashboard", "models", "prometheus", "queries", "shapes", "stat",
    "statetimeline", "table", "timeseries",
]  # fmt: skip
