"""What must hold of one side of an order-by-order book, whatever came: for tests, and for who doubts."""

import zlib
from itertools import pairwise

from leadline.checksum import LEVELS, level_digits
from leadline.queue_side import QueueSide
from leadline.queues import n_orders


def rules(side: QueueSide, depth: int) -> dict[str, bool]:
    """Return whether each rule of a side holds."""
    keys, sizes, queues, texts = side.keys, side.sizes, side.queues, side.texts
    levels = list(zip(keys, sizes, queues, texts, strict=False))
    standing = [order for queue in queues for order in queue]
    return {
        "parallel lists": len(keys) == len(sizes) == len(queues) == len(texts),
        "strictly sorted": all(a < b for a, b in pairwise(keys)),
        "at most depth levels": len(keys) <= depth,
        "signs": all(key * side.sign > 0 for key in keys),
        "no empty queue": all(queues),
        "orders at their price": all(order.key == key for key, _, queue, _ in levels for order in queue),
        "time priority": all(a.time_ns <= b.time_ns for queue in queues for a, b in pairwise(queue)),
        "sizes above zero": all(order.size > 0 for order in standing),
        "sizes are sums": all(size == sum(o.size for o in queue) for _, size, queue, _ in levels),
        "every order is known by its id": side.orders == {order.id: order for order in standing}
        and len(side.orders) == len(standing),
        "digits": all(order.digits == level_digits(abs(order.key), order.size) for order in standing),
        "level texts": all(text == "".join(o.digits for o in queue) for _, _, queue, text in levels),
        "checksum text": not side.fresh or side.text == "".join(texts[: -LEVELS - 1 : -1]).encode(),
        "checksum": not side.fresh or side.crc == zlib.crc32(side.text),
        "order count": not side.fresh or side.n_orders == n_orders(queues),
    }
