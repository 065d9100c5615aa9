"""Positions that a person declared, in the portfolio: beside the account, since nothing here knows their size."""

from leadline.analysis.as_of import written
from leadline.positions import Declared
from reports.blocks import NONE, Block, number, price
from reports.portfolio_facts import PortfolioFacts


def positions(facts: PortfolioFacts) -> Block:
    """Return what was declared, and where the analysed price stands against it."""
    held = facts.declared.positions
    prices = {one.analysis.symbol: one.analysis.price for one in facts.known}
    lines = (
        *([] if held else ["None is declared to the live line of this market."]),
        *_opposed(held),
        *([facts.declared.note] if facts.declared.note else []),
    )
    rows = tuple(_row(one, prices.get(one.of.symbol)) for one in held)
    names = ("", "entry", "stop", "target", "price", "before fees", "told", "declared")
    return Block("positions", "Declared positions", lines, names, rows, POSITIONS if held else "")


def _row(one: Declared, now: float | None) -> tuple[str, ...]:
    said = one.of
    result = None if now is None else one.result_r(now)
    return (
        f"{said.symbol} {said.side}", price(said.entry), price(said.stop), price(said.target), price(now),
        number(result, "+.2f", " R"), one.told or NONE, written(one.since_ns),
    )  # fmt: skip


def _opposed(held: list[Declared]) -> list[str]:
    sides = {symbol: {one.of.side for one in held if one.of.symbol == symbol} for symbol in {o.of.symbol for o in held}}
    return [f"{symbol} is declared long and short at once: one works against the other."
            for symbol in sorted(sides) if len(sides[symbol]) == 2]  # fmt: skip


POSITIONS = (
    "R is the distance from entry to stop; the price is that of the analysis. A declared position is not on the paper "
    "account, and its size is not known: no sum above counts it."
)
