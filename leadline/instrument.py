"""Instruments: how a symbol's prices and sizes are written as whole numbers.

Inside the book a price is an integer number of *price units* (10^-price_precision quote) and
a size an integer number of *size units* (10^-qty_precision base). Kraken's checksum is made
of exactly these digits. `tick_units` and `lot_units` are the smallest steps, which are not
always one unit.
"""

from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import msgspec

EXACT_FLOAT_UNITS = 1 << 50  # above this, rounding a float is no longer exact: parse the text


class Instrument(msgspec.Struct, frozen=True, dict=True):
    """Precision and steps of one symbol, as Kraken's `instrument` channel gives them."""

    symbol: str
    price_precision: int
    qty_precision: int
    tick_units: int = 1
    lot_units: int = 1
    cost_min: float = 0.0
    qty_min: float = 0.0
    origin: str = "instrument"  # instrument | snapshot_text | simulator

    @cached_property
    def price_scale(self) -> int:
        """Price units per unit of quote currency."""
        return int(10**self.price_precision)

    @cached_property
    def qty_scale(self) -> int:
        """Size units per unit of base currency."""
        return int(10**self.qty_precision)

    @cached_property
    def least_units(self) -> int:
        """The smallest size that the venue takes, but for its value."""
        return max(self.lot_units, round(self.qty_min * self.qty_scale))

    def price(self, units: int) -> float:
        """Return a price in quote currency."""
        return units / self.price_scale

    def qty(self, units: int) -> float:
        """Return a size in base currency."""
        return units / self.qty_scale


def exact_units(text: Decimal | str, precision: int) -> int:
    """Return a number's units from its text, exactly, whatever its size.

    >>> exact_units("123456789012.00000001", 8)
    12345678901200000001
    """
    return round(Fraction(text) * int(10**precision))


def precision_of_text(text: str) -> int:
    """Return the digits behind the decimal point of a number as written.

    >>> precision_of_text("45281.0"), precision_of_text("1e-08"), precision_of_text("7")
    (1, 8, 0)
    """
    exponent = Decimal(text).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
