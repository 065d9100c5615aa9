"""Chance: seeded random numbers that are the same on every machine and Python.

Only `random.Random.random()` is used, whose sequence Python keeps, and only plain arithmetic on
its values: no logarithms, no shuffles, whose last bits or drawing order may differ elsewhere.
"""

import hashlib
import random
from collections.abc import Callable

Draw = Callable[[], float]  # a number in [0, 1)


def seed_of(*parts: object) -> int:
    """Return a seed made of these parts: another one for each list of parts."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def dice(*parts: object) -> Draw:
    """Return a generator of its own for these parts, so that no two of them share a stream."""
    return random.Random(seed_of(*parts)).random


def between(draw: Draw, low: float, high: float) -> float:
    """Return a number in [low, high)."""
    return low + (high - low) * draw()


def bell(draw: Draw) -> float:
    """Return a bell-shaped number with mean 0 and deviation 1, within (-3, 3)."""
    return 2.0 * (draw() + draw() + draw() - 1.5)


def shuffled(draw: Draw, items: list[int]) -> list[int]:
    """Return the items in an order of chance."""
    rest, order = list(items), []
    while rest:
        order.append(rest.pop(int(draw() * len(rest))))
    return order
