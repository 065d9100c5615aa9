"""Live trades: every paper trade that has not ended, followed from message to message.

Trades of signals and, among them, the shadows of advice: roads not taken, whose plan has the
verdict "shadow" and the advice's id for a signal.
"""

from collections.abc import Callable, Sequence

from leadline.events import Trade
from leadline.moment import BookView, Moment
from leadline.paper import PaperTrade
from leadline.resting import Print
from leadline.settings import Decision
from leadline.times import MS_NS

SHADOW = "shadow"


class LiveTrades:
    """Trades by symbol, in the order in which they were opened."""

    def __init__(self) -> None:
        self.of: dict[str, list[PaperTrade]] = {}  # a symbol without trades has no entry
        self._mid2: dict[str, int] = {}  # twice the mid of each such symbol, while its book is verified

    def all(self) -> list[PaperTrade]:
        """Return every live trade."""
        return [trade for trades in self.of.values() for trade in trades]

    def open(self, trade: PaperTrade, view: BookView) -> None:
        """Begin to follow a trade; `view` is the book that it was decided on."""
        symbol = trade.plan.symbol
        self.of.setdefault(symbol, []).append(trade)
        self._see(symbol, view)

    def adopt(self, trade: PaperTrade) -> None:
        """Go on with a trade of an earlier run; its book is not known yet."""
        self.of.setdefault(trade.plan.symbol, []).append(trade)

    def drop(self, which: Callable[[PaperTrade], bool]) -> list[PaperTrade]:
        """Follow some trades no longer; return them."""
        dropped = [trade for trade in self.all() if which(trade)]
        for symbol in list(self.of):
            self._keep(symbol, [trade for trade in self.of[symbol] if not which(trade)])
        return dropped

    def book(self, symbol: str, view: BookView, now_ns: int) -> list[PaperTrade]:
        """Show a verified book to a symbol's trades; return those whose state it changed."""
        self._see(symbol, view)
        changed = []
        for trade in self.of[symbol]:
            was = trade.state
            if trade.on_book(view, now_ns) or trade.state != was:
                changed.append(trade)
        self._sweep(symbol, changed)
        return changed

    def prints(self, symbol: str, trades: Sequence[Trade], now_ns: int) -> list[PaperTrade]:
        """Show what the market traded; return the trades of ours that it changed. Without a book nothing is filled."""
        mid2, changed = self._mid2.get(symbol), []
        if mid2 is None:
            return []
        plan = self.of[symbol][0].plan
        prints = [Print(round(t.price * plan.price_scale), round(t.qty * plan.qty_scale), t.event_ns) for t in trades]
        for trade in self.of[symbol]:
            was = trade.state
            if trade.on_trades(prints, mid2, now_ns) or trade.state != was:
                changed.append(trade)
        self._sweep(symbol, changed)
        return changed

    def lost(self, symbol: str) -> bool:
        """Mark a symbol's trades: its book is not trusted; return whether there are any."""
        self._mid2.pop(symbol, None)
        for trade in self.of.get(symbol, ()):
            trade.outage = True
        return symbol in self.of

    def _see(self, symbol: str, view: BookView) -> None:
        if view.bid_keys and view.ask_keys:
            self._mid2[symbol] = view.bid_keys[-1] - view.ask_keys[-1]
        else:
            self._mid2.pop(symbol, None)

    def _sweep(self, symbol: str, changed: list[PaperTrade]) -> None:
        if any(trade.exit_reason for trade in changed):
            self._keep(symbol, [trade for trade in self.of[symbol] if trade.exit_reason is None])

    def _keep(self, symbol: str, trades: list[PaperTrade]) -> None:
        if trades:
            self.of[symbol] = trades
        else:
            del self.of[symbol]
            self._mid2.pop(symbol, None)


def order_ns(m: Moment, rules: Decision) -> int:
    """Return when an order of now is at the exchange."""
    return m.clock_ns + rules.paper.latency_ms * MS_NS
