"""The store: the lake can be read, its views are of this version and of this place."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from sinks import catalog
from sinks.evidence import TABLES

REFRESH = "leadline catalog refresh"
ASIDE = "move the file aside; if the tape is still there, a replay computes its rows anew"
VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"


def lake(system: System) -> Iterator[Finding]:
    """Every table must be there in the shape of this version, and readable."""
    for table, e in system.store.faults.items():
        outdated = isinstance(e, duckdb.BinderException | duckdb.CatalogException) or "No files found" in str(e)
        yield (_old if outdated else _damaged)(table, e)


def _old(table: str, e: Exception) -> Finding:
    return error("schema_outdated", f"table {table} is not of this version: {catalog.first_line(e)}", f"`{REFRESH}`")


def _damaged(table: str, e: Exception) -> Finding:
    return error("segment_damaged", f"table {table} cannot be read: {catalog.first_line(e)}", ASIDE)


def views(system: System) -> Iterator[Finding]:
    """The catalog must hold the views of this version over the lake of this folder."""
    store = system.store.connection
    if store is None:
        return  # nothing ran yet
    file = catalog.path(system.data_dir)
    if file.is_dir():
        yield error("catalog_damaged", f"{file} is a folder", f"move it away; then `{REFRESH}` makes the file")
        return
    if not file.exists():
        yield warning("catalog_missing", f"there is no {file}", f"`{REFRESH}` makes it")
        return
    try:
        found = _views(file)
    except duckdb.IOException as e:
        if "lock" in str(e).lower():
            yield unchecked("catalog_outdated", f"{file} is open for writing in another program")
        else:
            yield error("catalog_damaged", catalog.first_line(e), f"`{REFRESH}` makes it anew")
        return
    except duckdb.Error as e:
        yield error("catalog_damaged", catalog.first_line(e), f"`{REFRESH}` makes it anew")
        return
    lacking = system.store.lacking()
    if lacking:
        yield unchecked("catalog_outdated", f"{lacking}: their views, and those over them, were not looked at")
    wanted = dict(store.execute(VIEWS).fetchall())
    changed = sorted(name for name, sql in wanted.items() if _words(found.get(name, "")) != _words(sql))
    if changed:
        told = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        yield warning(
            "catalog_outdated", f"views are of another version, or of where the folder was before: {told}",
            f"`{REFRESH}`; a run does it at its start",
        )  # fmt: skip


def _views(file: Path) -> dict[str, str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return dict(connection.execute(VIEWS).fetchall())


def evidence(system: System) -> Iterator[Finding]:
    """What the ladder is counted from must be readable."""
    lacking = system.store.lacking(*TABLES)
    if lacking:
        yield unchecked("evidence", f"{lacking}: how far the evidence goes was not counted")
    else:
        _ = system.evidence  # damage within is found by reading


def _words(sql: str) -> list[str]:
    """Return what a view's text is made of, in no order: the database writes an EXCLUDE in any."""
    return sorted(re.findall(r"\w+|[^\w\s]", sql))


CHECKS = (lake, views, evidence)
