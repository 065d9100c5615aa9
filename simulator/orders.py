"""Orders: one side of a book as the venue itself keeps it, order by order.

A level is a queue of orders, first come first served: a dict keeps them in that order and finds
any of them by id. A *key* is the price in price units, negated for asks, so that on both sides
the larger key is the better price. Sizes are in size units, times in ns of the market's clock.

`touched` remembers what each level had before the present step, and `changed`, for whoever
publishes single orders, what each order had; it is None where nobody does.
"""

from bisect import bisect_left
from typing import NamedTuple


class Order:
    """A resting limit order. `head`, `text` and `stamp` are its publisher's; a change of size empties the text."""

    __slots__ = ("head", "id", "key", "size", "stamp", "text", "time_ns")

    def __init__(self, order_id: int, size: int, time_ns: int, key: int) -> None:
        self.id = order_id
        self.size = size
        self.time_ns = time_ns
        self.key = key
        self.head = self.stamp = self.text = ""


class Fill(NamedTuple):
    """A taker met a resting order."""

    key: int
    size: int
    maker_id: int


class Level:
    """The queue at one price. `text` and `digits` are its publisher's; a change empties them."""

    __slots__ = ("digits", "head", "key", "orders", "price_digits", "queue", "size", "text")

    def __init__(self, key: int) -> None:
        self.key = key
        self.size = 0
        self.orders: dict[int, Order] = {}
        self.head = self.price_digits = ""  # its publisher's, made once
        self.text = ""
        self.digits = ""
        self.queue = ""  # the checksummed digits of its orders


class OrderSide:
    """All resting orders of one side; `keys` are ascending, so the best level is the last."""

    __slots__ = ("changed", "dropped", "keys", "levels", "sign", "touched")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 bids, -1 asks
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}
        self.touched: dict[int, int] = {}  # key -> size before this step, 0 where there was none
        self.dropped: dict[int, Level] = {}  # levels that this step emptied
        self.changed: dict[Order, int] | None = None  # order -> size before this step, 0: it was not there

    def forget(self) -> None:
        """Begin a new step."""
        if self.touched:
            self.touched.clear()
            if self.dropped:
                self.dropped.clear()
            if self.changed:
                self.changed.clear()

    def best(self) -> Level:
        """Return the touch."""
        return self.levels[self.keys[-1]]

    def stands(self, order: Order) -> bool:
        """Return whether an order of this side still rests."""
        level = self.levels.get(order.key)
        return level is not None and level.orders.get(order.id) is order

    def add(self, key: int, order_id: int, size: int, now_ns: int) -> None:
        """Put a new order at the end of its level's queue."""
        level = self.levels.get(key)
        if level is None:
            keys = self.keys
            keys.insert(bisect_left(keys, key), key)
            level = self.levels[key] = Level(key)
        if key not in self.touched:
            self.touched[key] = level.size
        level.text = level.digits = level.queue = ""
        level.orders[order_id] = order = Order(order_id, size, now_ns, key)
        level.size += size
        if self.changed is not None:
            self.changed[order] = 0

    def _touch(self, level: Level) -> None:
        key = level.key
        if key not in self.touched:
            self.touched[key] = level.size
        level.text = level.digits = level.queue = ""

    def _touch_all(self, level: Level) -> None:
        self._touch(level)
        if self.changed is not None:
            for order in level.orders.values():
                self.changed.setdefault(order, order.size)

    def cancel_newest(self, level: Level) -> None:
        """Take back the last order of a queue."""
        self._touch(level)
        _, order = level.orders.popitem()
        level.size -= order.size
        if self.changed is not None:
            self.changed.setdefault(order, order.size)
        if not level.size:
            self._drop(level.key)

    def amend_newest(self, level: Level, size: int) -> None:
        """Set the size of the last order of a queue; it keeps its place."""
        self._touch(level)
        order = level.orders[next(reversed(level.orders))]
        if self.changed is not None:
            self.changed.setdefault(order, order.size)
        level.size += size - order.size
        order.size = size
        order.text = ""

    def cancel_level(self, key: int) -> None:
        """Take back every order of a level."""
        self._touch_all(self.levels[key])
        self._drop(key)

    def cancel_worst(self, n: int) -> None:
        """Take back the orders of the n levels farthest away."""
        for key in self.keys[:n]:
            self._touch_all(self.levels[key])
            self.dropped[key] = self.levels.pop(key)
        del self.keys[:n]

    def _drop(self, key: int) -> None:
        self.dropped[key] = self.levels.pop(key)
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]

    def take(self, size: int, worst_key: int) -> list[Fill]:
        """Fill a taker of this size against the best orders, oldest first, down to `worst_key`."""
        fills: list[Fill] = []
        while size > 0 and self.keys and self.keys[-1] >= worst_key:
            size = self._take_from(self.levels[self.keys[-1]], size, fills)
        return fills

    def _take_from(self, level: Level, size: int, fills: list[Fill]) -> int:
        self._touch(level)
        orders = level.orders
        while size > 0 and orders:
            order = orders[next(iter(orders))]
            if self.changed is not None:
                self.changed.setdefault(order, order.size)
            part = order.size if order.size <= size else size
            fills.append(Fill(level.key, part, order.id))
            size -= part
            level.size -= part
            order.size -= part
            order.text = ""
            if not order.size:
                del orders[order.id]
        if not orders:
            self._drop(level.key)
        return size

    def check(self) -> None:
        """Raise AssertionError where the book breaks its own rules; for tests."""
        assert self.keys == sorted(self.levels), "keys are not the levels' keys"
        for key, level in self.levels.items():
            orders = list(level.orders.values())
            assert level.key == key and orders, f"level {key} is empty or misplaced"
            assert level.size == sum(order.size for order in orders), f"level {key} miscounts"
            assert all(order.size > 0 for order in orders), f"level {key} keeps an empty order"
            assert [o.id for o in orders] == sorted(o.id for o in orders), f"level {key} is not first come first served"
            assert [o.time_ns for o in orders] == sorted(o.time_ns for o in orders), f"level {key} is out of time"
