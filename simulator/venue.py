"""Venue: the markets of an exchange, kept going along the wall clock.

A market lives in its own virtual time, which begins at the venue's start. `rate` virtual seconds
pass in one second of the wall clock, so the market's events come more often while their stamps
stay near now; or the markets take turns as often as they are asked (`turn`). Times in ns since
the epoch, UTC; stamps of one symbol strictly increase.
"""

from collections import deque

from simulator.candles import MinuteRows
from simulator.frames import BookText, trade_text
from simulator.frames_l3 import OrdersText
from simulator.market import Market
from simulator.past import past
from simulator.stamps import Stamps
from simulator.terms import Terms
from simulator.trades import TradeHistory

STAMP_STEP_NS = 1000  # the wire has microseconds
RECENT_TRADES = 50  # in a snapshot of the trade channel


class Floor:
    """One symbol at the venue: its market, its texts, its newest trades and candles."""

    def __init__(self, symbol: str, seed: int, start_ns: int, predictability: float) -> None:
        self.market = Market(symbol, seed, start_ns, predictability)
        self.text = BookText(self.market)
        self.orders = OrdersText(self.text)
        self.recent: deque[str] = deque(maxlen=RECENT_TRADES)
        self.new_trades: list[str] = []  # of the newest step
        self.stamp_ns = start_ns
        self.stamp = ""
        self.due_ns = self.market.next_ns()  # virtual
        self._stamps = Stamps()
        start_price = self.market.instrument.price(self.market.bids.keys[-1])
        self.candles = MinuteRows(self.market.profile, past(symbol, seed, start_ns, start_price))
        self.trades = TradeHistory(self.market.instrument)

    def step(self, stamp_ns: int) -> None:
        """Let the next thing happen, stamped with this time of the wall clock."""
        market = self.market
        market.step_to(self.due_ns)
        self.due_ns = market.next_ns()
        self.text.follow()
        self.stamp_ns = max(stamp_ns, self.stamp_ns + STAMP_STEP_NS)
        self.orders.follow(self.stamp_ns // STAMP_STEP_NS * STAMP_STEP_NS)  # the same stamp in all channels
        self.stamp = stamp = self._stamps.text(self.stamp_ns)
        self.new_trades = [trade_text(trade, market.instrument, stamp) for trade in market.trades]
        self.recent.extend(self.new_trades)
        for trade in market.trades:
            self.candles.add(self.stamp_ns, trade.price_units, trade.size_units)
            self.trades.add(self.stamp_ns, trade)

    def time_text(self) -> str:
        """Return the stamp of the book as it is now."""
        return self._stamps.text(self.stamp_ns)


class Venue:
    """All markets of an exchange."""

    def __init__(self, symbols: list[str], seed: int, predictability: float, rate: float, start_ns: int) -> None:
        self.terms = Terms()
        self.floors = {symbol: Floor(symbol, seed, start_ns, predictability) for symbol in symbols}
        self._rate = rate
        self._start_ns = start_ns
        self._turn = 0

    def due(self) -> tuple[int, Floor]:
        """Return when, on the wall clock, the next thing happens, and where."""
        floor = min(self.floors.values(), key=lambda f: f.due_ns)
        return self._start_ns + int((floor.due_ns - self._start_ns) / self._rate), floor

    def turn(self) -> Floor:
        """Return whose turn it is where the markets are asked one after the other."""
        self._turn += 1
        floors = list(self.floors.values())
        return floors[self._turn % len(floors)]
