"""The analysis report: one symbol at one time as a page, as Markdown, and as what a program reads.

All three say the same; the page draws it besides. It shows what the analysis rests on and what is
missing, and claims nothing beyond.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from leadline.analysis.as_of import written
from reports import analysis_charts as charts
from reports.analysis_blocks import blocks, world
from reports.analysis_facts import AnalysisFacts, numbers
from reports.blocks import Block, html, markdown
from reports.market_chart import market
from reports.page import Section, chart, page, paragraphs, wide

FORMATS = ("md", "json", "html")


def render(facts: AnalysisFacts, form: str, now: datetime) -> str:
    """Return the report in one of FORMATS."""
    if form == "json":
        return json.dumps(numbers(facts), indent=1, allow_nan=False) + "\n"
    if form == "md":
        return analysis_markdown(facts, now)
    return analysis_page(facts, now)


def title(facts: AnalysisFacts) -> str:
    """Return the report's title."""
    return f"{facts.analysis.symbol} as of {written(facts.analysis.as_of_ns)}"


def foot(now: datetime) -> str:
    """Return what stands under a report."""
    return f"Written by Leadline at {now:%Y-%m-%d %H:%M:%S} UTC. Paper only: no order was ever sent to a venue."


def analysis_markdown(facts: AnalysisFacts, now: datetime) -> str:
    """Return the report as Markdown."""
    return f"# {title(facts)}\n\n**{world(facts)}**\n\n{markdown(blocks(facts))}\n{foot(now)}\n"


def analysis_page(facts: AnalysisFacts, now: datetime) -> str:
    """Return the report as one self-contained HTML file."""
    first, *others = blocks(facts)
    head = paragraphs([world(facts)], "world") + paragraphs(first.lines[:3], "evidence")
    return page(title(facts), head + paragraphs(first.lines[3:], "dim"), sections(facts, others), foot(now))


def sections(facts: AnalysisFacts, others: list[Block]) -> Iterator[Section]:
    """Give the parts of the page: the market first, then each block, drawn where a picture says more."""
    if facts.chosen.anchor is not None:
        drawn_wide = wide(
            chart("market", market(facts)), "the plans and the volume profile"
        )  # its labels need their room
        yield Section("market", "Market, volume and plans", drawn_wide, MARKET)
    for block in others:
        yield Section(block.name, block.title, drawn(facts, block) + html(block), block.caption)


def drawn(facts: AnalysisFacts, block: Block) -> str:
    """Return a block's chart, if it has one."""
    if block.name == "breakdown":
        return chart("breakdown", charts.breakdown(facts.chosen.components))
    if block.name == "indicators" and facts.chosen.anchor is not None:
        return chart("indicators", charts.indicators(facts))
    return ""


MARKET = (
    "Closed bars up to the time of the analysis, and the last close (diamond). Right: volume by price over the "
    "profile's days, the value area in blue, with its edges (VAH, VAL), the point of control (POC) and its nodes: high "
    "volume full (HVN), low volume hollow. Bands are zones (hover the squares for their reasons), the dashed line is "
    "the key level. Right of the last bar is the plan of each horizon, dotted where it is not tradable; a price with "
    "an arrow lies outside the picture. A bar's volume is spread evenly over its range."
)
