"""Swings: the turning points of a price series.

A swing high is a bar whose high no bar within `reach` on either side passes; of equal highs the
last counts. It is confirmed only when `reach` bars have closed behind it. Swing lows are the
mirror image.
"""

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.bars import Array

REACH = 2  # bars each side, docs/analysis.md section 3

Indices = NDArray[np.int64]


def swing_highs(highs: Array, reach: int = REACH) -> Indices:
    """Return the indices of confirmed swing highs, ascending.

    >>> swing_highs(np.array([1.0, 2.0, 5.0, 5.0, 3.0, 1.0, 2.0, 9.0]))
    array([3])
    """
    n = len(highs)
    if n <= 2 * reach:
        return np.empty(0, dtype=np.int64)
    middle = highs[reach : n - reach]
    stands = np.ones(len(middle), dtype=bool)
    for step in range(1, reach + 1):
        stands &= middle >= highs[reach - step : n - reach - step]
        stands &= middle > highs[reach + step : n - reach + step]
    return np.flatnonzero(stands) + reach


def swing_lows(lows: Array, reach: int = REACH) -> Indices:
    """Return the indices of confirmed swing lows, ascending."""
    return swing_highs(-lows, reach)
