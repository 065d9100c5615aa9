"""The page: one HTML file that needs nothing else, in the reader's dark or light.

plotly.js stands in it once, and a content policy forbids the browser to fetch anything at all.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.io import to_html
from plotly.offline import get_plotlyjs

from reports.blocks import cell, heading, prose

CONFIG = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["lasso2d", "select2d"]}


class Section(NamedTuple):
    """A part of the page: what it shows and does not show is its caption."""

    name: str
    title: str
    body: str  # HTML
    caption: str


def chart(name: str, made: go.Figure) -> str:
    """Return a figure as HTML; its id is made of its name, so the same facts give the same page."""
    return str(to_html(made, full_html=False, include_plotlyjs=False, config=CONFIG, div_id=f"chart-{name}"))


def wide(body: str, beyond: str) -> str:
    """Return HTML that is scrolled where the window is narrow, and says there what is `beyond` its edge."""
    hint = f'<p class="sideways">Wider than this window: scroll it sideways to {escape(beyond)}.</p>'
    return f'{hint}<div class="wide"><div class="roomy">{body}</div></div>'


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as HTML; the first column names the row, the others are numbers."""
    head = "".join(f'<th scope="col">{heading(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{cell(text)}</td>" for text in row[1:]) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def paragraphs(lines: Iterable[str], kind: str = "") -> str:
    """Return lines as paragraphs of a class."""
    return "".join(f'<p class="{kind}">{prose(line)}</p>' if kind else f"<p>{prose(line)}</p>" for line in lines)


def page(title: str, head: str, sections: Iterable[Section], foot: str) -> str:
    """Return the whole file; `head` is HTML, `foot` text."""
    parts = "".join(
        f'<section id="{section.name}"><h2>{escape(section.title)}</h2>{section.body}'
        f'<p class="caption">{prose(section.caption)}</p></section>'
        for section in sections
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>{STYLE}</style><script>{get_plotlyjs()}</script></head>\n"
        f"<body><main><header><h1>{escape(title)}</h1>{head}</header>"
        f"<noscript><p>The charts need JavaScript; the tables do not.</p></noscript>"
        f"{parts}<footer>{escape(foot)}</footer></main><script>{PAINT}</script></body></html>\n"
    )


POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

STYLE = """
:root { --ground: #fbfbf9; --text: #23272b; --dim: #5d656d; --grid: #e2e3e0; --mark: #8a5a00; --raised: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #15181b; --text: #d9dcdf; --dim: #9aa2aa; --grid: #2d3237; --mark: #f0b64a; --raised: #1c2024; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; font-weight: 600; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; font-weight: 600; }
h3 { font-size: .95rem; margin: .75rem 0 0; font-weight: 600; }
header p { margin: .35rem 0; max-width: 60rem; }
.world { color: var(--mark); font-weight: 600; }
.evidence { font-size: 1.05rem; }
.dim, .caption, footer { color: var(--dim); font-size: .9rem; }
.caption { max-width: 64rem; margin: .5rem 0 0; }
section { background: var(--raised); border: 1px solid var(--grid); border-radius: 8px; padding: 1.1rem 1.25rem;
  margin: 1.25rem 0 0; break-inside: avoid; }
footer { margin-top: 1.5rem; }
.wide { overflow-x: auto; }
.roomy { min-width: 58rem; }
.sideways { display: none; color: var(--mark); font-size: .9rem; margin: 0 0 .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .88rem; width: 100%; }
th, td { text-align: right; padding: .3rem .45rem; line-height: 1.35; border-bottom: 1px solid var(--grid); }
thead th { vertical-align: bottom; }
th { font-weight: 500; color: var(--dim); }
th:first-child { text-align: left; padding-left: 0; }
tbody th { color: var(--text); }
@media (min-width: 40rem) { tbody th { white-space: nowrap; } }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--dim); }
.pairs { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 1.5rem; }
@media (max-width: 56rem) { .pairs { grid-template-columns: minmax(0, 1fr); } }
@media (min-width: 72rem) { .whole { white-space: nowrap; } }
@media (max-width: 63rem) {
  .sideways { display: block; }
  table { font-size: .8rem; }
  th, td { padding: .3rem .3rem; }
}
@media (max-width: 40rem) {
  main { padding: 1rem .5rem 2rem; }
  section { padding: .9rem .75rem; }
}
"""

# Charts cannot follow the page's style by themselves: text and grid are painted again when it changes.
PAINT = """
const dark = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  const style = getComputedStyle(document.documentElement), of = (name) => style.getPropertyValue(name).trim();
  for (const chart of document.querySelectorAll(".js-plotly-plot")) {
    const change = { "font.color": of("--text"), "hoverlabel.bgcolor": of("--ground"),
      "hoverlabel.font.color": of("--text"), "modebar.color": of("--dim"),
      "modebar.activecolor": of("--text"), "modebar.bgcolor": "rgba(0,0,0,0)" };
    for (const axis of Object.keys(chart._fullLayout).filter((name) => /^[xy]axis[0-9]*$/.test(name))) {
      change[axis + ".gridcolor"] = of("--grid");
      change[axis + ".linecolor"] = of("--grid");
      change[axis + ".tickcolor"] = of("--grid");
    }
    Plotly.relayout(chart, change);
  }
}
paint();
dark.addEventListener("change", paint);
"""
