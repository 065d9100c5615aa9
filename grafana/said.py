"""What a panel says of a value: its words in the panel's unit or mapping, and their colour."""

from collections.abc import Mapping
from typing import Any

from grafana.units import worded

COLOURS = {
    "green": "#2f9e44", "orange": "#f08c00", "red": "#e03131", "blue": "#1971c2", "purple": "#9c36b5",
    "dark-green": "#1b6e2e", "light-green": "#69db7c", "dark-red": "#a51111", "light-red": "#ff8787",
    "light-blue": "#74c0fc", "text": "#ced4da",
}  # fmt: skip


def mapped(panel: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the words of the panel's states by their numbers, none where its values are no states."""
    mappings = panel["fieldConfig"]["defaults"].get("mappings") or [{"options": {}}]
    found: dict[str, dict[str, Any]] = mappings[0]["options"]
    return found


def said(panel: Mapping[str, Any], value: float) -> tuple[str, str]:
    """Return a value's words and colour."""
    words = mapped(panel).get(f"{value:g}")
    if words:
        return words["text"], COLOURS.get(words["color"], words["color"])
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    colour = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return worded(value, panel), COLOURS.get(colour, colour)
