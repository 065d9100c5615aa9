"""Steps: the smallest steps of a market's prices and sizes, as far as its own closes tell, and rounding to them.

An analysis knows no instrument, so the step of a price is the last decimal that the newest closes use. A
venue whose tick is not a power of ten is rounded finer than it trades.
"""

from math import ceil, floor
from typing import NamedTuple

from leadline.analysis.bars import Bars
from leadline.instrument import precision_of_text

CLOSES = 100  # the newest, to tell a step from
MOST_DIGITS = 12  # more are the noise of a computed price: then nothing is rounded
LOTS = 1e8  # of a unit of base: no venue takes more decimals of a size
SLACK = 1e-4  # of a step: what lies so near to one is on it


class Steps(NamedTuple):
    """Rounding along a trade, in distances from a price that lies on a step itself; `digits` None: as they are."""

    digits: int | None

    @property
    def step(self) -> float:
        """The smallest difference of two prices."""
        return 0.0 if self.digits is None else 1.0 / 10.0**self.digits

    def down(self, distance: float) -> float:
        """Return the last step at or behind a distance.

        >>> Steps(1).down(-0.25), Steps(1).up(-0.25), Steps(1).up(0.3), Steps(None).up(0.25)
        (-0.3, -0.2, 0.3, 0.25)
        """
        return distance if self.digits is None else floor(distance * 10**self.digits + SLACK) / 10**self.digits

    def up(self, distance: float) -> float:
        """Return the first step at or ahead of a distance."""
        return distance if self.digits is None else ceil(distance * 10**self.digits - SLACK) / 10**self.digits

    def price(self, price: float) -> float:
        """Return a price without the noise of a sum."""
        return price if self.digits is None else round(price, self.digits)


def steps(bars: Bars) -> Steps:
    """Return the steps of a market whose newest bars these are."""
    digits = max((precision_of_text(repr(close)) for close in bars.close[-CLOSES:].tolist()), default=MOST_DIGITS + 1)
    return Steps(digits if digits <= MOST_DIGITS else None)


def lots(size: float) -> float:
    """Return the largest size that can be entered and is no larger.

    >>> lots(0.0263831374916)
    0.02638313
    """
    n = floor(size * LOTS)
    return n / LOTS if n / LOTS <= size else (n - 1) / LOTS  # the product of a large one may round up to a whole lot
