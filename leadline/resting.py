"""A resting order of ours: when the market would have filled it.

Prices and sizes are whole units; `side` is +1 for a buy. An optimist is filled when the market gets
to the price. A pessimist waits until it trades through; where single orders are known (Level 3), he
is also filled at his price, by what trades there once every order that stood before his is gone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from leadline.moment import BookView
from leadline.queues import queue_ahead


class Print(NamedTuple):
    """One trade of the market; the time is the venue's."""

    price: int
    size: int
    event_ns: int


class Resting(msgspec.Struct):
    """One order and what is known of its place in the queue."""

    price: int
    side: int
    optimistic: bool
    joined_ns: int | None  # the venue's time when it was there
    front_ns: int | None = None  # the venue's time since when nobody is known to stand before it
    traded: int = 0  # size units that traded at its price since then

    def seen(self, view: BookView) -> bool:
        """Take a verified book; return whether it fills the order."""
        other = -view.ask_keys[-1] if self.side > 0 else view.bid_keys[-1]
        if self._reached(self.side * (self.price - other)):
            return True
        if view.queues is not None and not self.optimistic:
            self._look_ahead(view)
        return False

    def printed(self, prints: Sequence[Print], size: int) -> bool:
        """Take trades of the market; return whether they fill an order of this size."""
        for one in prints:
            beyond = self.side * (self.price - one.price)
            if self._reached(beyond):
                return True
            if beyond == 0 and self.front_ns is not None and one.event_ns > self.front_ns:
                self.traded += one.size
        return 0 < size <= self.traded

    def _reached(self, beyond: int) -> bool:
        """Whether a market that went `beyond` the price fills it; 0 is a touch."""
        return beyond > 0 or (beyond == 0 and self.optimistic)

    def _look_ahead(self, view: BookView) -> None:
        """Find who stands before it; a level that is worse than all that are known says nothing yet.

        Neither does a view older than the order itself: others may have come between the two.
        """
        assert view.queues is not None
        if self.joined_ns is None or view.event_ns is None or view.event_ns < self.joined_ns:
            return
        keys, queues = (view.bid_keys, view.queues.bids) if self.side > 0 else (view.ask_keys, view.queues.asks)
        if queue_ahead(keys, queues, self.side * self.price, self.joined_ns) != 0:
            self.front_ns, self.traded = None, 0
        elif self.front_ns is None:
            self.front_ns = view.event_ns
