"""Order rates: how often orders come, go and trade on each side of the book, in orders a second.

Level 3 tells of each order that came and of each that went, but not whether it went because it was
filled; the trades say how many were. So cancels are what went, less the trades that filled an order
wholly, and a trade that filled one in part is seen as a reduced order. Books and trades come by two
connections: at a window's edge the two may be apart by a few milliseconds.
"""

from leadline.microstructure import FlowWindow
from leadline.queues import Activity

ADDS, CANCELS, TRADES = "add", "cancel", "trade"
KINDS = (ADDS, CANCELS, TRADES)


class SideRates:
    """What happened to the orders of one side, over the last seconds."""

    def __init__(self) -> None:
        self.added = FlowWindow()
        self.removed = FlowWindow()
        self.reduced = FlowWindow()
        self.traded = FlowWindow()

    def take(self, now_ns: int, activity: Activity) -> None:
        """Take in what one message did."""
        if activity.added:
            self.added.add(now_ns, activity.added)
        if activity.removed:
            self.removed.add(now_ns, activity.removed)
        if activity.reduced:
            self.reduced.add(now_ns, activity.reduced)

    def restart(self, at_ns: int | None) -> None:
        """Forget the orders: messages were missed. None: and none come now."""
        for window in (self.added, self.removed, self.reduced):
            window.restart(at_ns)

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget what no window can reach."""
        for window in (self.added, self.removed, self.reduced, self.traded):
            window.trim(now_ns, keep_ns)

    def rates(self, now_ns: int, windows_ns: tuple[int, ...]) -> dict[str, list[float | None]]:
        """Return the rates of each kind over several windows that end now; None until the window was seen whole."""
        added, removed, reduced, traded = (
            w.totals_over(now_ns, windows_ns) for w in (self.added, self.removed, self.reduced, self.traded)
        )
        cancelled = [
            None if gone is None or less is None or fills is None else cancels(gone, less, fills)
            for gone, less, fills in zip(removed, reduced, traded, strict=True)
        ]
        return {
            kind: [None if n is None else n * 1e9 / window for n, window in zip(counts, windows_ns, strict=True)]
            for kind, counts in ((ADDS, added), (CANCELS, cancelled), (TRADES, traded))
        }


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
