"""A small market for tests of the whole line: a squeeze that breaks out, on true frames.

200 minutes of history narrow down; in the first whole minute, noon to 12:01, the price leaves by
10 with three times the volume, `up` or down by symbol. Then the book leans the same way for
some seconds, and wanders. Everything but the seed is fixed; `mirrored` turns it upside down
around 1000.
"""

from random import Random

from leadline import records
from tests.operators.moments import BTC, ETH, Tape

MID = 1000.0
CHEAP = {"fees": {"maker_bps": 0.0, "taker_bps": 2.0}}


class Side:
    """One symbol of the market: where its price is, and what its book looks like."""

    def __init__(self, tape: Tape, symbol: str, up: int, mirrored: bool) -> None:
        self.tape, self.symbol, self.up, self.mirrored = tape, symbol, up, mirrored
        self.mid = MID
        self.levels: tuple[dict, dict] = ({}, {})

    def _turned(self, bids, asks):
        if not self.mirrored:
            return bids, asks
        return [(2 * MID - p, q) for p, q in asks], [(2 * MID - p, q) for p, q in bids]

    def quote(self, mid: float, bid_sizes, ask_sizes, **given) -> None:
        """Say the whole book anew around a mid; old levels are removed first."""
        new = ({mid - 0.1 - 0.1 * n: q for n, q in enumerate(bid_sizes)},
               {mid + 0.1 + 0.1 * n: q for n, q in enumerate(ask_sizes)})  # fmt: skip
        new = tuple({round(p, 1): q for p, q in side.items()} for side in new)
        sides = []
        for old, now in zip(self.levels, new, strict=True):
            sides.append([(p, 0) for p in old if p not in now] + list(now.items()))
        kind = given.pop("kind", "update")
        self.mid, self.levels = mid, new
        if kind == "snapshot":
            self.tape.snapshot(self.symbol, *self._turned(*map(list, (n.items() for n in new))), **given)
        else:
            self.tape.book(self.symbol, *self._turned(*sides), **given)

    def trade(self, price: float, qty: float, side: str, **given) -> None:
        if self.mirrored:
            price, side = 2 * MID - price, {"buy": "sell", "sell": "buy"}[side]
        self.tape.trade(self.symbol, price, qty, side, **given)

    def history(self) -> None:
        closes = [MID + (5 if n % 2 else -5) for n in range(170)] + [MID + (0.5 if n % 2 else -0.5) for n in range(30)]
        self.tape.history(self.symbol, [2 * MID - c if self.mirrored else c for c in closes], until_s=-60)


def market(*symbols: str, seed: int = 0, seconds: int = 100, faults: bool = False, mirrored: bool = False,
           quiet: tuple[str, ...] = (), **decision) -> Tape:  # fmt: skip
    """Return the market's tape. The first symbol breaks out upwards, the second down, and so on."""
    random = Random(seed)
    tape = Tape(*symbols, begin_s=-2, lag_s=0.2, **{**CHEAP, **decision})
    sides = [Side(tape, symbol, (1, -1)[n % 2], mirrored) for n, symbol in enumerate(symbols)]
    tape.open()
    for side in sides:
        side.history()
        side.quote(MID, [1] * 10, [1] * 10, kind="snapshot")
    for n in range(seconds * 4):
        now = n * 0.25 + 0.5
        tape.at(now)
        side = random.choice(sides)
        _step(side, now, random)
        if faults and random.random() < 0.02:
            _fault(side, random)
    return tape.json(records.END, {"reason": "end_of_tape"})


def _step(side: Side, now: float, random: Random) -> None:
    """Say what happens to one symbol: calm, then a break, then a leaning book."""
    lean = 1
    if now > 30:
        side.mid = MID + side.up * min(10.0, round((now - 30) / 2, 1))
        lean = 9 if now < 75 else random.choice([1, 9])
    if random.random() < 0.3:
        side.trade(side.mid, random.choice([0.4, 0.5, 0.6]), "buy" if side.up > 0 else "sell")
        return
    heavy, light = [random.randrange(lean, lean + 3) for _ in range(10)], [random.randrange(1, 3) for _ in range(10)]
    side.quote(side.mid, *((heavy, light) if side.up > 0 else (light, heavy)))


def _fault(side: Side, random: Random) -> None:
    """Break one symbol's book or trades, and mend its book as the venue would."""
    fault = random.choice(["mismatch", "trade gap", "garbage", "duplicate"])
    if fault == "mismatch":
        side.quote(side.mid, [1] * 10, [1] * 10, checksum=1)
        side.quote(side.mid, [1] * 10, [1] * 10, kind="snapshot")
    elif fault == "trade gap":
        side.trade(side.mid, 0.1, "buy", skip=3)
    elif fault == "garbage":
        side.tape.frame('{"channel":"book","type":"update","data":[{"symbol":"' + side.symbol + '"}]}')
        side.quote(side.mid, [1] * 10, [1] * 10, kind="snapshot")
    else:
        side.tape.again()


PAIR = (BTC, ETH)
