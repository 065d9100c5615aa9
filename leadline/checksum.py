"""Kraken's book checksum: CRC-32 over the digits of the best ten levels of each side.

The text of a level is its price units and its size units, one after the other: exactly the
wire's digits without the point and without leading zeros. Asks from the best, then bids from
the best (Kraken's guide "Spot WebSocket v2 book checksum").
"""

import zlib
from collections.abc import Iterable

LEVELS = 10  # the levels a side that the checksum vouches for


def level_digits(price_units: int, size_units: int) -> str:
    """Return one level's part of the checksummed text.

    >>> level_digits(452852, 100000)
    '452852100000'
    """
    return f"{price_units}{size_units}"


def book_checksum(asks: Iterable[tuple[int, int]], bids: Iterable[tuple[int, int]]) -> int:
    """Return the checksum of (price units, size units) levels, each side best first.

    The plain form, for tests and simulators; `leadline.book` keeps the same number
    incrementally.
    """
    text = "".join(level_digits(*level) for side in (asks, bids) for level in list(side)[:LEVELS])
    return zlib.crc32(text.encode())
