"""Order fills: which orders of one side went because they were traded, told from trades and books together.

Level 3 tells what each order lost and at which price; a trade tells what was taken at which price. So
a loss as large as a trade at its price is that trade's doing. The two come by two connections, in
either order, and wait for each other here. Sizes in size units, times in ns of the tape's clock.
"""

from bisect import bisect_right
from operator import itemgetter

from leadline.queues import Loss
from leadline.times import SECOND_NS

APART_NS = SECOND_NS  # at least so long a trade and a loss wait for each other
TIME = itemgetter(0)


class OrderFills:
    """Trades without a loss, and losses without a trade. Memory is bounded by `trim`."""

    __slots__ = ("_lost", "_traded")

    def __init__(self) -> None:
        self._lost: list[tuple[int, Loss]] = []  # (time, loss), oldest first
        self._traded: list[tuple[int, int, int]] = []  # (time, key, size), oldest first

    def lose(self, now_ns: int, loss: Loss) -> bool:
        """Take what an order lost; return whether trades that came before explain it."""
        if self._traded and self._use_up(loss.key, loss.size):
            return True
        self._lost.append((now_ns, loss))
        return False

    def trade(self, now_ns: int, key: int, size: int) -> bool:
        """Take a trade; return whether it explains that an order went wholly, some time before."""
        self._traded.append((now_ns, key, size))
        for volume in (size, self._volume(key)):
            for at, (_, loss) in enumerate(self._lost):
                if loss.key == key and loss.size == volume:
                    del self._lost[at]
                    self._use_up(key, volume)
                    return loss.whole
        return False

    def _use_up(self, key: int, size: int) -> bool:
        """Take out the trade of this size, or all of the price if they are as large together; return whether any."""
        for at, (_, where, traded) in enumerate(self._traded):
            if where == key and traded == size:
                del self._traded[at]
                return True
        if self._volume(key) != size:
            return False
        self._traded = [trade for trade in self._traded if trade[1] != key]
        return True

    def _volume(self, key: int) -> int:
        return sum(size for _, where, size in self._traded if where == key)  # integers: exact

    def trim(self, now_ns: int) -> None:
        """Forget what has waited in vain: orders cancelled or amended to less, and hidden ones that traded."""
        since_ns = now_ns - APART_NS
        del self._lost[: bisect_right(self._lost, since_ns, key=TIME)]
        del self._traded[: bisect_right(self._traded, since_ns, key=TIME)]

    def restart(self) -> None:
        """Forget everything: some of it was missed."""
        self._lost.clear()
        self._traded.clear()
