"""Profiles: what each symbol's market looks like before anything happens in it.

Prices are in price units (10^-precision quote), sizes in size units (10^-precision base),
distances between resting orders in price units.
"""

from typing import NamedTuple

from leadline.instrument import Instrument


class Profile(NamedTuple):
    """A symbol's instrument and the scale of its market."""

    instrument: Instrument
    start_units: int  # the first price
    spread_units: int  # a usual spread; the touch is about half to one and a half times this
    spacing_units: int  # a usual distance between neighbouring levels
    size_units: int  # a usual size of a level
    volatility: float  # times every bps of the regimes


#  base: (price precision, price, spread units, spacing units, level size in base, volatility)
_KNOWN = {
    "BTC": (1, 65_000.0, 15, 14, 0.4, 1.6),
    "ETH": (2, 3_300.0, 8, 10, 4.0, 1.75),
    "XRP": (5, 2.2, 6, 6, 4_000.0, 1.9),
    "SOL": (2, 180.0, 2, 4, 60.0, 2.0),
    "DOGE": (7, 0.2, 100, 80, 40_000.0, 2.0),
    "ADA": (6, 0.75, 20, 20, 12_000.0, 1.9),
    "LTC": (2, 95.0, 1, 3, 80.0, 1.75),
}
_UNKNOWN = (4, 10.0, 4, 4, 800.0, 1.9)
QTY_PRECISION = 8
COST_MIN = 0.5


def profile(symbol: str) -> Profile:
    """Return a symbol's profile; the quote currency does not matter, an unknown base gets a plain one.

    >>> profile("BTC/USDT").start_units, profile("NEW/EUR").instrument.price_precision
    (650000, 4)
    """
    precision, price, spread, spacing, size, volatility = _KNOWN.get(symbol.partition("/")[0], _UNKNOWN)
    size_units = round(size * 10**QTY_PRECISION)
    instrument = Instrument(
        symbol,
        precision,
        QTY_PRECISION,
        cost_min=COST_MIN,
        qty_min=round(size / 4000, QTY_PRECISION),
        origin="simulator",
    )
    return Profile(instrument, round(price * 10**precision), spread, spacing, size_units, volatility)
