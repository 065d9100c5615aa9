"""One-minute candles from an archive of trades, minutes only whose trades are all known.

Feed trades in their order; what comes out are whole minutes, empty ones included (`filled`, at the
close before). A minute is left out where it is not known to be whole: the first one, unless it is
said from when on every trade comes; the last one, unless it is said until when they came; and both sides
of a break. A break is where trades may be missing: told by the caller, a hole in the trade ids, or,
where there are no ids, a silence longer than an hour. Prices in quote, sizes in base, times in ns.
"""

from typing import NamedTuple

import numpy as np

from leadline.analysis.bars import Array, Flags, Times
from leadline.history import NO_CANDLES, Candles
from leadline.times import MINUTE_NS

SILENCE_MINUTES = 60  # without trade ids, a longer silence is a hole, not a quiet market
NO_ID = -1


class TradeRows(NamedTuple):
    """Trades as columns, (n,). `taker_buys`: 1 buy, 0 sell, -1 not known. `broken`: trades may be missing before it."""

    ts_ns: Times
    price: Array
    size: Array
    taker_buys: Times
    trade_id: Times
    broken: Flags

    @classmethod
    def empty(cls) -> "TradeRows":
        """Return no trades."""
        none = np.zeros(0, np.int64)
        return cls(none, np.zeros(0), np.zeros(0), none, none, np.zeros(0, np.bool_))

    def then(self, later: "TradeRows") -> "TradeRows":
        """Return these and later ones."""
        return TradeRows._make(np.concatenate(pair) for pair in zip(self, later, strict=True))

    def where(self, chosen: Flags | slice) -> "TradeRows":
        """Return some of them."""
        return TradeRows._make(column[chosen] for column in self)


class MinuteMaker:
    """The minute that is not over yet, and what is known to be whole. Remembers one minute's trades.

    `from_ns`: every trade from this minute on comes. `price`: the close before it, if that is known.
    """

    def __init__(self, from_ns: int | None = None, price: float | None = None) -> None:
        self._held = TradeRows.empty()
        self._newest: TradeRows | None = None
        self._known_start = from_ns is not None
        if from_ns is not None and price is not None:  # a trade in the minute before, which stays out
            self._held = _one_trade(from_ns - 1, price)

    def late(self, ts_ns: Times) -> Flags:
        """Return which of these trades come after a later minute's, and so too late."""
        minutes = ts_ns // MINUTE_NS
        before = np.iinfo(np.int64).min if self._newest is None else int(self._newest.ts_ns[0]) // MINUTE_NS
        newest = np.maximum.accumulate(np.concatenate(([before], minutes)))[:-1]
        too_late: Flags = minutes < newest
        return too_late

    def add(self, trades: TradeRows) -> tuple[Candles, TradeRows]:
        """Take the next trades; return the minutes that are over and whole, and their trades."""
        if not len(trades.ts_ns):
            return NO_CANDLES, TradeRows.empty()
        trades = trades._replace(broken=trades.broken | self._breaks(trades))
        self._newest = trades.where(slice(-1, None))
        return self._over(self._held.then(trades))

    def finish(self, until_ns: int | None = None) -> tuple[Candles, TradeRows]:
        """Return the last minutes, if it is known that every trade before `until_ns` came."""
        if until_ns is None or not len(self._held.ts_ns):
            return NO_CANDLES, TradeRows.empty()
        end_ns = until_ns // MINUTE_NS * MINUTE_NS
        last = self._held.where(slice(-1, None))
        if int(last.ts_ns[0]) >= end_ns:
            return NO_CANDLES, TradeRows.empty()
        fence = last._replace(ts_ns=np.array([end_ns]), broken=np.array([False]))  # closes what lies before it
        return self._over(self._held.then(fence))

    def _over(self, trades: TradeRows) -> tuple[Candles, TradeRows]:
        starts = _starts(trades)
        self._held = trades.where(slice(int(starts[-1]), None))
        return _made(trades, starts)

    def _breaks(self, trades: TradeRows) -> Flags:
        before = trades.where(slice(0, 1)) if self._newest is None else self._newest
        ids = np.concatenate((before.trade_id, trades.trade_id))
        minutes = np.concatenate((before.ts_ns, trades.ts_ns)) // MINUTE_NS
        told = (ids[1:] != NO_ID) & (ids[:-1] != NO_ID)
        breaks: Flags = np.where(told, np.diff(ids) > 1, np.diff(minutes) > SILENCE_MINUTES)
        if self._newest is None:
            breaks[0] = not self._known_start
        return breaks


def _one_trade(ts_ns: int, price: float) -> TradeRows:
    numbers = [np.array([n], np.int64) for n in (ts_ns, -1, NO_ID)]
    return TradeRows(numbers[0], np.array([price]), np.ones(1), numbers[1], numbers[2], np.ones(1, np.bool_))


def _starts(trades: TradeRows) -> Times:
    """Return where each minute's trades begin."""
    minutes = trades.ts_ns // MINUTE_NS
    return np.concatenate(([0], np.flatnonzero(np.diff(minutes)) + 1))


def _made(trades: TradeRows, starts: Times) -> tuple[Candles, TradeRows]:
    """Return the whole minutes but for the last one, which is not over, and the trades of these."""
    over = trades.where(slice(0, int(starts[-1])))
    if not len(over.ts_ns):
        return NO_CANDLES, over
    broken = np.add.reduceat(over.broken, starts[:-1]) > 0
    unbroken = ~trades.broken[starts[1:]]  # from each minute to the next trade
    whole = ~broken & unbroken
    candles = _candles(over, starts[:-1])
    quiet = _quiet(candles, unbroken, int(trades.ts_ns[-1]))
    return _in_order(candles, whole, quiet), over.where(np.repeat(whole, np.diff(starts)))


def _candles(trades: TradeRows, starts: Times) -> Candles:
    ends = np.concatenate((starts[1:], [len(trades.ts_ns)]))
    high, low = np.maximum.reduceat(trades.price, starts), np.minimum.reduceat(trades.price, starts)
    volume = np.add.reduceat(trades.size, starts)
    vwap = np.clip(np.add.reduceat(trades.price * trades.size, starts) / volume, low, high)
    opened = trades.ts_ns[starts] // MINUTE_NS * MINUTE_NS
    return Candles(opened, trades.price[starts], high, low, trades.price[ends - 1], volume, vwap, ends - starts)


def _quiet(candles: Candles, unbroken: Flags, next_ns: int) -> Candles:
    """Return the empty minutes between these, and up to the next trade; none where there is a break."""
    nexts = np.concatenate((candles.open_ns[1:], [next_ns // MINUTE_NS * MINUTE_NS]))
    n_quiet = np.where(unbroken, (nexts - candles.open_ns) // MINUTE_NS - 1, 0)
    of = np.repeat(np.arange(len(n_quiet)), n_quiet)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(n_quiet) - n_quiet, n_quiet) + 1
    price, none = candles.close[of], np.zeros(len(of))
    opened = candles.open_ns[of] + nth * MINUTE_NS
    return Candles(opened, price, price, price, price, none, price, none.astype(np.int64))


def _in_order(candles: Candles, whole: Flags, quiet: Candles) -> Candles:
    both = [np.concatenate((column[whole], more)) for column, more in zip(candles, quiet, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return Candles._make(column[order] for column in both)
