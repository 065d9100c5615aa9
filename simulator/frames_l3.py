"""Frames of level3: a market's single orders as Kraken's websocket v2 writes them.

A subscriber keeps all orders of the best `depth` price levels of each side and cuts the rest
himself. So of a level pushed out of his depth nothing is said, whatever became of its orders in
that step, and a level that comes into it is told whole: each of its orders as `add`, sorted by
its id, which is not the order of the queue. An order that came and went within a step is never
told, and one changed more than once only as it is in the end.

Numbers are written as in `simulator.frames`. An order's timestamp is its place in the queue:
a fill or an amend to less leaves it, an amend to more renews it. A deletion bears the time of
the deletion. The checksum is made of the orders of the best ten levels, in queue order.
"""

import zlib
from bisect import bisect_left
from hashlib import blake2b

from leadline.checksum import LEVELS, level_digits
from simulator.frames import BookText, book_text, decimal_text, lowest_within
from simulator.orders import Level, Order, OrderSide
from simulator.stamps import Stamps

ID_BYTES = 8  # 16 characters of an id, which are Kraken's where they are hexadecimal
STAMP_ROOM_NS = 999  # the orders of one step are stamped within the microsecond that ends with it
RESTING_NS = 1_234_567  # from one order to the next of those that rested before the market opened


def order_name(salt: str, order_id: int) -> str:
    """Return an order's id as Kraken writes it; nothing of its age can be read in it.

    >>> order_name("BTC/USD", 1), order_name("BTC/USD", 2)
    ('OB7533-A1BE5-17528E', 'OA80C7-5145E-58D0FD')
    """
    text = blake2b(f"{salt}/{order_id}".encode(), digest_size=ID_BYTES).hexdigest().upper()
    return f"O{text[:5]}-{text[5:10]}-{text[10:]}"


class OrderText:
    """The orders of one side as text, each made anew only where it changed."""

    __slots__ = ("_name", "_price_precision", "_qty_precision", "side")

    def __init__(self, side: OrderSide, book: BookText, name: str) -> None:
        self.side = side
        self._name = name
        self._price_precision = book.market.instrument.price_precision
        self._qty_precision = book.market.instrument.qty_precision

    def entry(self, order: Order) -> str:
        """Return what is said of a resting order, but for the event."""
        return order.text or self._render(order)

    def _render(self, order: Order) -> str:
        qty = decimal_text(order.size, self._qty_precision)
        order.text = text = f'{order.head or self._head(order)}{qty},"timestamp":"{order.stamp}"}}'
        return text

    def deleted(self, order: Order, size: int, stamp: str) -> str:
        """Return the deletion of an order that had this size."""
        qty = decimal_text(size, self._qty_precision)
        return f'{{"event":"delete",{order.head or self._head(order)}{qty},"timestamp":"{stamp}"}}'

    def _head(self, order: Order) -> str:
        price = decimal_text(order.key * self.side.sign, self._price_precision)
        name = order_name(self._name, order.id)
        order.head = text = f'"order_id":"{name}","limit_price":{price},"order_qty":'
        return text

    def queue(self, level: Level) -> list[str]:
        """Return what is said of a level's orders, first come first."""
        return [order.text or self._render(order) for order in level.orders.values()]

    def digits(self) -> str:
        """Return the checksummed digits of the best ten levels."""
        levels = self.side.levels
        best = [levels[key] for key in self.side.keys[: -LEVELS - 1 : -1]]
        return "".join([level.queue or self._queue_digits(level) for level in best])

    def _queue_digits(self, level: Level) -> str:
        price = str(level.key * self.side.sign)
        level.queue = text = "".join([f"{price}{order.size}" for order in level.orders.values()])
        return text


class OrdersText:
    """A market's orders as text, shared by all who are subscribed to them, at whatever depth.

    `follow` must be called once after every step of the market, behind the book's own.
    """

    def __init__(self, book: BookText) -> None:
        market = book.market
        self.book = book
        self.market = market
        name = f"{market.symbol}/{market.now_ns}"
        self.bids = OrderText(market.bids, book, name)
        self.asks = OrderText(market.asks, book, name)
        self.stamp = ""  # of the newest step
        self.head = f'{{"channel":"level3","type":"update","data":[{{"symbol":"{market.symbol}","bids":['
        self._stamps = Stamps()
        self._checksum = 0
        self._stale = True  # whether the checksum is of a step before
        self._open()

    def _open(self) -> None:
        """Begin to listen, and stamp what rested before."""
        sides = (self.market.bids, self.market.asks)
        resting = [order for side in sides for level in side.levels.values() for order in level.orders.values()]
        before_ns = self.market.now_ns - RESTING_NS * len(resting)
        for order in sorted(resting, key=lambda order: order.id):
            before_ns += RESTING_NS
            order.stamp = self._stamps.nanos(before_ns)
        for side in sides:
            side.changed = {}
        self.stamp = self._stamps.nanos(self.market.now_ns // 1000 * 1000)

    def follow(self, stamp_ns: int) -> None:
        """Take in the market's newest step, which bears this stamp, in whole microseconds."""
        self.stamp = self._stamps.nanos(stamp_ns)
        if self.book.top_changed:
            self._stale = True
        next_ns = stamp_ns - STAMP_ROOM_NS
        for side in (self.market.bids, self.market.asks):
            for order, before in (side.changed or {}).items():
                if order.size > before:  # new, or amended to more: the last of its queue
                    next_ns = min(next_ns + 1, stamp_ns)
                    order.stamp = self._stamps.nanos(next_ns)
                    order.text = ""

    @property
    def checksum(self) -> int:
        """The checksum of the orders as they are now."""
        if self._stale:
            self._checksum = zlib.crc32((self.asks.digits() + self.bids.digits()).encode())
            self._stale = False
        return self._checksum

    def crossed_checksum(self, bid_units: int, size_units: int) -> int:
        """Return the checksum of these orders with one more bid, better than all others."""
        side = self.market.bids
        rest = [side.levels[key] for key in side.keys[:-LEVELS:-1]]
        bids = [level_digits(bid_units, size_units)]
        bids += [level_digits(level.key, order.size) for level in rest for order in level.orders.values()]
        return zlib.crc32((self.asks.digits() + "".join(bids)).encode())

    def frame(self, bids: list[str], asks: list[str]) -> str:
        """Return a whole update."""
        return book_text(self.head, bids, asks, self.checksum, self.stamp)


class OrderDepth:
    """What a subscriber of some depth sees of one side."""

    __slots__ = ("_bound", "_depth", "_text")

    def __init__(self, text: OrderText, depth: int) -> None:
        self._text = text
        self._depth = depth
        self._bound = lowest_within(text.side.keys, depth)

    def snapshot(self) -> list[str]:
        """Return all orders within the depth, the best level first, each level in queue order."""
        side = self._text.side
        self._bound = lowest_within(side.keys, self._depth)
        best = side.keys[: -self._depth - 1 : -1]
        return [f"{{{entry}" for key in best for entry in self._text.queue(side.levels[key])]

    def update(self, stamp: str) -> list[str]:
        """Return what the newest step, which bears this stamp, changed within the depth."""
        side = self._text.side
        if not side.changed:
            return []
        before, bound = self._bound, lowest_within(side.keys, self._depth)
        self._bound = bound
        seen = bound if bound > before else before  # levels from here on were seen before, and are now
        text, found = self._text, []
        for order, size_before in side.changed.items():
            if order.key < seen:
                continue
            if not side.stands(order):
                if size_before:
                    found.append(text.deleted(order, size_before, stamp))
            elif not size_before:
                found.append(f'{{"event":"add",{order.text or text.entry(order)}')
            elif order.size != size_before:
                found.append(f'{{"event":"modify",{order.text or text.entry(order)}')
        if bound < before:
            self._add_entering(bound, before, found)
        return found

    def _add_entering(self, bound: int, before: int, found: list[str]) -> None:
        """Add all orders of the levels that came into the depth from below."""
        text, side = self._text, self._text.side
        keys = side.keys
        for key in reversed(keys[bisect_left(keys, bound) : bisect_left(keys, before)]):
            found.extend(f'{{"event":"add",{entry}' for entry in sorted(text.queue(side.levels[key])))


class OrdersChannel:
    """The level3 messages of one subscriber."""

    def __init__(self, text: OrdersText, depth: int) -> None:
        self.text = text
        self.depth = depth
        self._bids = OrderDepth(text.bids, depth)
        self._asks = OrderDepth(text.asks, depth)

    def snapshot(self) -> str:
        """Return the orders as they are now."""
        return self.text.frame(self._bids.snapshot(), self._asks.snapshot()).replace("update", "snapshot", 1)

    def update(self) -> str | None:
        """Return the newest step's message, None where this depth saw nothing of it."""
        stamp = self.text.stamp
        bids, asks = self._bids.update(stamp), self._asks.update(stamp)
        if not bids and not asks:
            return None
        return self.text.frame(bids, asks)
