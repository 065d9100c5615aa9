"""Ink: the colours and the common look of the charts.

The colours are those of Okabe and Ito, told apart with any kind of colour vision, on a light ground
and on a dark one; what matters is told by a dash, a shape or a word besides. Text and grid get
their colour in the page, which knows whether it is dark (reports/page.py).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

BLUE, ORANGE, SKY, GREEN = "#2a87c8", "#e69f00", "#56b4e9", "#009e73"
VERMILLION, PURPLE, GREY, PALE = "#d55e00", "#cc79a7", "#8c8c8c", "#b8b8b8"
VERDICTS = {"tradable": BLUE, "not_tradable": ORANGE, "filtered": GREY}
EXITS = {  # no green: a target that is reached can lose after fees
    "target": BLUE, "timeout": SKY, "flow_exit": ORANGE, "stop": VERMILLION, "kill": PURPLE, "unfilled": GREY,
    "end_of_tape": PALE, "abandoned": PALE,
}  # fmt: skip
THIN, DASHED, DOTTED = {"width": 1}, {"width": 1.5, "dash": "dash"}, {"width": 1.5, "dash": "dot"}
R_FORMAT, BPS_FORMAT = "0>+.2f", "0>+.4~g"  # with its sign; plotly.js spoils a format that begins with the plus
AXIS = {"zeroline": False, "automargin": True, "title": {"standoff": 8, "font": {"size": 13}}}
EPOCH = datetime(1970, 1, 1)


def figure(height: int = 340, **layout: Any) -> go.Figure:
    """Return an empty figure of the common look; the page fills its width."""
    return go.Figure(layout={**look(height), "xaxis": AXIS, "yaxis": AXIS, **layout})


def look(height: int) -> dict[str, Any]:
    """Return the layout that all figures share, but for their axes."""
    return {
        "template": "none", "height": height, "margin": {"l": 64, "r": 24, "t": 36, "b": 56}, "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom",
                   "traceorder": "normal"},
    }  # fmt: skip


def utc(ns: int) -> datetime:
    """Return a time for an axis; plotly takes it as it stands, so it carries no zone.

    >>> utc(1_764_000_000_000_000_000)
    datetime.datetime(2025, 11, 24, 16, 0)
    """
    return EPOCH + timedelta(microseconds=ns // 1000)


def column(values: Sequence[Any]) -> "np.ndarray[Any, Any]":
    """Return values as an array, which plotly takes and writes many times faster than a list; None becomes NaN."""
    return np.array(values, dtype=np.float64 if not isinstance(values[0], datetime) else "datetime64[us]")


def faint(colour: str, share: float = 0.18) -> str:
    """Return a colour that lets through what lies behind it.

    >>> faint("#009e73", 0.2)
    'rgba(0, 158, 115, 0.2)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    """Return distinct names in a given order, then the ones that it lacks.

    >>> in_order(["b", "z", "a"], ["a", "b", "c"])
    ['a', 'b', 'z']
    """
    found, known = set(names), list(order)
    return [name for name in known if name in found] + sorted(found.difference(known))


def words(name: str) -> str:
    """Return a name of the program as words."""
    return name.replace("_", " ")
