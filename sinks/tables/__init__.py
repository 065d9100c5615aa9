"""The store's tables: one entry each, and everything else (segments, views, docs) follows from it."""

from sinks.tables import account, analysis, feed, signals
from sinks.tables.table import Column, Table

__all__ = ["PASSING", "TABLES", "Column", "Table"]

TABLES: dict[str, Table] = {table.name: table for group in (feed, signals, account, analysis) for table in group.TABLES}
PASSING = frozenset({"status", "telemetry", "resync", "notice", "risk_state"})  # for console and metrics; never stored
