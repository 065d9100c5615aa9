"""Sessions by hand: a squeeze that breaks out to 1000 at noon, and then whatever a test writes.

200 minutes of history narrow down around 990. In the first minute of the tape the price goes to
1000 with three times the volume, so that at its close, at 60.5 s, a long squeeze_breakout is armed
and, since the order book is not asked here, fires on the book that then stands: 999 to 1000. The
least stop is 100 bps, more than 1.5 ATR: entry 1000.0, stop 990.0, target 1020.0. At 10,000 of
equity the budget is a third of a percent, 33.33; L is 100 bps and two taker fees of 5 bps, 110
bps; so the size is 33.33 / (1000 * 0.011) = 3.0303, floored to 3.030.
"""

from leadline import records
from tests.operators.moments import BTC, Tape, finished, line
from tests.operators.orders import OrderTape

RULES = {
    "fees": {"maker_bps": 2.0, "taker_bps": 5.0}, "setups": {"stop_min_bps": 100.0},
    "scalping_engine": {"hft_integration": False},
}  # fmt: skip


class Session:
    """A tape of BTC/USD that has signalled at 60.5 s; its book is said anew at each call."""

    tape_of = Tape

    def __init__(self, **decision) -> None:
        self.tape = self.tape_of(BTC, begin_s=-2, **{**RULES, **decision})
        self.tape.open()
        closes = [990 + (5 if n % 2 else -5) for n in range(170)] + [990 + (0.5 if n % 2 else -0.5) for n in range(30)]
        self.tape.history(BTC, closes, until_s=0)
        self.sides: tuple[dict, dict] = ({}, {})
        self.said("snapshot", [(989.9, 5)], [(990.0, 5)])
        for second in range(5, 60, 5):
            price = 990 + 2 * second / 12
            self.tape.at(second).trade(BTC, round(price, 1), 0.5)
            self.book(second, [(round(price - 0.1, 1), 5)], [(round(price, 1), 5)])
        self.tape.at(59).trade(BTC, 1000.0, 0.5)
        self.book(60.5, [(999.0, 50)], [(1000.0, 50)])

    def said(self, kind, bids, asks, **given) -> None:
        sides = (dict(bids), dict(asks))
        gone = [[(p, 0) for p in old if p not in new] for old, new in zip(self.sides, sides, strict=True)]
        if kind == "snapshot":
            self.tape.snapshot(BTC, bids, asks, **given)
        else:
            self.tape.book(BTC, [*gone[0], *bids], [*gone[1], *asks], **given)
        self.sides = sides

    def book(self, seconds, bids, asks, **given) -> "Session":
        """Say that the whole book is this, at so many seconds after noon."""
        self.tape.at(seconds)
        self.said("update", bids, asks, **given)
        return self

    def calm(self, begin, end) -> "Session":
        """Keep the touch and let a far level breathe every 3 s, so that nothing looks silent or frozen."""
        (bid, ask) = max(self.sides[0]), min(self.sides[1])
        for n, second in enumerate(range(begin, end, 3)):
            self.book(second, [(bid, 50), (900.0, 1 + n % 2)], [(ask, 50)])
        return self

    def played(self, **given) -> dict[str, list[dict]]:
        """Return the rows of the session by table, after its end."""
        self.tape.json(records.END, {"reason": "end_of_tape"})
        rows: dict[str, list[dict]] = {}
        for row in finished(line(), self.tape.records, **given):
            rows.setdefault(row.table, []).append(row.values)
        return rows


class OrderSession(Session):
    """The same on Level 3: one order a level, named by its price; another size is another order, last in its queue."""

    tape_of = OrderTape

    def said(self, kind, bids, asks, **given) -> None:
        sides = (dict(bids), dict(asks))
        changes = []
        for old, new in zip(self.sides, sides, strict=True):
            gone = [(f"{p}", p, size, "delete") for p, size in old.items() if new.get(p) != size]
            changes.append(gone + [(f"{p}", p, size) for p, size in new.items() if old.get(p) != size])
        if kind == "snapshot":
            self.tape.order_snapshot(BTC, *changes, **given)
        else:
            self.tape.orders(BTC, *changes, **given)
        self.sides = sides


def trade(rows, model="taker") -> dict:
    """Return the trade of the first signal in a fill model."""
    signal = rows["signals"][0]["signal_id"]
    return next(t for t in rows["paper_trades"] if (t["signal_id"], t["fill_model"]) == (signal, model))
