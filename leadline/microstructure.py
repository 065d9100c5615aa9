"""Features of the book at one instant, and of its change between two.

Prices are in quote currency, sizes in base currency; inside, whole units. Positive means
buying pressure, and swapping the two sides of the book flips the sign exactly: both sides go
through the same code on the same integers.
"""

from bisect import bisect_right
from math import exp
from typing import NamedTuple

from leadline.checksum import LEVELS
from leadline.moment import BookView


class Touch(NamedTuple):
    """The best level of both sides, as signed keys (larger is better) and size units."""

    bid_key: int
    bid_size: int
    ask_key: int
    ask_size: int


def touch(view: BookView) -> Touch | None:
    """Return the touch, or None while a side is empty."""
    if not view.bid_keys or not view.ask_keys:
        return None
    return Touch(view.bid_keys[-1], view.bid_sizes[-1], view.ask_keys[-1], view.ask_sizes[-1])


def spread_bps(at: Touch) -> float:
    """Return 1e4 * (ask - bid) / mid."""
    return -2e4 * (at.bid_key + at.ask_key) / (at.bid_key - at.ask_key)


def mid_units(at: Touch) -> float:
    """Return (bid + ask) / 2 in price units."""
    return (at.bid_key - at.ask_key) / 2


def microprice_units(at: Touch) -> float:
    """Return the touch weighted by the opposite size, in price units (Gatheral and Oomen 2009)."""
    return (at.bid_key * at.ask_size - at.ask_key * at.bid_size) / (at.bid_size + at.ask_size)


def order_flow(before: Touch, after: Touch) -> int:
    """Net order flow at the touch between two book states, in size units.

    One term of Cont, Kukanov and Stoikov (2014); its sum over a window is the OFI.

    >>> quiet = Touch(99, 3, -101, 1)
    >>> order_flow(quiet, quiet._replace(bid_size=5))
    2
    """
    return queue_change(*before[:2], *after[:2]) - queue_change(*before[2:], *after[2:])


def queue_change(key: int, size: int, new_key: int, new_size: int) -> int:
    """Return what one side's best queue gained: all of a better price, minus all of a lost one."""
    if new_key == key:
        return new_size - size
    return new_size if new_key > key else -size


def weighted_depth(keys: list[int], sizes: list[int], scale: float) -> float:
    """Return the sum of size * exp(-d / lambda) over the best ten levels of one side.

    d is the distance from the touch of the side: both touches are equally far from mid, so that
    the ratio of the sides is that of distances from mid, and no spread is too wide for an exp.
    `scale` turns twice a distance in price units into -d / lambda.
    """
    total = 0.0
    touch2 = 2 * keys[-1]
    for key, size in zip(keys[-LEVELS:], sizes[-LEVELS:]):  # noqa: B905 - parallel by construction, and hot
        total += size * exp((touch2 - 2 * key) * scale)
    return total


def imbalance(view: BookView, lambda_bps: float) -> float:
    """Weighted pressure of the best ten levels in [-10, 10]; 10 is all on the bid.

    10 * (Wb - Wa) / (Wb + Wa), W = sum of size * exp(-d / lambda), d the distance from mid in
    bps (the guide's "L3 imbalance"). The caller makes sure that neither side is empty.
    """
    scale = -1e4 / ((view.bid_keys[-1] - view.ask_keys[-1]) * lambda_bps)
    bid = weighted_depth(view.bid_keys, view.bid_sizes, scale)
    ask = weighted_depth(view.ask_keys, view.ask_sizes, scale)
    return 10.0 * ((bid - ask) / (bid + ask))


def depth_imbalance(view: BookView) -> float:
    """(bid depth - ask depth) / (bid depth + ask depth) over the best ten levels, in [-1, 1]."""
    bid, ask = sum(view.bid_sizes[-LEVELS:]), sum(view.ask_sizes[-LEVELS:])  # integers: exact
    return (bid - ask) / (bid + ask)


class FlowWindow:
    """Sums of a signed integer flow over the last seconds, exact and cheap to add to.

    Keeps the running total after each event; a window is the difference of two totals. Older
    events than `keep_ns` are forgotten in `trim`, so memory is bounded by the event rate.
    """

    __slots__ = ("_times", "_totals", "since_ns")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._totals: list[int] = [0]  # _totals[i] is the total before event i
        self.since_ns: int | None = None  # unbroken since; None: nothing known

    def add(self, at_ns: int, flow: int) -> None:
        """Add one event; times never go back."""
        self._times.append(at_ns)
        self._totals.append(self._totals[-1] + flow)

    def restart(self, at_ns: int | None) -> None:
        """Forget everything: events were missed. None: and the flow is not running now."""
        self._times.clear()
        del self._totals[:-1]
        self.since_ns = at_ns

    def total(self, now_ns: int, window_ns: int) -> int | None:
        """Return the sum over (now - window, now], None unless the whole window was seen."""
        return self.totals_over(now_ns, (window_ns,))[0]

    def totals_over(self, now_ns: int, windows_ns: tuple[int, ...]) -> list[int | None]:
        """Return the sum over each of several windows that end now, None unless it was seen whole."""
        if self.since_ns is None:
            return [None] * len(windows_ns)
        seen, times, totals = now_ns - self.since_ns, self._times, self._totals
        newest = totals[-1]
        return [newest - totals[bisect_right(times, now_ns - w)] if seen >= w else None for w in windows_ns]

    def trim(self, now_ns: int, keep_ns: int) -> None:
        """Forget events that no window can reach."""
        old = bisect_right(self._times, now_ns - keep_ns)
        del self._times[:old]
        del self._totals[:old]
