"""Order fills: which orders of one side went because they were traded, told from trades and books together.

Level 3 tells what each order lost and at which price; a trade tells what was taken at which price. So
a loss as large as a trade at its price is that trade's doing. The two come by two connections, in
either order, and wait for each other here. Sizes in size units, times in ns of the tape's clock.
"""

from leadline.queues import Loss

APART_NS = 1_000_000_000  # at least so long a trade and a loss wait for each other


class OrderFills:
    """Trades without a loss, and losses without a trade. Memory is bounded by `trim`."""

    __slots__ = ("_lost", "_traded")

    def __init__(self) -> None:
        self._lost: dict[tuple[int, int], list[tuple[int, bool]]] = {}  # (key, size) -> (time, whole), oldest first
        self._traded: dict[int, list[tuple[int, int]]] = {}  # key -> (time, size), oldest first

    def lose(self, now_ns: int, loss: Loss) -> bool:
        """Take what an order lost; return whether trades that came before explain it."""
        waiting = self._traded.get(loss.key)
        if waiting and self._explain(waiting, loss.size):
            return True
        self._lost.setdefault((loss.key, loss.size), []).append((now_ns, loss.whole))
        return False

    def trade(self, now_ns: int, key: int, size: int) -> bool:
        """Take a trade; return whether it explains that an order went wholly, some time before."""
        waiting = self._traded.setdefault(key, [])
        waiting.append((now_ns, size))
        for volume in (size, _volume(waiting)):
            lost = self._lost.get((key, volume))
            if lost:
                self._explain(waiting, volume)
                return lost.pop(0)[1]
        return False

    @staticmethod
    def _explain(waiting: list[tuple[int, int]], size: int) -> bool:
        """Take out the trade of this size, or all if they are as large together; return whether there were such."""
        for at, (_, traded) in enumerate(waiting):
            if traded == size:
                del waiting[at]
                return True
        if _volume(waiting) != size:
            return False
        waiting.clear()
        return True

    def trim(self, now_ns: int) -> None:
        """Forget what has waited in vain: orders cancelled or amended to less, and hidden ones that traded."""
        since_ns = now_ns - APART_NS
        lost = {key: [one for one in all if one[0] > since_ns] for key, all in self._lost.items()}
        traded = {key: [one for one in all if one[0] > since_ns] for key, all in self._traded.items()}
        self._lost = {key: kept for key, kept in lost.items() if kept}
        self._traded = {key: kept for key, kept in traded.items() if kept}

    def restart(self) -> None:
        """Forget everything: some of it was missed."""
        self._lost.clear()
        self._traded.clear()


def _volume(waiting: list[tuple[int, int]]) -> int:
    return sum(size for _, size in waiting)  # integers: exact
