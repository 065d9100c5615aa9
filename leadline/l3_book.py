"""The order-by-order book of one symbol (Level 3), in whole units, with Kraken's checksum kept incrementally.

Changes are applied in array order, then each side is cut to the subscribed depth, counted in
price levels, then the checksum is compared. Kraken sends no delete for orders that fall out of the
depth: they are forgotten with their level, and may come back under the same id.

To the stages behind it is a book of price levels: `view` gives the same levels, and their queues.
"""

import zlib
from collections.abc import Sequence

from leadline.book import VIEW_LEVELS
from leadline.errors import BookInvariantError
from leadline.events import OrderMessage
from leadline.instrument import Instrument
from leadline.moment import BookView
from leadline.queue_rules import rules
from leadline.queue_side import QueueSide
from leadline.queues import QUIET, Queues
from leadline.times import SECOND_NS

NEW_ORDER_NS = SECOND_NS  # an order added this long after its own time is not new: its level came into the depth


class QueueBook:
    """Both sides of one symbol's orders, cut to `depth` price levels a side."""

    __slots__ = ("asks", "bids", "checksum", "depth", "instrument", "price_scale", "qty_scale")

    def __init__(self, instrument: Instrument, depth: int) -> None:
        self.instrument = instrument
        self.depth = depth
        self.bids = QueueSide(1)
        self.asks = QueueSide(-1)
        self.checksum = 0
        self.price_scale = instrument.price_scale
        self.qty_scale = instrument.qty_scale

    def load(self, message: OrderMessage) -> None:
        """Replace the whole book by a snapshot."""
        self.bids.clear()
        self.asks.clear()
        self.apply(message)
        self.bids.activity = self.asks.activity = QUIET  # nobody came: they were there before

    def apply(self, message: OrderMessage) -> None:
        """Apply one message's changes, cut to the depth and bring the checksum up to date.

        Raises InexactError (then call `apply_units` with the numbers' text) and BadLevelError.
        """
        depth, bids, asks = self.depth, self.bids, self.asks
        bids.activity = asks.activity = QUIET
        new_after_ns = (message.event_ns or 0) - NEW_ORDER_NS
        if message.bids:
            bids.apply(message.bids, self.price_scale, self.qty_scale, new_after_ns)
            if len(bids.keys) > depth:
                bids.truncate(depth)
        if message.asks:
            asks.apply(message.asks, self.price_scale, self.qty_scale, new_after_ns)
            if len(asks.keys) > depth:
                asks.truncate(depth)
        self._sum()

    def apply_units(
        self, message: OrderMessage, bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]]
    ) -> None:
        """Apply a message whose (price, size) are given in units, each in the order of the message's changes."""
        new_after_ns = (message.event_ns or 0) - NEW_ORDER_NS
        for side, changes, units in ((self.bids, message.bids, bids), (self.asks, message.asks, asks)):
            side.apply_units(changes, units, new_after_ns)
            side.truncate(self.depth)
        if message.snapshot:
            self.bids.activity = self.asks.activity = QUIET
        self._sum()

    def _sum(self) -> None:
        bids, asks = self.bids, self.asks
        bids.changed = asks.changed = False
        if not asks.fresh:
            asks.refresh()
        if not bids.fresh:
            bids.refresh()
        if bids.changed or asks.changed:
            self.checksum = zlib.crc32(bids.text, asks.crc)

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask: crossed or locked."""
        bids, asks = self.bids.keys, self.asks.keys
        return bool(bids and asks) and bids[-1] + asks[-1] >= 0

    def view(self, event_ns: int | None) -> BookView:
        """Return the best levels and their queues as they are now, for the later stages."""
        bids, asks = self.bids, self.asks
        bid_keys, bid_sizes, bid_queues = bids.window(VIEW_LEVELS)
        ask_keys, ask_sizes, ask_queues = asks.window(VIEW_LEVELS)
        return BookView(
            self.instrument,
            bid_keys,
            bid_sizes,
            ask_keys,
            ask_sizes,
            bids.changed,
            asks.changed,
            event_ns,
            bids.n_orders,
            asks.n_orders,
            Queues(bid_queues, ask_queues, bids.activity, asks.activity),
        )

    def check(self) -> None:
        """Raise BookInvariantError unless every rule of this class holds. For tests."""
        for name, side in (("bids", self.bids), ("asks", self.asks)):
            for rule, holds in rules(side, self.depth).items():
                if not holds:
                    raise BookInvariantError(f"{self.instrument.symbol} {name}: {rule} does not hold")
