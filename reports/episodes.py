"""The price around one signal: the touch, the plan, and what it was filled at."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import plotly.graph_objects as go

from reports.facts import BEFORE, Episode, Quote
from reports.ink import BLUE, DASHED, DOTTED, EXITS, GREEN, GREY, VERMILLION, faint, figure, words

SILENCE = timedelta(seconds=5)  # features come each second: a longer gap had no verified book


def episode_chart(episode: Episode, quotes: Sequence[Quote]) -> go.Figure:
    """Return the market from two minutes before a signal to the end of its trade."""
    made = figure(330, showlegend=False)
    _touch(made, list(with_gaps(quotes)))
    for name, level, colour, line in (
        ("target", episode.target, GREEN, DASHED), ("entry", episode.entry, GREY, DOTTED),
        ("stop", episode.stop, VERMILLION, DASHED),
    ):  # fmt: skip
        _level(made, episode, name, level, colour, line)
    shape = "triangle-up" if episode.side == "buy" else "triangle-down"
    _fill(made, episode.entry_ts, episode.entry_price, "entered", shape, BLUE)
    reason = episode.exit_reason or ""
    _fill(made, episode.exit_ts, episode.exit_price, f"left: {words(reason)}", "x", EXITS.get(reason, GREY))
    span = episode.until - episode.ts + BEFORE
    made.update_xaxes(range=[episode.ts - BEFORE, episode.until + 0.05 * span], title_text="time, UTC", nticks=6)
    made.update_yaxes(tickformat=f",.{decimals(episode.entry)}f", nticks=7,
                       title_text=episode.symbol.partition("/")[2])  # fmt: skip
    made.update_layout(margin={"r": 56})
    return made


def episode_title(episode: Episode) -> str:
    """Return what a signal was and what became of it."""
    r = "" if episode.r_multiple is None else f", {episode.r_multiple:+.2f} R"
    ended = "no outcome yet" if episode.exit_reason is None else f"{words(episode.exit_reason)}{r}"
    what = f"{episode.symbol} {episode.side} {words(episode.setup)}"
    return f"{episode.ts:%Y-%m-%d %H:%M:%S} {what} ({words(episode.verdict)}): {ended}"


def with_gaps(quotes: Sequence[Quote]) -> Iterator[Quote]:
    """Give quotes with an empty one wherever the market was not seen for a while, so that no line bridges it."""
    before = None
    for quote in quotes:
        if before is not None and quote.ts - before.ts > SILENCE:
            yield Quote(before.ts + SILENCE, None, None, None)
        yield quote
        before = quote


def decimals(price: float) -> int:
    """Return how many decimals a price has.

    >>> decimals(64040.0), decimals(2.23396), decimals(0.00001234)
    (1, 5, 8)
    """
    return max(0, -int(Decimal(repr(price)).as_tuple().exponent))


def _touch(made: go.Figure, quotes: Sequence[Quote]) -> None:
    times = [quote.ts for quote in quotes]
    edge = {"width": 1, "color": faint(BLUE, 0.45), "shape": "hv"}
    for name, values in (("best bid", [q.best_bid for q in quotes]), ("best ask", [q.best_ask for q in quotes])):
        made.add_scatter(x=times, y=values, mode="lines", line=edge, name=name)
    made.add_scatter(x=times, y=[q.mid for q in quotes], mode="lines", line={"width": 1.5, "color": BLUE}, name="mid")


def _level(made: go.Figure, episode: Episode, name: str, level: float, colour: str, line: dict[str, object]) -> None:
    made.add_scatter(x=[episode.ts, episode.until], y=[level, level], mode="lines", line={"color": colour, **line},
                     name=name)  # fmt: skip
    made.add_annotation(x=1, xref="paper", y=level, text=name, showarrow=False, xanchor="left", font={"size": 12})


def _fill(made: go.Figure, at: datetime | None, price: float | None, name: str, symbol: str, colour: str) -> None:
    if at is not None and price is not None:
        marker = {"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1, "color": "#ffffff"}}
        made.add_scatter(x=[at], y=[price], mode="markers", name=name, marker=marker)
