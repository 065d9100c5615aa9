"""A table's picture: the answers of its queries joined by their labels, as its transformations have it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from grafana.asking import Series
from grafana.said import said

CALM = {"steps": [{"value": None, "color": "text"}]}


def joined(panel: Mapping[str, Any], answers: Sequence[Sequence[Series]]) -> str:
    """Return a row for each set of labels and a column for each query, as HTML."""
    names, labels = [target["legendFormat"] for target in panel["targets"]], list(answers[0][0].labels)
    looks = {one["matcher"]["options"]: {p["id"]: p["value"] for p in one["properties"]}
             for one in panel["fieldConfig"]["overrides"]}  # fmt: skip
    renamed = next(one["options"]["renameByName"] for one in panel["transformations"] if one["id"] == "organize")
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for name, answer in zip(names, answers, strict=True):
        for one in answer:
            found.setdefault(tuple(one.labels[label] for label in labels), {})[name] = one.points[-1][1]
    head = [renamed.get(label, label) for label in labels] + names
    lines = [[escape(value) for value in key] + [_cell(looks[name], values.get(name)) for name in names]
             for key, values in sorted(found.items())]  # fmt: skip
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{body}</table>"


def _cell(look: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return "-"
    text, colour = said({"fieldConfig": {"defaults": {"thresholds": CALM, **look}}}, value)
    return f'<span style="color:{colour}">{escape(text)}</span>'
