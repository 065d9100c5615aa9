"""One side of an order-by-order book: its levels, the queue of orders behind each, and their checksum text.

Parallel lists sorted by *key*, best level last, as in `leadline.book`: the key is the price in price
units, negated for asks. The orders of a level are sorted by their own times, as the venue gives them:
a level that enters the depth brings its orders in any order, and an amended order has a new time, so
a new place. `texts` caches each level's part of the checksummed text.
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from leadline.book import BadLevelError, InexactError
from leadline.checksum import LEVELS, level_digits
from leadline.events import OrderChange
from leadline.instrument import EXACT_FLOAT_UNITS
from leadline.queues import QUIET, Activity, Loss, Order, Queue, n_orders

Window = tuple[list[int], list[int], list[Queue]]


class QueueSide:
    """One side of a book: keys ascending, so the best level is the last."""

    __slots__ = (
        "_window", "activity", "added", "changed", "crc", "fresh", "keys", "lost", "n_orders", "orders", "queues",
        "sign", "sizes", "text", "texts",
    )  # fmt: skip

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 bids, -1 asks
        self.keys: list[int] = []
        self.sizes: list[int] = []
        self.queues: list[Queue] = []
        self.texts: list[str] = []
        self.orders: dict[str, Order] = {}
        self.fresh = False  # whether `text` and `n_orders` are those of the best ten levels now
        self.text = b""
        self.crc = 0  # of `text`
        self.n_orders = 0  # in the best ten levels
        self.changed = True  # whether the newest message changed `text`
        self.added = 0  # while a message is applied, see Activity
        self.lost: list[Loss] = []
        self.activity = QUIET  # of the newest message
        self._window: Window | None = None  # what a view sees, as long as nothing changes

    def __getstate__(self) -> tuple[int, list[str], list[int], list[int], list[int]]:
        """Return plain numbers: a deep book has thousands of orders, and is saved often."""
        standing = [order for queue in self.queues for order in queue]
        return (
            self.sign, [o.id for o in standing], [o.key for o in standing], [o.size for o in standing],
            [o.time_ns for o in standing],
        )  # fmt: skip

    def __setstate__(self, state: tuple[int, list[str], list[int], list[int], list[int]]) -> None:
        sign, *columns = state
        QueueSide.__init__(self, sign)
        for id, key, size, time_ns in zip(*columns, strict=True):
            self._stand(Order(id, key, size, time_ns, level_digits(abs(key), size)))
        self.refresh()

    def clear(self) -> None:
        """Forget every order."""
        for kept in (self.keys, self.sizes, self.queues, self.texts, self.orders):
            kept.clear()
        self.fresh = False
        self._window = None

    def apply(self, changes: Sequence[OrderChange], price_scale: int, qty_scale: int, new_after_ns: int) -> None:
        """Apply changes in array order; an unknown id is ignored where it is deleted, else added."""
        orders, sign = self.orders, self.sign
        self._begin()
        for change in changes:
            order, event = orders.get(change.id), change.event
            if event == "delete":
                if order is not None and self._leave(order):
                    self.lost.append(Loss(order.key, order.size, True))
                continue
            price = round(change.price * price_scale)
            size = round(change.qty * qty_scale)
            if not 0 < (price | size) < EXACT_FLOAT_UNITS:  # either is negative, or huge
                _refuse(change, price, size)
            if order is None and event == "add" and price and size:  # the usual one
                time_ns = change.time_ns
                if self._stand(Order(change.id, price * sign, size, time_ns, f"{price}{size}")):
                    self.added += time_ns > new_after_ns
            else:
                self.put(change, price, size, new_after_ns)
        if self.added or self.lost:
            self.activity = Activity(self.added, self.lost)

    def _begin(self) -> None:
        self._window = None
        self.activity = QUIET
        self.added = 0
        self.lost = []

    def apply_units(self, changes: Sequence[OrderChange], units: Sequence[tuple[int, int]], new_after_ns: int) -> None:
        """Apply changes whose (price, size) are given in units: for numbers that no float can carry."""
        self._begin()
        for change, (price, size) in zip(changes, units, strict=True):
            if change.event != "delete":
                self.put(change, price, size, new_after_ns)
            elif change.id in self.orders:
                order = self.orders[change.id]
                if self._leave(order):
                    self.lost.append(Loss(order.key, order.size, True))
        if self.added or self.lost:
            self.activity = Activity(self.added, self.lost)

    def put(self, change: OrderChange, price: int, size: int, new_after_ns: int) -> None:
        """Let an order stand with this price and size, wherever it stood before.

        Modified to nothing, it is gone. With another price or another time it loses its place: it was
        amended, and since it keeps its id it is neither a new order nor one that was cancelled.
        """
        if price <= 0 or size < 0 or (not size and change.event == "add"):
            raise BadLevelError(f"order {change.id}: price {price}, size {size} units")
        order = self.orders.get(change.id)
        new = Order(change.id, price * self.sign, size, change.time_ns, f"{price}{size}")
        if order is None:
            if size and self._stand(new) and change.event == "add" and new.time_ns > new_after_ns:
                self.added += 1
            return
        if not new.time_ns:  # a venue may leave the time out where it did not change
            new.time_ns = order.time_ns
        if size and new.key == order.key and new.time_ns == order.time_ns:
            if self._replace(order, new) and size < order.size:
                self.lost.append(Loss(order.key, order.size - size, False))
            return
        in_best_ten = self._leave(order)
        if size:
            self._stand(new)
        elif in_best_ten:
            self.lost.append(Loss(order.key, order.size, True))

    def _stand(self, order: Order) -> bool:
        """Put an order into its queue behind all that are not younger; return whether it is in the best ten levels."""
        keys, key = self.keys, order.key
        self.orders[order.id] = order
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            queue = self.queues[at]
            self.sizes[at] += order.size
            if order.time_ns >= queue[-1].time_ns:
                self.queues[at] = (*queue, order)
                self.texts[at] += order.digits
            else:
                place = bisect_right(queue, order.time_ns, key=_time)
                self._set_queue(at, (*queue[:place], order, *queue[place:]))
        else:
            keys.insert(at, key)
            self.sizes.insert(at, order.size)
            self.queues.insert(at, (order,))
            self.texts.insert(at, order.digits)
        if at < len(keys) - LEVELS:
            return False
        self.fresh = False
        return True

    def _leave(self, order: Order) -> bool:
        """Take an order out; return whether it was in the best ten levels."""
        keys = self.keys
        del self.orders[order.id]
        at = bisect_left(keys, order.key)
        in_best_ten = at >= len(keys) - LEVELS
        queue = self.queues[at]
        if len(queue) == 1:
            del keys[at], self.sizes[at], self.queues[at], self.texts[at]
        else:
            self.sizes[at] -= order.size
            place = queue.index(order)
            self._set_queue(at, queue[:place] + queue[place + 1 :])
        if in_best_ten:
            self.fresh = False
        return in_best_ten

    def _replace(self, order: Order, new: Order) -> bool:
        """Put one order in the place of another at the same price; return whether it is in the best ten levels."""
        self.orders[new.id] = new
        at = bisect_left(self.keys, order.key)
        self.sizes[at] += new.size - order.size
        queue = self.queues[at]
        place = queue.index(order)
        self._set_queue(at, (*queue[:place], new, *queue[place + 1 :]))
        if at < len(self.keys) - LEVELS:
            return False
        self.fresh = False
        return True

    def _set_queue(self, at: int, queue: Queue) -> None:
        self.queues[at] = queue
        self.texts[at] = "".join([order.digits for order in queue])

    def truncate(self, depth: int) -> None:
        """Drop the worst levels beyond `depth` with all their orders."""
        excess = len(self.keys) - depth
        if excess > 0:
            for queue in self.queues[:excess]:
                for order in queue:
                    del self.orders[order.id]
            del self.keys[:excess], self.sizes[:excess], self.queues[:excess], self.texts[:excess]
            self._window = None

    def refresh(self) -> None:
        """Bring the checksum text and the order count of the best ten levels up to date."""
        text = "".join(self.texts[: -LEVELS - 1 : -1]).encode()
        self.changed = text != self.text
        if self.changed:
            self.text = text
            self.crc = zlib.crc32(text)
        self.n_orders = len(self.orders) if len(self.keys) <= LEVELS else n_orders(self.queues)
        self.fresh = True

    def window(self, n: int) -> Window:
        """Return (keys, sizes, queues) of the best n levels; nobody changes them afterwards."""
        found = self._window
        if found is None:
            found = self._window = self.keys[-n:], self.sizes[-n:], self.queues[-n:]
        return found


def _time(order: Order) -> int:
    return order.time_ns


def _refuse(change: OrderChange, price: int, size: int) -> None:
    """Raise for what no order can be; return where it is the book's to say."""
    if size < 0 or price <= 0:
        raise BadLevelError(f"order {change.id}: price {change.price}, qty {change.qty}")
    raise InexactError
