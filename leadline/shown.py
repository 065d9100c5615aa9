"""Shown: computed prices as people read them. A level of an analysis is no quote: it has digits that no market has.

For display alone: what is stored and what is decided by keeps every digit.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import floor, log10

from leadline.instrument import precision_of_text

DIGITS = 6  # of a price whose market's step is not known
MOST_DECIMALS = 12  # more are the noise of a computed price


def shown_level(value: float, decimals: int) -> str:
    """Return a level on the decimals of its market, without those that are 0.

    >>> shown_level(64012.3456, 1), shown_level(64000.04, 1)
    ('64,012.3', '64,000')
    """
    return f"{round(value, decimals):,.12g}"


def shown_price(value: float, like: Iterable[float | None] = ()) -> str:
    """Return a price with the decimals of prices of its market, the most that one of `like` has.

    Without any it has six digits, and two decimals at least from 1 on.

    >>> shown_price(63836.8333, [64000.1, 63000.0]), shown_price(63836.8333), shown_price(103.0)
    ('63,836.8', '63,836.83', '103')
    >>> shown_price(2.16094173), shown_price(0.00001234567), shown_price(0.3333, [0.1 + 0.2])
    ('2.16094', '0.0000123457', '0.3333')
    """
    known = [digits for one in like if one is not None and (digits := precision_of_text(repr(one))) <= MOST_DECIMALS]
    decimals = max(known) if known else max(2, DIGITS - 1 - floor(log10(abs(value)))) if value else 2
    return f"{Decimal(repr(round(value, decimals))):,f}".removesuffix(".0")
