"""Order rates: how often orders come, go and trade on each side of the book, in orders a second.

Level 3 tells of each order that came and of each that went, but not whether it went because it was
filled; the trades say how many were. So cancels are what went, less the trades that filled an order
wholly, and a trade that filled one in part is seen as a reduced order. Books and trades come by two
connections: at a window's edge the two may be apart by a few milliseconds.
"""

from bisect import bisect_right

from leadline.microstructure import FlowWindow
from leadline.queues import QUIET, Activity

KINDS = ("add", "cancel", "trade")
NOTHING = (0, 0, 0)


class SideRates:
    """What happened to the orders of one side, over the last seconds.

    As a `FlowWindow` keeps one running total, this keeps three: added, removed, reduced. Memory is
    bounded by `trim`.
    """

    __slots__ = ("_times", "_totals", "since_ns", "traded")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._totals: list[tuple[int, int, int]] = [NOTHING]  # _totals[i] is what happened before event i
        self.since_ns: int | None = None  # unbroken since; None: nothing known
        self.traded = FlowWindow()

    def take(self, now_ns: int, activity: Activity) -> None:
        """Take in what one message did."""
        added, removed, reduced = self._totals[-1]
        self._times.append(now_ns)
        self._totals.append((added + activity.added, removed + activity.removed, reduced + activity.reduced))

    def restart(self, at_ns: int | None) -> None:
        """Forget the orders: messages were missed. None: and none come now."""
        self._times.clear()
        self._totals = [NOTHING]
        self.since_ns = at_ns

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget what no window can reach."""
        old = bisect_right(self._times, now_ns - keep_ns)
        del self._times[:old]
        del self._totals[:old]
        self.traded.trim(now_ns, keep_ns)

    def rates(self, now_ns: int, windows_ns: tuple[int, ...]) -> list[float | None]:
        """Return the adds over each of several windows that end now, then the cancels, then the trades.

        None until a window was seen whole.
        """
        adds: list[float | None] = []
        gone: list[float | None] = []
        traded = self.traded.totals_over(now_ns, windows_ns)
        added, removed, reduced = self._totals[-1]
        for window_ns, fills in zip(windows_ns, traded, strict=True):
            if self.since_ns is None or now_ns - self.since_ns < window_ns:
                adds.append(None)
                gone.append(None)
                continue
            a, b, c = self._totals[bisect_right(self._times, now_ns - window_ns)]
            adds.append((added - a) * 1e9 / window_ns)
            gone.append(None if fills is None else cancels(removed - b, reduced - c, fills) * 1e9 / window_ns)
        trades = [None if n is None else n * 1e9 / window for n, window in zip(traded, windows_ns, strict=True)]
        return [*adds, *gone, *trades]


def cancels(removed: int, reduced: int, traded: int) -> int:
    """Return how many orders went unfilled.

    Five went, one was reduced, and three trades were seen: one of these was the reduction, two
    filled an order wholly, so three were cancelled.

    >>> cancels(5, 1, 3)
    3
    """
    return max(0, removed - max(0, traded - reduced))


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

    def trade(self, now_ns: int, taker_buys: bool) -> None:
        """Take in one trade."""
        (self.asks if taker_buys else self.bids).traded.add(now_ns, 1)

    def restart_orders(self, at_ns: int | None) -> None:
        """Forget the orders of both sides."""
        self.bids.restart(at_ns)
        self.asks.restart(at_ns)

    def restart_trades(self, at_ns: int | None) -> None:
        """Forget the trades of both sides."""
        self.bids.traded.restart(at_ns)
        self.asks.traded.restart(at_ns)

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget what no window can reach."""
        self.bids.trim(now_ns, keep_ns)
        self.asks.trim(now_ns, keep_ns)
