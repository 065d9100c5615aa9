"""Blocks: parts of a report as words and tables, which Markdown, a page and a prompt all show.

A table's last column is text where `wide` says so; every other cell is a number with its unit.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

NONE = "-"
DIGITS = 6  # of a price
SHORT = 14  # a cell of so few characters is not broken


class Block(NamedTuple):
    """A titled part: lines, then a table if it has rows, then what it does and does not say."""

    name: str
    title: str
    lines: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""
    wide: bool = False  # the last column is text


def markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown."""
    return "\n".join(line for block in blocks for line in _markdown(block))


def _markdown(block: Block) -> list[str]:
    found = [f"## {block.title}", "", *(f"- {line}" for line in block.lines)]
    if block.rows:
        aligned = ["---", *["---:"] * (len(block.names) - 1)]
        if block.wide:
            aligned[-1] = "---"
        cells = [block.names, tuple(aligned), *block.rows]
        found += [*([""] if block.lines else []), *("| " + " | ".join(map(_cell, row)) + " |" for row in cells)]
    return [*found, *(["", f"*{block.caption}*"] if block.caption else []), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def html(block: Block) -> str:
    """Return a block's table and lines as HTML."""
    items = "".join(f"<li>{prose(line)}</li>" for line in block.lines)
    said = f'<ul style="margin: .5rem 0; padding-left: 1.2rem">{items}</ul>' if items else ""
    return (html_table(block) if block.rows else "") + said


def prose(text: str) -> str:
    """Return text as HTML, what stands in backticks as code.

    >>> prose("run `a < b`")
    'run <code>a &lt; b</code>'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def cell(text: str) -> str:
    """Return a table's cell as HTML; it may wrap, but not within a short one, a bracket or a time.

    >>> cell("-0.77 (-0.89 to -0.65)"), cell("3 of 23")
    ('-0.77 <span class="whole">(-0.89 to -0.65)</span>', '<span class="whole">3 of 23</span>')
    """
    return f'<span class="whole">{escape(text)}</span>' if len(text) <= SHORT else heading(text)


def heading(text: str) -> str:
    """Return a column's name as HTML: narrow, so that it may wrap but within a bracket."""
    return _WHOLE.sub(r'<span class="whole">\g<0></span>', escape(text))


_WHOLE = re.compile(r"\([^()]{1,24}\)|\d{4}-\d\d-\d\d(?: \d\d:\d\d)?(?: UTC)?")


def html_table(block: Block) -> str:
    """Return a block's table as HTML; text is set to the left and may wrap."""
    head = "".join(_th(name, block.wide and n == len(block.names) - 1) for n, name in enumerate(block.names))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(_td(text, block.wide and n == len(row) - 1) for n, text in enumerate(row) if n)
        + "</tr>"
        for row in block.rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


_TEXT = ' style="text-align: left; white-space: normal; min-width: 16rem"'


def _th(name: str, wide: bool) -> str:
    return f'<th scope="col"{_TEXT if wide else ""}>{heading(name)}</th>'


def _td(text: str, wide: bool) -> str:
    return f"<td{_TEXT}>{escape(text)}</td>" if wide else f"<td>{cell(text)}</td>"


def price(value: float | None) -> str:
    """Return a price in quote with six digits, two decimals at least from 1 on.

    >>> price(37144.98), price(2.5432101), price(0.0000123456), price(None)
    ('37,144.98', '2.54321', '0.0000123456', '-')
    """
    if value is None:
        return NONE
    decimals = DIGITS - 1 - floor(log10(abs(value))) if value else 2
    return f"{value:,.{max(2, decimals)}f}"


def number(value: float | None, form: str = ".2f", unit: str = "") -> str:
    """Return a number with its unit, a dash where there is none.

    >>> number(12.345, "+.1f", " bps"), number(None)
    ('+12.3 bps', '-')
    """
    return NONE if value is None else f"{value:{form}}{unit}"


def percent(value: float | None) -> str:
    """Return a fraction in percent.

    >>> percent(0.415)
    '42 %'
    """
    return number(None if value is None else 100.0 * value, ".0f", " %")


def joined(parts: Sequence[str], most: int = 6) -> str:
    """Return text parts in one cell, the first few of them."""
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more
