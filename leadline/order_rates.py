"""Order rates: how often orders come, go and trade on each side of the book, in orders a second.

Level 3 tells of each order that came and of each that went, but not why it went; a trade of its size at
its price says that it was filled (`leadline.order_fills`), and what no trade explains was cancelled. An
order that keeps its id, whatever became of its price and size, was amended: that is no rate of these.
Books and trades come by two connections: at a window's edge the two may be apart by some milliseconds.
"""

from bisect import bisect_right

from leadline.microstructure import FlowWindow
from leadline.order_fills import OrderFills
from leadline.queues import QUIET, Activity

KINDS = ("add", "cancel", "trade")
NOTHING = (0, 0, 0)


class SideRates:
    """What happened to the orders of one side, over the last seconds.

    As a `FlowWindow` keeps one running total, this keeps three: added, gone, filled wholly. Memory is
    bounded by `trim`.
    """

    __slots__ = ("_fills", "_times", "_totals", "since_ns", "traded")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._totals: list[tuple[int, int, int]] = [NOTHING]  # _totals[i] is what happened before event i
        self.since_ns: int | None = None  # unbroken since; None: nothing known
        self.traded = FlowWindow()
        self._fills = OrderFills()

    def take(self, now_ns: int, activity: Activity) -> None:
        """Take in what one message did."""
        gone = filled = 0
        for loss in activity.lost:
            explained = self._fills.lose(now_ns, loss)
            if loss.whole:
                gone += 1
                filled += explained
        self._note(now_ns, activity.added, gone, filled)

    def trade(self, now_ns: int, key: int, size: int) -> None:
        """Take in one trade that met orders of this side."""
        self.traded.add(now_ns, 1)
        if self._fills.trade(now_ns, key, size):
            self._note(now_ns, 0, 0, 1)

    def _note(self, now_ns: int, added: int, gone: int, filled: int) -> None:
        a, g, f = self._totals[-1]
        self._times.append(now_ns)
        self._totals.append((a + added, g + gone, f + filled))

    def restart(self, at_ns: int | None) -> None:
        """Forget the orders: messages were missed. None: and none come now."""
        self._times.clear()
        self._totals = [NOTHING]
        self._fills.restart()
        self.since_ns = at_ns

    def restart_trades(self, at_ns: int | None) -> None:
        """Forget the trades, the same way."""
        self.traded.restart(at_ns)
        self._fills.restart()

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget what no window can reach."""
        old = bisect_right(self._times, now_ns - keep_ns)
        del self._times[:old]
        del self._totals[:old]
        self.traded.trim(now_ns, keep_ns)
        self._fills.trim(now_ns)

    def rates(self, now_ns: int, windows_ns: tuple[int, ...]) -> list[float | None]:
        """Return the adds over each of several windows that end now, then the cancels, then the trades.

        None until a window was seen whole.
        """
        adds: list[float | None] = []
        cancels: list[float | None] = []
        traded = self.traded.totals_over(now_ns, windows_ns)
        added, gone, filled = self._totals[-1]
        for window_ns, n_trades in zip(windows_ns, traded, strict=True):
            if self.since_ns is None or now_ns - self.since_ns < window_ns:
                adds.append(None)
                cancels.append(None)
                continue
            a, g, f = self._totals[bisect_right(self._times, now_ns - window_ns)]
            cancelled = max(0, gone - g - (filled - f))  # the trade may be in the window, and its order just out of it
            adds.append((added - a) * 1e9 / window_ns)
            cancels.append(None if n_trades is None else cancelled * 1e9 / window_ns)
        trades = [None if n is None else n * 1e9 / window for n, window in zip(traded, windows_ns, strict=True)]
        return [*adds, *cancels, *trades]


class OrderRates:
    """The rates of both sides. A taker who buys meets asks."""

    def __init__(self) -> None:
        self.bids = SideRates()
        self.asks = SideRates()

    def take(self, now_ns: int, bids: Activity, asks: Activity) -> None:
        """Take in what one message did to the orders of both sides."""
        if bids is not QUIET:
            self.bids.take(now_ns, bids)
        if asks is not QUIET:
            self.asks.take(now_ns, asks)

    def trade(self, now_ns: int, taker_buys: bool, price: int, size: int) -> None:
        """Take in one trade, in price units and size units."""
        if taker_buys:
            self.asks.trade(now_ns, -price, size)
        else:
            self.bids.trade(now_ns, price, size)

    def restart_orders(self, at_ns: int | None) -> None:
        """Forget the orders of both sides."""
        self.bids.restart(at_ns)
        self.asks.restart(at_ns)

    def restart_trades(self, at_ns: int | None) -> None:
        """Forget the trades of both sides."""
        self.bids.restart_trades(at_ns)
        self.asks.restart_trades(at_ns)

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget what no window can reach."""
        self.bids.trim(now_ns, keep_ns)
        self.asks.trim(now_ns, keep_ns)
