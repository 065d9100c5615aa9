"""Plausible: what a candle or a trade of a real market cannot be beyond, whatever the market.

The bounds are wide: they keep out what is no market's, as a value in another unit or a slipped decimal point, and what
would not fit into the sums that bars are rolled up by. Prices in quote, volumes in base.
"""

import numpy as np

from leadline.analysis.bars import Array, Flags

LEAST_PRICE, MOST_PRICE = 1e-12, 1e12
MOST_VOLUME = 1e18
MOST_VALUE = 1e12  # in quote, of one candle or trade: no market trades as much in a day, in yen neither


@np.errstate(over="ignore", invalid="ignore")
def no_market_s(low: Array, high: Array, volume: Array) -> Flags:
    """Return which of these have a price or a volume that no market has; what is not finite is one, too.

    >>> no_market_s(np.array([9.0, 9.0]), np.array([9.0, 9.0]), np.array([1.0, 1e12])).tolist()
    [False, True]
    """
    good = (low >= LEAST_PRICE) & (high <= MOST_PRICE) & (volume >= 0.0) & (volume <= MOST_VOLUME)
    wrong: Flags = ~(good & (low * volume <= MOST_VALUE))
    return wrong
