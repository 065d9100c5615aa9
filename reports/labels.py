"""Labels of prices in a chart's margin: each at its price, moved apart where they would cover one another."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

LINE = 15  # pixels of a label's height
FRAME = 92  # pixels of a figure above and below its axes


class Label(NamedTuple):
    """A text beside a price."""

    price: float
    text: str
    colour: str


def beside(made: go.Figure, labels: Sequence[Label], axis: str, prices: tuple[float, float], height: int) -> None:
    """Write labels right of an x axis that share its row's price axis, each with a line to its price."""
    low, high = prices
    unit = (high - low) / (height - FRAME)  # price of a pixel
    ordered = sorted(labels, key=lambda label: label.price)
    at = spread([label.price for label in ordered], LINE * unit, low, high)
    for label, y in zip(ordered, at, strict=True):
        made.add_annotation(
            x=1, xref=f"{axis} domain", y=label.price, yref="y", ax=14, ay=(label.price - y) / unit, text=label.text,
            xanchor="left", align="left", showarrow=True, arrowhead=0, arrowwidth=1, arrowcolor=label.colour,
            font={"size": 11}, standoff=0,
        )  # fmt: skip


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return ascending values moved at least `gap` apart, in their order and as little as can be (least squares).

    They stay within low and high where there is room for all; else the lowest is at `low`.

    >>> spread([1.0, 5.0, 5.0], 1.0, 0.0, 10.0), spread([9.0, 9.5], 1.0, 0.0, 9.5)
    ([1.0, 4.5, 5.5], [8.5, 9.5])
    """
    pools: list[tuple[float, int]] = []  # means that ascend, and of how many: isotonic regression
    for n, value in enumerate(values):
        mean, count = value - n * gap, 1
        while pools and pools[-1][0] > mean:
            before, n_before = pools.pop()
            mean, count = (before * n_before + mean * count) / (n_before + count), n_before + count
        pools.append((mean, count))
    most = max(low, high - (len(values) - 1) * gap)
    placed = [min(max(mean, low), most) for mean, count in pools for _ in range(count)]
    return [place + n * gap for n, place in enumerate(placed)]
