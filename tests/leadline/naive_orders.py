"""The order-by-order book as the documentation tells it: plain lists, sorted anew each time."""

import zlib

from leadline.events import OrderChange, OrderMessage


def change(id, price=0, qty=0, event="add", time_ns=1):
    return OrderChange(id, float(price), float(qty), event, None, time_ns)


def orders(bids=(), asks=(), *, snapshot=False, event_ns=None, symbol="TEST/USD"):
    """Return a message of `change` arguments."""
    sides = ([change(*given) for given in side] for side in (bids, asks))
    return OrderMessage(symbol, *sides, snapshot=snapshot, event_ns=event_ns)


class NaiveSide:
    """Orders as [id, price, size, time], in the order in which they came."""

    def __init__(self, sign: int, depth: int) -> None:
        self.sign, self.depth = sign, depth
        self.standing: list[list] = []

    def apply(self, changes) -> None:
        for c in changes:
            known = next((o for o in self.standing if o[0] == c.id), None)
            price, size, time_ns = int(c.price), int(c.qty), c.time_ns
            if c.event != "delete" and size and known is not None:
                time_ns = time_ns or known[3]
                if (known[1], known[3]) == (price, time_ns):
                    known[2] = size
                    continue
            if known is not None:
                self.standing.remove(known)
            if c.event != "delete" and size:
                self.standing.append([c.id, price, size, time_ns])
        kept = self.prices()[: self.depth]
        self.standing = [o for o in self.standing if o[1] in kept]

    def prices(self) -> list[int]:
        """Return the prices, best first."""
        return sorted({o[1] for o in self.standing}, reverse=self.sign > 0)

    def queues(self) -> list[list]:
        """Return (id, price, size, time) of each level, best first, in the order in which they are filled."""
        return [sorted((o for o in self.standing if o[1] == p), key=lambda o: o[3]) for p in self.prices()]


class NaiveOrders:
    """Both sides, and the checksum of the best ten levels of each."""

    def __init__(self, depth: int) -> None:
        self.bids, self.asks = NaiveSide(1, depth), NaiveSide(-1, depth)

    def apply(self, message) -> None:
        self.bids.apply(message.bids)
        self.asks.apply(message.asks)

    def checksum(self) -> int:
        best = [queue for side in (self.asks, self.bids) for queue in side.queues()[:10]]
        return zlib.crc32("".join(f"{price}{size}" for queue in best for _, price, size, _ in queue).encode())


def best_first(side):
    """Return a side of the book under test as the naive one gives its queues."""
    return [[[o.id, abs(o.key), o.size, o.time_ns] for o in queue] for queue in reversed(side.queues)]
