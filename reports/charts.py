"""Charts of outcomes: the account, R, win rates and setups. All are in the account's fill model."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from math import floor
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from leadline.performance import Outcome, equity_curve, performance
from leadline.tally import wilson
from reports.ink import (
    AXIS,
    BLUE,
    DASHED,
    EXITS,
    GREY,
    ORANGE,
    R_FORMAT,
    THIN,
    VERDICTS,
    VERMILLION,
    column,
    faint,
    figure,
    in_order,
    look,
    utc,
    words,
)

BIN_R = 0.25
TICKS = 10  # fewer are counted one by one
MARKED = 500  # points


def equity(outcomes: Sequence[Outcome], start: tuple[datetime, float], unit: str) -> go.Figure:
    """Return the account after each of its closed trades, and its fall from the peak below."""
    curve = equity_curve(outcomes, start[1])
    times, values = column([start[0], *map(utc, curve.times_ns)]), [start[1], *curve.equity]
    both = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06)
    both.update_layout(look(420), showlegend=False)
    both.update_xaxes(AXIS)
    both.update_yaxes(AXIS)
    step = {"shape": "hv", "width": 2, "color": BLUE}
    both.add_scatter(x=times, y=column(values), line=step, mode=marked(len(values)), marker={"size": 5}, row=1, col=1,
                     hovertemplate=f"%{{y:,.2f}} {unit}<br>%{{x}}<extra></extra>")  # fmt: skip
    both.add_scatter(x=times, y=column(falls(values)), line={"shape": "hv", "width": 1.5, "color": VERMILLION},
                     mode="lines", fill="tozeroy", fillcolor=faint(VERMILLION), row=2, col=1,
                     hovertemplate="%{y:.2f} % below the peak<br>%{x}<extra></extra>")  # fmt: skip
    both.add_hline(y=start[1], line={"color": GREY, **THIN, "dash": "dot"}, row=1, col=1)
    both.update_yaxes(title_text=f"equity, {unit}", tickformat=",~f", row=1, col=1)
    both.update_yaxes(title_text="below peak, %", autorange="reversed", rangemode="tozero", row=2, col=1)
    both.update_xaxes(title_text="time, UTC", row=2, col=1)
    return both


def falls(values: Sequence[float]) -> list[float]:
    """Return how far each value is below the highest one so far, in percent of it.

    >>> falls([100.0, 110.0, 99.0])
    [0.0, 0.0, 10.0]
    """
    peak, found = values[0], []
    for value in values:
        peak = max(peak, value)
        found.append(round(100 * (1 - value / peak), 6))
    return found


def r_histogram(outcomes: Sequence[Outcome]) -> go.Figure:
    """Return how many outcomes ended at how many R, by verdict, with their mean and its bounds."""
    made = figure(barmode="stack", bargap=0.04)
    done = [o for o in outcomes if o.entered and o.r_multiple is not None]
    for verdict in in_order((o.verdict for o in done), VERDICTS):
        made.add_histogram(x=column([o.r_multiple for o in done if o.verdict == verdict]), name=words(verdict),
                           xbins={**bins([o.r_multiple or 0.0 for o in done]), "size": BIN_R},
                           marker={"color": VERDICTS.get(verdict, GREY)},
                           hovertemplate="%{y} ended at %{x} R<extra>%{fullData.name}</extra>")  # fmt: skip
    mean = performance(done).expectancy_r
    if mean.mean is not None:
        between = "" if mean.lower is None else f" ({mean.lower:+.2f} to {mean.upper:+.2f})"
        _line_at(made, mean.mean, f"mean {mean.mean:+.2f} R{between}", "dash")
    _line_at(made, -1.0, "planned loss, -1 R", "dot")
    made.update_xaxes(title_text=f"result after fees, R (bins of {BIN_R} R)", tickformat=R_FORMAT)
    made.update_yaxes(title_text="signals", **counted(floor((o.r_multiple or 0.0) / BIN_R) for o in done))
    return made


def counted(groups: Iterable[Hashable]) -> dict[str, Any]:
    """Return the axis that counts the members of groups; small counts get a tick each, or it would round halves.

    >>> counted(["a", "b", "a"])["dtick"]
    1
    """
    most = max(Counter(groups).values(), default=0)
    return {"tickformat": ",d", "rangemode": "tozero", "dtick": 1 if most < TICKS else None}


def bins(values: Sequence[float]) -> dict[str, float]:
    """Return where the bins of a histogram begin and end, so that every value is in one and zero is an edge.

    >>> bins([-1.1, 0.5])
    {'start': -1.25, 'end': 0.75}
    """
    return {"start": BIN_R * floor(min(values) / BIN_R), "end": BIN_R * (floor(max(values) / BIN_R) + 1)}


def _line_at(made: go.Figure, x: float, name: str, dash: str) -> None:
    made.add_vline(x=x, line={"color": GREY, "width": 2, "dash": dash}, name=name, showlegend=True)


def win_rate(outcomes: Sequence[Outcome]) -> go.Figure:
    """Return the share of wins so far, after each outcome, with its bounds, against what was needed so far."""
    done = sorted((o for o in outcomes if o.entered), key=lambda o: o.exit_ns)
    times = column([utc(o.exit_ns) for o in done])
    wins = list(accumulate(int(o.pnl_quote > 0) for o in done))
    low, high = 100 * column([wilson(won, n) for n, won in enumerate(wins, 1)]).T
    made = figure(380)
    flat = {"shape": "hv", "width": 0}
    made.add_scatter(x=times, y=low, line=flat, mode="lines", showlegend=False, hoverinfo="skip")
    made.add_scatter(x=times, y=high, line=flat, mode="lines", fill="tonexty", fillcolor=faint(BLUE, 0.25),
                     name="95 % band", hoverinfo="skip")  # fmt: skip
    told = "%{y:.1f} %: %{customdata[0]:d} of %{customdata[1]:d} won<br>%{customdata[2]:.0f} to %{customdata[3]:.0f} %"
    made.add_scatter(x=times, y=column([100 * won / n for n, won in enumerate(wins, 1)]), mode=marked(len(done)),
                     line={"shape": "hv", "width": 2, "color": BLUE}, marker={"size": 4}, name="win rate so far",
                     customdata=np.stack([wins, range(1, len(wins) + 1), low, high], axis=-1),
                     hovertemplate=told + "<br>%{x}<extra></extra>")  # fmt: skip
    could_not = list(accumulate(int(o.breakeven_win_rate is None) for o in done))
    left_out = f"{could_not[-1]} of {len(done)} could not" if done and could_not[-1] else ""
    made.add_scatter(x=times, y=column(needed(done)), mode="lines", line={"shape": "hv", "color": ORANGE, **DASHED},
                     name=f"needed to break even{left_out and f' ({left_out})'}", customdata=column(could_not),
                     hovertemplate="needed %{y:.1f} %; %{customdata} could not<br>%{x}<extra></extra>")  # fmt: skip
    made.update_xaxes(title_text="time of the exit, UTC")
    made.update_yaxes(title_text="signals won, %", range=[-2, 102], ticksuffix=" %")
    return made


def needed(done: Sequence[Outcome]) -> list[float | None]:
    """Return the mean win rate so far, in percent, of those that could break even; None before the first of them."""
    n, total = 0, 0.0
    found: list[float | None] = []
    for outcome in done:
        if outcome.breakeven_win_rate is not None:
            n, total = n + 1, total + outcome.breakeven_win_rate
        found.append(100 * total / n if n else None)
    return found


def marked(n: int) -> str:
    """Return how to draw points: each with a dot as long as dots can be told apart."""
    return "lines+markers" if n <= MARKED else "lines"


def setups(outcomes: Sequence[Outcome]) -> go.Figure:
    """Return how many signals of each setup ended for which reason, never-filled ones too."""
    names = sorted({o.setup for o in outcomes}, reverse=True)  # plotly counts bars from below
    made = figure(140 + 56 * len(names), barmode="stack")
    for reason in in_order((o.exit_reason for o in outcomes), EXITS):
        counts = [sum(o.setup == name and o.exit_reason == reason for o in outcomes) for name in names]
        made.add_bar(y=[words(name) for name in names], x=counts, name=_ended(outcomes, reason), orientation="h",
                     marker={"color": EXITS.get(reason, GREY)}, text=[n or "" for n in counts], textposition="inside",
                     insidetextanchor="middle", textangle=0, textfont={"color": "#111"},
                     hovertemplate="%{x} of %{y}<extra>%{fullData.name}</extra>")  # fmt: skip
    made.update_xaxes(title_text="signals", **counted(o.setup for o in outcomes))
    return made


def _ended(outcomes: Sequence[Outcome], reason: str) -> str:
    """Return a reason in words, with how many of those that were entered won after fees."""
    done = [o for o in outcomes if o.entered and o.exit_reason == reason]
    won = sum(o.pnl_quote > 0 for o in done)
    return f"{words(reason)} ({won} of {len(done)} won)" if done else words(reason)
