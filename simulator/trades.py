"""Trades of the exchange's REST twin: one symbol's, as `/0/public/Trades` gives them.

Rows are [price, volume, time in seconds, b|s, l|m, misc, trade id]; `last` is the cursor of the next page, ns.
"""

from bisect import bisect_right
from typing import Any

from leadline.instrument import Instrument
from simulator.frames import decimal_text
from simulator.market import MarketTrade

PAGE = 1000  # trades at most, as at Kraken
KEPT = 200_000  # of a market that runs for days

Row = list[Any]


class TradeHistory:
    """The newest trades of one symbol. One thread adds, others read."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._trades: list[tuple[int, MarketTrade]] = []

    def add(self, stamp_ns: int, trade: MarketTrade) -> None:
        """Take one trade of the market."""
        self._trades.append((stamp_ns, trade))
        if len(self._trades) > KEPT:
            self._trades = self._trades[KEPT // 10 :]

    def page(self, since_ns: int, count: int = PAGE) -> tuple[list[Row], str]:
        """Return the first trades after a time, and the cursor of the next page."""
        trades = self._trades
        first = bisect_right(trades, since_ns, key=lambda one: one[0])
        chosen = trades[first : first + max(1, min(count, PAGE))]
        last_ns = chosen[-1][0] if chosen else since_ns
        return [self._row(stamp_ns, trade) for stamp_ns, trade in chosen], str(last_ns)

    def _row(self, stamp_ns: int, trade: MarketTrade) -> Row:
        return [
            decimal_text(trade.price_units, self._instrument.price_precision),
            decimal_text(trade.size_units, self._instrument.qty_precision),
            round(stamp_ns / 1e9, 7), trade.side[0], trade.ord_type[0], "", trade.trade_id,
        ]  # fmt: skip
