"""Charts of what outcomes may depend on: the HFT score, costs, and advice. All `_bps` are of notional."""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from leadline.performance import mean_of
from leadline.tally import wilson
from reports.facts import Advised, Costs, Scored
from reports.ink import BLUE, BPS_FORMAT, GREEN, GREY, ORANGE, R_FORMAT, VERMILLION, figure, words

GROUPS, LEAST = 10, 5  # deciles where each has five outcomes, else fewer groups


def groups(scored: Sequence[Scored]) -> list[list[Scored]]:
    """Return outcomes in equal groups by pressure, weakest first: ten, or as many as have five outcomes each.

    >>> [len(group) for group in groups([Scored(float(n), True, 0.0) for n in range(17)])]
    [6, 6, 5]
    """
    n = max(1, min(GROUPS, len(scored) // LEAST))
    ordered = sorted(scored, key=lambda one: one.pressure)
    least, more = divmod(len(ordered), n)
    cuts = [least * k + min(k, more) for k in range(n + 1)]
    return [ordered[begin:end] for begin, end in pairwise(cuts)]


def score(scored: Sequence[Scored]) -> go.Figure:
    """Return the mean R of each group of pressure with its bounds."""
    made = figure(360, showlegend=False)
    found = groups(scored)
    means = [mean_of([one.r_multiple for one in group if one.r_multiple is not None]) for group in found]
    spread = [0.0 if mean.upper is None or mean.mean is None else mean.upper - mean.mean for mean in means]
    made.add_scatter(
        x=[f"{group[0].pressure:+.1f} to<br>{group[-1].pressure:+.1f}<br>n = {len(group):,}" for group in found],
        y=[mean.mean for mean in means], error_y={"array": spread, "color": BLUE, "thickness": 1.5}, mode="markers",
        marker={"size": 9, "color": BLUE}, text=[_told(group) for group in found],
        hovertemplate=f"%{{y:{R_FORMAT}}} R, plus or minus %{{error_y.array:.2f}}<br>%{{text}}<extra></extra>",
    )  # fmt: skip
    made.add_hline(y=0, line={"color": GREY, "width": 1})
    made.update_xaxes(
        title_text="HFT score in the signal's own direction, weakest group first", type="category", tickangle=0
    )
    made.update_yaxes(title_text="mean result after fees, R", tickformat=R_FORMAT)
    return made


def _told(group: Sequence[Scored]) -> str:
    wins = sum(one.won for one in group)
    low, high = wilson(wins, len(group))
    return f"{wins} of {len(group)} won ({100 * low:.0f} to {100 * high:.0f} %)"


def costs(paid: Costs) -> go.Figure:
    """Return what was earned at the mids, what the spread, the book's depth and fees took, and what was left."""
    names = ["from mid to mid", "spread and slippage", "gross", "fees", "net"]
    values = [paid.gross_bps + paid.slippage_bps, -paid.slippage_bps, paid.gross_bps, -paid.fees_bps, paid.net_bps]
    made = figure(340, showlegend=False)
    made.add_waterfall(
        x=names, y=values, measure=["absolute", "relative", "total", "relative", "total"],
        text=[f"{value:+.2f}" for value in values], textposition="outside", cliponaxis=False,
        decreasing={"marker": {"color": VERMILLION}}, increasing={"marker": {"color": GREEN}},
        totals={"marker": {"color": BLUE}}, connector={"line": {"color": GREY, "width": 1, "dash": "dot"}},
        hovertemplate="%{x}: %{text} bps<extra></extra>",
    )  # fmt: skip
    made.add_hline(y=0, line={"color": GREY, "width": 1})
    made.update_yaxes(title_text="bps of the entry notional", tickformat=BPS_FORMAT)
    return made


def advice(advised: Sequence[Advised]) -> go.Figure:
    """Return the mean that each kind of advice saved, with its bounds where four or more are known."""
    known = [one for one in reversed(advised) if one.mean_saved_bps is not None]
    made = figure(130 + 44 * len(known), showlegend=False)
    for enough, symbol, name in ((True, "circle", ""), (False, "circle-open", "too few for an interval")):
        some = [one for one in known if (one.lower_bps is not None) == enough]
        spread = [one.upper_bps - one.mean_saved_bps for one in some
                  if enough and one.upper_bps is not None and one.mean_saved_bps is not None]  # fmt: skip
        made.add_scatter(
            y=[advice_name(one) for one in some], x=[one.mean_saved_bps for one in some], mode="markers",
            error_x={"array": spread or None, "color": ORANGE, "thickness": 1.5},
            marker={"size": 10, "symbol": symbol, "color": ORANGE, "line": {"width": 2, "color": ORANGE}},
            hovertemplate=f"%{{x:{R_FORMAT}}} bps<br>%{{y}}<extra>{name}</extra>",
        )  # fmt: skip
    made.add_vline(x=0, line={"color": GREY, "width": 1})
    made.update_xaxes(title_text="mean saved, bps (left of zero: following it cost money)", tickformat=BPS_FORMAT)
    made.update_yaxes(categoryorder="array", categoryarray=[advice_name(one) for one in known])
    return made


def advice_name(one: Advised) -> str:
    """Return advice with its counts.

    >>> advice_name(Advised("stop_protection", "exit", 5, 4, -1.0, -2.0, 0.0))
    'stop protection: exit, 4 of 5 known'
    """
    why = "" if one.reason is None else f" ({words(one.reason)})"
    return f"{words(one.kind)}: {one.action}{why}, {one.n_known} of {one.n} known"
