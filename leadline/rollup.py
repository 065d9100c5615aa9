"""Longer candles from one-minute candles.

Prices in quote, volume in base. A roll-up is aligned to UTC: the 15 m candle of 12:07 opens
at 12:00.
"""

from leadline.candles import flat
from leadline.moment import Candle
from leadline.times import MINUTE_NS


def rolled_up(open_ns: int, minutes: list[Candle], partial: bool) -> Candle:
    """Return the candle that a run of minutes makes; flat minutes add nothing to one that has trades."""
    traded = [candle for candle in minutes if not candle.filled]
    partial = partial or any(candle.partial for candle in minutes)
    if not traded:
        return flat(open_ns, minutes[-1].close, partial)
    volume = turnover = 0.0
    for candle in traded:
        volume += candle.volume
        turnover += candle.vwap * candle.volume
    high, low = max(c.high for c in traded), min(c.low for c in traded)
    vwap = min(max(turnover / volume, low), high) if volume > 0.0 else traded[-1].close
    return Candle(open_ns, traded[0].open, high, low, traded[-1].close, volume, vwap,
                  sum(c.n_trades for c in traded), False, partial)  # fmt: skip


def doubted(candle: Candle, from_ns: int) -> Candle:
    """Return the candle as partial, if it opens at this time or later."""
    return candle if candle.partial or candle.open_ns < from_ns else candle._replace(partial=True)


class RollUp:
    """Candles of `minutes` minutes from one-minute candles, aligned to UTC. Remembers one candle's worth.

    A candle whose first minutes were not seen is partial.
    """

    __slots__ = ("_minutes", "_span_ns", "_start_ns")

    def __init__(self, minutes: int) -> None:
        self._span_ns = minutes * MINUTE_NS
        self._start_ns = -1
        self._minutes: list[Candle] = []

    def update(self, candle: Candle) -> Candle | None:
        """Take the next closed minute; return the candle that it completes."""
        start = candle.open_ns - candle.open_ns % self._span_ns
        if start != self._start_ns:
            self._start_ns = start
            self._minutes = []
        self._minutes.append(candle)
        if candle.open_ns + MINUTE_NS < start + self._span_ns:
            return None
        minutes, self._minutes = self._minutes, []
        return rolled_up(start, minutes, len(minutes) * MINUTE_NS < self._span_ns)

    def doubt(self, from_ns: int) -> None:
        """Mark the minutes seen so far from this one on as partial."""
        self._minutes = [doubted(candle, from_ns) for candle in self._minutes]
