"""The portfolio report: all configured symbols at one time, side by side."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

import msgspec
import plotly.graph_objects as go

from leadline.analysis import Analysis
from leadline.analysis.as_of import written
from leadline.analysis.base_rates import of_walks
from leadline.analysis.inputs import Missing
from leadline.analysis.newest import age
from leadline.hft import Confidence
from reports import analysis_facts
from reports.analysis import foot
from reports.analysis_blocks import world
from reports.analysis_facts import AnalysisFacts
from reports.blocks import NONE, Block, html, markdown, number, price
from reports.ink import BLUE, GREY, VERMILLION, figure
from reports.open_facts import Open
from reports.page import Section, chart, page, paragraphs
from reports.portfolio_facts import PortfolioFacts, matrix, read
from reports.portfolio_positions import positions
from reports.portfolio_risk import planned, risk

__all__ = ["numbers", "read", "render"]


def render(facts: PortfolioFacts, form: str, now: datetime) -> str:
    """Return the report as md, json or html."""
    title = f"All symbols as of {written(facts.as_of_ns)}"
    if form == "json":
        return json.dumps(numbers(facts), indent=1, allow_nan=False, default=str) + "\n"
    if form == "md":
        return f"# {title}\n\n**{_world(facts)}**\n\n{markdown(blocks(facts))}\n{foot(now)}\n"
    return page(title, paragraphs([_world(facts)], "world"), sections(facts), foot(now))


def numbers(facts: PortfolioFacts) -> dict[str, Any]:
    """Return the facts for a program, as plain values."""
    return {
        "as_of_ns": facts.as_of_ns,
        "symbols": [analysis_facts.numbers(one) for one in facts.known],
        "missing": [one._asdict() for one in facts.symbols if isinstance(one, Missing)],
        "planned": _planned(facts),
        "open": {symbol: one._asdict() for symbol, one in facts.open.items()},
        "positions": [msgspec.to_builtins(one) for one in facts.declared.positions],
        "account": None if facts.account is None else facts.account._asdict(),
        "correlations": [one._asdict() for one in facts.correlations],
    }


def _planned(facts: PortfolioFacts) -> dict[str, Any]:
    of = planned(facts)
    return {"n": len(of.plans), "risk_quote": of.risk_quote, "cap_quote": of.cap_quote, "fitting": of.fitting}


def _world(facts: PortfolioFacts) -> str:
    return world(facts.known[0]) if facts.known else "No symbol could be analysed."


VERDICTS = {"tradable": "unproven", "not_tradable": "not tradable"}  # no setup has been calibrated


def blocks(facts: PortfolioFacts) -> list[Block]:
    """Return the report in words and tables."""
    return [scores(facts), risk(facts), positions(facts), together(facts)]


def scores(facts: PortfolioFacts) -> Block:
    """Return what each symbol comes to, and why some cannot be told of."""
    names = (
        "",
        "score",
        "bias",
        "bias in force",
        "confidence",
        "price",
        "key level",
        "setup",
        "net R:R",
        "open trades",
        "open risk",
    )
    absent = [f"Missing: {one.reason}" for one in facts.symbols if isinstance(one, Missing)]
    profile = facts.rules.ultimate_analyzer.profile
    opposed = [f"{one.analysis.symbol}: {line}." for one in facts.known for line in one.analysis.notes]
    lines = (f"Profile {profile}; the bias holds until {written(facts.valid_until_ns)}.",
             _confidence(facts), *absent, *opposed)  # fmt: skip
    return Block("scores", "Score and bias", lines, names, tuple(_row(one, facts) for one in facts.known), SCORES)


def _confidence(facts: PortfolioFacts) -> str:
    """Return what the classes of confidence in the table are worth."""
    shown = {one.analysis.confidence for one in facts.known if one.analysis.score is not None}
    rates = [of_walks(facts.rules.ultimate_analyzer.profile, name) for name in get_args(Confidence) if name in shown]
    return "; ".join(["Confidence is a class and no probability", *rates]) + "."


def _row(one: AnalysisFacts, facts: PortfolioFacts) -> tuple[str, ...]:
    found, plan, held = one.analysis, one.chosen.setup, facts.open.get(one.analysis.symbol)
    if held is None and facts.account is not None:
        held = Open(0, 0.0)
    return (
        found.symbol, number(found.score, ".1f"), found.bias, _in_force(one), found.confidence, _price(found),
        price(found.key_level.price), NONE if plan is None else f"{plan.horizon} {plan.side}, {VERDICTS[plan.verdict]}",
        NONE if plan is None else number(plan.net_rr), NONE if held is None else str(held.n),
        NONE if held is None else number(held.risk_quote, ",.2f"),
    )  # fmt: skip


def _price(found: Analysis) -> str:
    return price(found.price) + ("" if found.price_ns is None else f", {age(found.as_of_ns - found.price_ns)} old")


def _in_force(one: AnalysisFacts) -> str:
    held = one.in_force
    return NONE if held is None else f"{held.bias} of {written(held.as_of_ns)}"


def together(facts: PortfolioFacts) -> Block:
    """Return how the symbols' daily changes went together."""
    rows = tuple(
        (f"{one.first} and {one.second}", "too few days" if one.value is None else f"{one.value:+.2f}", str(one.n_days))
        for one in facts.correlations
    )
    n_days = sum("1d" in one.inputs.bars for one in facts.known)
    few = f"Two symbols with daily bars are needed; of the {len(facts.symbols)} here {n_days or 'none'} has any."
    lines = () if rows else (few,)
    return Block("correlation", "Correlation", lines, ("", "daily changes", "days"), rows, CORRELATION)


def sections(facts: PortfolioFacts) -> Iterator[Section]:
    """Give the parts of the page."""
    for block in blocks(facts):
        drawn = ""
        if block.name == "scores" and any(one.analysis.score is not None for one in facts.known):
            drawn = chart("scores", score_chart(facts)) + paragraphs([EDGES], "dim")
        if block.name == "correlation" and any(one.value is not None for one in facts.correlations):
            drawn = chart("correlation", correlation_chart(facts))
        yield Section(block.name, block.title, drawn + html(block), block.caption)


def score_chart(facts: PortfolioFacts) -> go.Figure:
    """Return the symbols' scores around neutral."""
    known = [one.analysis for one in facts.known if one.analysis.score is not None]
    scores = [one.score or 0.0 for one in known]
    made = figure(120 + 40 * len(known), showlegend=False)
    made.add_bar(
        y=[one.symbol for one in known], x=[score - 50 for score in scores], base=50, orientation="h",
        marker={"color": [BLUE if score >= 50 else VERMILLION for score in scores]},
        customdata=[f"{one.score:.1f} {one.bias}" for one in known],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    for one in known:  # beside the bars: the edges would run through them
        made.add_annotation(x=102, y=one.symbol, text=f"{one.score:.1f} {one.bias}", showarrow=False, xanchor="left")
    edges = facts.rules.ultimate_analyzer.thresholds
    for edge in (100 - edges.strong, 100 - edges.weak, edges.weak, edges.strong):
        made.add_vline(x=edge, line={"color": GREY, "width": 1, "dash": "dot"})
    made.add_vline(x=50, line={"color": GREY, "width": 1})
    made.update_xaxes(range=[-2, 130], tickvals=[0, 30, 45, 50, 55, 70, 100], title_text="score, 50 is neutral")
    made.update_yaxes(autorange="reversed", showgrid=False)
    return made


def correlation_chart(facts: PortfolioFacts) -> go.Figure:
    """Return the correlations as a table of colours, with their numbers."""
    names = list(dict.fromkeys(name for one in facts.correlations for name in (one.first, one.second)))
    values = matrix(names, facts.correlations)
    made = figure(140 + 60 * len(names), showlegend=False)
    made.add_heatmap(
        x=names, y=names, z=values, zmin=-1, zmax=1, colorscale=[[0, VERMILLION], [0.5, "#d8d8d8"], [1, BLUE]],
        text=[["" if value is None else f"{value:+.2f}" for value in row] for row in values], texttemplate="%{text}",
        textfont={"color": "#111"}, colorbar={"title": {"text": "correlation"}}, xgap=2, ygap=2,
        hovertemplate="%{y} and %{x}: %{z:+.2f}<extra></extra>",
    )  # fmt: skip
    made.update_xaxes(type="category")
    made.update_yaxes(type="category", autorange="reversed")
    return made


EDGES = "Broken lines: the edges of weak and strong bias."
SCORES = (
    "Score and bias are found for this report; the bias in force is what was stored and handed to the scalper. Each "
    "score stands by itself and was not calibrated on outcomes. Open risk is what is lost at the stops, with "
    "fees, of the paper trades that are open in this market; a replay's do not count."
)
CORRELATION = (
    "Daily changes of the last 90 days that both have; at least 20 are needed. It describes those days and no others."
)
