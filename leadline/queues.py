"""Queues: the single orders behind a book's levels, first come first served; known on Level 3 only.

A queue is a tuple of orders in time priority, the first to be filled first, and is replaced, never
changed: a view of the book may keep it. A *key* is the price in price units, negated for asks.
Sizes are in size units, times in ns of the venue's clock.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

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


class Loss(NamedTuple):
    """What an order lost in one message: all that was left of it, or a part."""

    key: int
    size: int  # what it lost
    whole: bool


class Activity(msgspec.Struct, gc=False, frozen=True):
    """What one message did to the orders of one side's best ten levels; amended orders lose and add nothing."""

    added: int = 0  # new orders; not those that a level brings along when it enters the depth
    lost: list[Loss] = []  # by a fill, a cancellation or an amendment to less: a message alone does not tell


QUIET = Activity()


class Queues(msgspec.Struct, gc=False):
    """The queues of a view's levels, at the same index as its keys, and what its message did."""

    bids: list[Queue]
    asks: list[Queue]
    bid_activity: Activity
    ask_activity: Activity


def queue_ahead(keys: Sequence[int], queues: Sequence[Queue], key: int, joined_ns: int) -> int | None:
    """Return the size units that are filled before an order that joined the queue at a price at `joined_ns`.

    Only orders that were there before count, so it falls as they are filled or cancelled, and
    never rises; a snapshot tells the times of all orders, so it outlives a lost connection.
    0 where nobody stands at the price; None where that is worse than all levels known.

    >>> queue_ahead([99], [(Order("A", 99, 5, 10, ""), Order("B", 99, 2, 20, ""))], 99, joined_ns=15)
    5
    """
    at = bisect_left(keys, key)
    if at == len(keys) or keys[at] != key:
        return None if at == 0 else 0
    total = 0
    for order in queues[at]:
        if order.time_ns > joined_ns:
            break
        total += order.size
    return total


def n_orders(queues: Sequence[Queue]) -> int:
    """Return how many orders stand in the best ten levels."""
    return sum(map(len, queues[-LEVELS:]))  # integers: exact


def largest_order(queues: Sequence[Queue]) -> int:
    """Return the size units of the largest order in the best ten levels; 0 where there is none."""
    return max((order.size for queue in queues[-LEVELS:] for order in queue), default=0)
