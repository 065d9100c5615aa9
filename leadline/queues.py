"""Queues: the single orders behind a book's levels, first come first served; known on Level 3 only.

A queue is a tuple of orders in time priority, the first to be filled first, and is replaced, never
changed: a view of the book may keep it. A *key* is the price in price units, negated for asks.
Sizes are in size units, times in ns of the venue's clock.
"""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from leadline.checksum import LEVELS


class Order(msgspec.Struct, gc=False, eq=False):
    """A resting order; `digits` is its part of the checksummed text."""

    id: str
    key: int
    size: int
    time_ns: int
    digits: str


Queue = tuple[Order, ...]


class Activity(msgspec.Struct, gc=False, frozen=True):
    """What one message did to the orders of one side's best ten levels."""

    added: int = 0  # new orders; not those that a level brings along when it enters the depth
    removed: int = 0  # filled or cancelled: the message alone does not tell which
    reduced: int = 0  # partly filled, or amended to less


QUIET = Activity()


class Queues(msgspec.Struct, gc=False):
    """The queues of a view's levels, at the same index as its keys, and what its message did."""

    bids: list[Queue]
    asks: list[Queue]
    bid_activity: Activity
    ask_activity: Activity


def size_ahead(queue: Sequence[Order], joined_ns: int) -> int:
    """Return the size units that are filled before an order that joined the queue at `joined_ns`.

    Only orders that were there before count, so it falls as they are filled or cancelled, and
    never rises; a snapshot tells the times of all orders, so it outlives a lost connection.

    >>> size_ahead((Order("A", 99, 5, 10, ""), Order("B", 99, 2, 20, "")), joined_ns=20)
    7
    """
    total = 0
    for order in queue:
        if order.time_ns > joined_ns:
            break
        total += order.size
    return total


def queue_at(keys: Sequence[int], queues: Sequence[Queue], key: int) -> Queue | None:
    """Return the queue at a price, empty where nobody stands there; None where it is worse than all levels known."""
    at = bisect_left(keys, key)
    if at < len(keys) and keys[at] == key:
        return queues[at]
    return None if at == 0 else ()


def n_orders(queues: Sequence[Queue]) -> int:
    """Return how many orders stand in the best ten levels."""
    return sum(map(len, queues[-LEVELS:]))  # integers: exact


def largest_order(queues: Sequence[Queue]) -> int:
    """Return the size units of the largest order in the best ten levels; 0 where there is none."""
    return max((order.size for queue in queues[-LEVELS:] for order in queue), default=0)
