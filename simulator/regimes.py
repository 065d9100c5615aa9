"""Regimes: what kind of market it is for the next minutes.

A schedule is an endless sequence of segments, made from the symbol's seed alone. A cycle of it
has two blocks in either order, with calm between them: a squeeze with its breakout, and a shock
that comes back; after each the market turns, rests on its averages and goes on. Lengths, order
and first direction are chance; the next cycle has the other direction. Drifts are *wishes*: how
much of them the market obeys is its predictability, and at 0 it obeys none, so that only
volatility is left of the regimes.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from simulator.chance import Draw, between, shuffled

Kind = Literal["calm", "squeeze", "breakout", "trend", "pullback", "shock", "reversion", "recovery", "rest"]

# What a segment wishes for; every bps is times the symbol's volatility:
#   drift     `amount` bps a minute towards `side`
#   stretch   far from the day's average on `side`; the market works the drift out
#   return    most of the way back to the day's average, `amount` bps a minute at least
#   cross     `amount` bps beyond the slow average on `side`, and is over once it is there
#   beyond    to stay `amount` bps beyond the slow average on `side`
#   between   to stay between the slow average and a slower one, at this fraction of the way
Aim = Literal["drift", "stretch", "return", "cross", "beyond", "between"]


class Activity(NamedTuple):
    """How lively a segment is."""

    jumps: float  # price moves a second
    jump_bps: float  # their usual size
    trades: float  # trades a second besides
    volume: float  # times the usual size of a trade
    spread: float  # times the usual spread
    rate: float  # steps a second


class Segment(NamedTuple):
    """Some minutes of one kind of market."""

    kind: Kind
    minutes: float
    side: int  # where it wishes to go: +1 up, -1 down, 0 nowhere
    aim: Aim
    amount: float
    activity: Activity


CALM = Activity(0.9, 0.52, 0.8, 1.0, 1.0, 7.6)
WINDING = Activity(0.7, 0.36, 0.6, 0.8, 1.0, 7.0)
TIGHT = Activity(0.6, 0.20, 0.45, 0.6, 0.7, 6.0)
BURST = Activity(2.2, 0.50, 3.5, 2.6, 1.5, 15.0)
TREND = Activity(1.1, 0.38, 1.3, 1.2, 1.0, 9.0)
STRETCHED = Activity(2.2, 0.55, 2.5, 1.8, 2.0, 14.0)
RECOVERING = Activity(2.0, 0.20, 1.4, 1.2, 1.0, 10.0)
RESTING = Activity(1.2, 0.13, 0.6, 0.7, 0.8, 7.5)


def calm(draw: Draw, low: float = 4.0, high: float = 9.0) -> list[Segment]:
    """Nothing in particular."""
    return [Segment("calm", between(draw, low, high), 0, "drift", 0.0, CALM)]


def breakout(draw: Draw, side: int) -> list[Segment]:
    """Half an hour of less and less, a burst of volume out of it, and the trend that follows."""
    return [
        Segment("squeeze", between(draw, 5, 8), 0, "drift", 0.0, WINDING),
        Segment("squeeze", between(draw, 18, 24), 0, "drift", 0.0, TIGHT),
        Segment("breakout", between(draw, 2.5, 4.0), side, "drift", 8.5, BURST),
        Segment("pullback", between(draw, 2, 4), -side, "drift", 1.5, TREND),
        Segment("trend", between(draw, 12, 16), side, "drift", 5.0, TREND),
    ]


def shock(draw: Draw, side: int) -> list[Segment]:
    """A fast excursion far from the day's average, and the way back."""
    return [
        Segment("shock", between(draw, 4.5, 7.0), side, "stretch", 0.0, STRETCHED),
        Segment("shock", between(draw, 1.0, 2.0), -side, "drift", 1.0, STRETCHED),
        Segment("reversion", between(draw, 12, 16), -side, "return", 4.8, TREND),
    ]


def turn(draw: Draw, side: int) -> list[Segment]:
    """After a move against `side`: back over the slow average, twice a rest on it, and on."""
    return [
        Segment("recovery", 12.0, side, "cross", between(draw, 4, 9), RECOVERING),
        Segment("recovery", between(draw, 4, 7), side, "beyond", between(draw, 4, 9), RESTING),
        Segment("pullback", between(draw, 6, 9), side, "between", between(draw, 0.5, 0.75), RESTING),
        Segment("trend", between(draw, 2, 3), side, "drift", 4.0, TREND),
        Segment("pullback", between(draw, 5, 8), side, "between", between(draw, 0.3, 0.6), RESTING),
        Segment("trend", between(draw, 5, 7), side, "drift", 5.0, TREND),
    ]


def schedule(draw: Draw) -> Iterator[Segment]:
    """Yield segments for ever; calm comes first, so that a day begins quietly."""
    side = 1 if draw() < 0.5 else -1
    yield from calm(draw, 8, 25)
    while True:
        for block in shuffled(draw, [0, 1]):
            yield from breakout(draw, side) if block else shock(draw, side)
            yield from turn(draw, -side if block else side)
            yield from calm(draw)
        side = -side
