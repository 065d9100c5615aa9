"""History: candles somebody else kept, and how they join our own.

The rules, all of them: a history candle fills a minute that we do not have or have only as
`partial`; it never replaces a complete one of ours; minutes that we have not closed are not
history yet. A minute that a history leaves out had no trades (archives do not write those); a
minute that neither knows is flat and partial. What comes out is one candle a minute, without
a hole, up to the minute we are building.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from leadline.candles import MAX_CATCH_UP, flat
from leadline.moment import Candle
from leadline.times import MINUTE_NS, SECOND_NS

ROW_LENGTH = 8


def parse_row(row: Any) -> Candle | None:
    """Return the candle of [open_s, open, high, low, close, vwap, volume, n_trades], or None if it is none.

    Kraken writes a minute without trades with its vwap as 0.

    >>> parse_row([60, 5.0, 5.0, 5.0, 5.0, 0.0, 0.0, 0]).vwap
    5.0
    >>> parse_row([61, 5.0, 5.0, 5.0, 5.0, 5.0, 1.0, 1]) is None  # no minute opens there
    True
    """
    if not isinstance(row, list | tuple) or len(row) != ROW_LENGTH or not all(isinstance(v, int | float) for v in row):
        return None
    prices, vwap, volume = [float(price) for price in row[1:5]], float(row[5]), float(row[6])
    open_ns = int(row[0]) * SECOND_NS if isfinite(row[0]) else -1
    if open_ns < 0 or open_ns % MINUTE_NS or not all(isfinite(v) for v in (*prices, vwap, volume)) or min(prices) <= 0:
        return None
    o, high, low, close = prices
    if row[7] <= 0 or volume <= 0.0:
        return flat(open_ns, close, partial=False)
    return Candle(open_ns, o, high, low, close, volume, vwap if vwap > 0.0 else close, int(row[7]))


def without_holes(candles: dict[int, Candle], start_ns: int, end_ns: int, partial: bool) -> list[Candle]:
    """Return a candle for every minute of [start, end), flat ones where none is known. The first must be."""
    line = []
    price = 0.0
    for minute in range(start_ns, end_ns, MINUTE_NS):
        candle = candles.get(minute) or flat(minute, price, partial)
        price = candle.close
        line.append(candle)
    return line


def merged(
    ours: Iterable[Candle], rows: Iterable[Any], end_ns: int, limit: int = MAX_CATCH_UP
) -> tuple[list[Candle], set[int]]:
    """Return our candles joined with a history's, and the minutes that the history gave.

    `end_ns` is the oldest minute that we have not closed; the last `limit` before it are kept.
    """
    start_ns = end_ns - limit * MINUTE_NS
    parsed = [candle for row in rows if (candle := parse_row(row)) is not None]
    history = {candle.open_ns: candle for candle in parsed if start_ns <= candle.open_ns < end_ns}
    joined = {candle.open_ns: candle for candle in ours}
    if history:
        told = without_holes(history, min(history), max(history) + MINUTE_NS, partial=False)
        history = {c.open_ns: c for c in told if c.open_ns not in joined or joined[c.open_ns].partial}
    joined.update(history)
    line = without_holes(joined, min(joined), end_ns, partial=True) if joined else []
    return line[-limit:], set(history)
