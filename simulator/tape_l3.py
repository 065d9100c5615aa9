"""Tape of level 3: one symbol's orders and its trades, which come on a connection each.

An event reaches each connection after a latency of its own, so that trades may come before or
behind the orders of the same instant, and of later ones. On one connection nothing overtakes.
Times in ns since the epoch, UTC.
"""

from heapq import heappop, heappush

from simulator.chance import Draw, dice
from simulator.frames import BookText, trade_text, trades_frame
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.latency import LATENCY_NS, Line
from simulator.market import Market
from simulator.stamps import Stamps

PUBLIC, LEVEL3 = 1, 2  # the connections


class OrdersStream:
    """One symbol's frames in order of receipt; nothing in here knows of another symbol."""

    def __init__(
        self, symbol: str, *, seed: int, depth: int, predictability: float, start_ns: int, end_ns: int,
        density: float = 1.0,
    ) -> None:  # fmt: skip
        self.market = Market(symbol, seed, start_ns, predictability, density)
        self._text = BookText(self.market)
        self._orders_text = OrdersText(self._text)
        self._orders = OrdersChannel(self._orders_text, depth)
        self._stamps = Stamps()
        draw: Draw = dice(seed, symbol, "latency")
        self._lines = {LEVEL3: Line(draw, start_ns), PUBLIC: Line(draw, start_ns)}
        self._end_ns = end_ns
        self._coming: list[tuple[int, int, int, str]] = []  # a heap: (receipt, number, connection, frame)
        self._number = 0
        self.frames: list[str] = []  # of the newest receipt
        self.conn = LEVEL3
        self.event_ns = self.received_ns = start_ns
        self._send(LEVEL3, self._orders.snapshot())
        self.advance()

    def _send(self, conn: int, frame: str) -> None:
        self._number += 1
        received_ns = self._lines[conn].receipt(self.market.now_ns)
        heappush(self._coming, (received_ns, self._number, conn, frame))

    def advance(self) -> None:
        """Go on to the next frame that is received; `event_ns` is the market's end when there is none."""
        while not self._is_next_known():
            self._step()
        if self._coming:
            self.received_ns, _, self.conn, frame = heappop(self._coming)
            self.frames = [frame]
        else:
            self.event_ns = self._end_ns

    def _is_next_known(self) -> bool:
        """Return whether nothing that is yet to happen can be received before what is on its way."""
        if self.market.now_ns >= self._end_ns:
            return True
        return bool(self._coming) and self._coming[0][0] < self.market.now_ns + LATENCY_NS

    def _step(self) -> None:
        market = self.market
        now_ns = market.step()
        if now_ns >= self._end_ns:
            return
        self._text.follow()
        self._orders_text.follow(now_ns)
        if market.trades:
            stamp = self._stamps.text(now_ns)
            self._send(PUBLIC, trades_frame([trade_text(t, market.instrument, stamp) for t in market.trades]))
        update = self._orders.update()
        if update is not None:
            self._send(LEVEL3, update)
