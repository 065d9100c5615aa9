"""Market: one symbol's order-level market, step by step.

Each step goes on a fraction of a second. Where the value jumps, a taker and quick cancels clear
the way and new quotes follow; otherwise somebody adds, amends or cancels near the touch, and
now and then a small taker trades. Sizes lean to the side of the pressure. After every step the
touch lies around the value, so that at predictability 0 nothing in the book foretells it.

Prices in price units, sizes in size units, times in ns of the market's own clock, which goes on
in whole microseconds. The same symbol and seed give the same market whatever other symbols do.
"""

from typing import NamedTuple

from leadline.events import Side
from simulator.chance import Draw, dice
from simulator.orders import Fill, Level, OrderSide
from simulator.profiles import Profile, profile
from simulator.value import Value

FEWEST_LEVELS, MOST_LEVELS, SPARE_LEVELS = 115, 170, 20  # a side
BUSY_LEVELS = 32.0  # levels from the touch in which people act; the nearest most
QUEUE = 6  # orders of a level before one is merged
SECOND_US = 1_000_000
MEAN_OF_FOURTH_POWER = 0.2  # of a number in [0, 1): the gaps between steps come in bursts
TAKEN, TAKEN_TWO = 0.65, 0.15  # how often a taker clears a level, or two, where the price moves


class MarketTrade(NamedTuple):
    """One fill as the tape of trades has it; `side` is the taker's."""

    trade_id: int
    side: Side
    price_units: int
    size_units: int
    ord_type: str
    maker_id: int


class Market:
    """The orders of one symbol. `step` goes on; what it did is in `trades` and the sides' `touched`."""

    def __init__(
        self, symbol: str, seed: int, start_ns: int, predictability: float = 0.5, density: float = 1.0
    ) -> None:
        self.profile: Profile = profile(symbol)
        self.symbol = symbol
        self.instrument = self.profile.instrument
        self.now_ns = start_ns
        self.trades: list[MarketTrade] = []
        self.n_steps = 0
        self._density = density  # steps a second, times the usual
        self.bids, self.asks = OrderSide(1), OrderSide(-1)
        self._draw: Draw = dice(seed, symbol, "orders")
        self._clock: Draw = dice(seed, symbol, "clock")
        start = self.profile.start_units * (1.0 + 0.004 * (self._draw() - 0.5))
        self.value = Value(symbol, seed, start_ns, start, self.profile.volatility, predictability, density < 1.0)
        self._order_id = 0
        self._trade_id = 0
        self._quote()  # all of it counts as touched by step 0

    def step(self) -> int:
        """Go on to the next thing that happens; return its time."""
        now_ns = self.next_ns()
        self.step_to(now_ns)
        return now_ns

    def next_ns(self) -> int:
        """Draw the time of the next thing that happens; ask once for every step."""
        x = self._clock()
        rate = self.value.activity.rate * self._density
        if self._density < 1.0:  # evenly: in bursts the gaps between them would be silences that make a book stale
            return self.now_ns + 1000 * (1 + int(2.0 * x * SECOND_US / rate))
        x *= x
        return self.now_ns + 1000 * (1 + int(x * x * SECOND_US / (MEAN_OF_FOURTH_POWER * rate)))

    def step_to(self, now_ns: int) -> None:
        """Let the next thing happen at this time."""
        dt_s = (now_ns - self.now_ns) * 1e-9
        self.now_ns = now_ns
        self.n_steps += 1
        self._forget()
        value, draw = self.value, self._draw
        if value.advance(now_ns):
            self._quote()
        else:
            self._act()
            if draw() < 0.35:
                self._act()
        if draw() < value.activity.trades * dt_s:
            self._small_taker()

    def _forget(self) -> None:
        if self.trades:
            self.trades = []
        self.bids.forget()
        self.asks.forget()

    # somebody acts near the touch

    def _act(self) -> None:
        """Somebody adds, amends or cancels; the density of levels and their sizes are what they aim at."""
        draw = self._draw
        side = self.bids if draw() < 0.5 else self.asks
        x = draw()
        rank = int(BUSY_LEVELS * x * x)
        keys = side.keys
        key = keys[-1 - rank]
        gap = key - keys[-2 - rank]
        spacing = self.profile.spacing_units
        x = draw()
        if gap > 1 and gap > spacing * (0.5 + 2.0 * x):
            self._add(side, key - 1 - int(draw() * (gap - 1)), rank)
        elif rank and gap < spacing * 0.7 * x:
            side.cancel_level(key)
        else:
            self._resize(side, side.levels[key], rank)

    def _resize(self, side: OrderSide, level: Level, rank: int) -> None:
        wanted = self._wanted(side, rank)
        missing = wanted - level.size
        if missing > 0:
            if len(level.orders) >= QUEUE:
                missing += level.orders[next(reversed(level.orders))].size
                side.cancel_newest(level)
            side.add(level.key, self._next_order(), missing, self.now_ns)
        elif len(level.orders) > 1:
            side.cancel_newest(level)
        elif missing:
            side.amend_newest(level, wanted)

    def _wanted(self, side: OrderSide, rank: int) -> int:
        """Return the size that a level should have: more on the side of the pressure."""
        x = self._draw()
        lean = 1.0 + side.sign * self.value.pressure
        size = self.profile.size_units * lean * (0.25 + 1.5 * x * x)
        return int(size * 1.6 if rank == 0 else size) + 1

    def _add(self, side: OrderSide, key: int, rank: int) -> None:
        side.add(key, self._next_order(), self._wanted(side, rank), self.now_ns)

    def _next_order(self) -> int:
        self._order_id += 1
        return self._order_id

    # the quotes follow the value

    def _quote(self) -> None:
        """Bring both touches to the value: what stands in the way is taken, the room behind is filled."""
        draw = self._draw
        spread = 1 + int((0.5 + draw()) * self.profile.spread_units * self.value.activity.spread)
        bid = int(self.value.price - 0.5 * spread + 0.5)
        ask = bid + spread
        if self.bids.keys:
            self._clear(self.asks, -ask)
            self._clear(self.bids, bid)
        self._follow(self.bids, bid)
        self._follow(self.asks, -ask)

    def _clear(self, side: OrderSide, key: int) -> None:
        """Take away all levels better than `key`: one or two by a taker, the rest are cancelled in time."""
        keys = side.keys
        if keys[-1] <= key:
            return
        x = self._draw()
        if x < TAKEN:
            n = 2 if x < TAKEN_TWO and keys[-2] > key else 1
            size = sum(side.levels[best].size for best in keys[-n:])
            self._trade(side, side.take(size, keys[-n]), "limit")
        while keys[-1] > key:
            side.cancel_level(keys[-1])

    def _follow(self, side: OrderSide, key: int) -> None:
        """Put a touch at `key`, orders into the room behind it, and keep the far end in shape."""
        keys, spacing, draw = side.keys, self.profile.spacing_units, self._draw
        if not keys or keys[-1] != key:
            room = key - keys[-1] if keys else 0
            self._add(side, key, 0)
            at, rank = key, 1
            while room > spacing * 1.5 and rank < BUSY_LEVELS:
                step = 1 + int(2.0 * draw() * spacing)
                at, room = at - step, room - step
                if room <= 0:
                    break
                self._add(side, at, rank)
                rank += 1
        if len(keys) < FEWEST_LEVELS:
            self._extend(side)
        elif len(keys) > MOST_LEVELS:
            side.cancel_worst(len(keys) - MOST_LEVELS + SPARE_LEVELS)

    def _extend(self, side: OrderSide) -> None:
        """Add levels at the far end."""
        draw, spacing = self._draw, self.profile.spacing_units
        for _ in range(FEWEST_LEVELS + SPARE_LEVELS - len(side.keys)):
            self._add(side, side.keys[0] - 1 - int(2.0 * draw() * spacing), 1)

    # trades

    def _small_taker(self) -> None:
        """Somebody takes a part of the touch, buyers more often when the pressure is theirs."""
        draw = self._draw
        side = self.asks if draw() < 0.5 + 0.3 * self.value.pressure else self.bids
        x = draw()
        x *= x
        touch = side.best()
        size = int(self.profile.size_units * self.value.activity.volume * (0.002 + 0.8 * x * x))
        size = min(size, touch.size // 2)
        if size > 0:
            self._trade(side, side.take(size, touch.key), "limit" if draw() < 0.4 else "market")

    def _trade(self, side: OrderSide, fills: list[Fill], ord_type: str) -> None:
        taker: Side = "sell" if side.sign > 0 else "buy"
        for fill in fills:
            self._trade_id += 1
            self.trades.append(
                MarketTrade(self._trade_id, taker, fill.key * side.sign, fill.size, ord_type, fill.maker_id)
            )

    def check(self) -> None:
        """Raise AssertionError where the market breaks its own rules; for tests."""
        self.bids.check()
        self.asks.check()
        assert self.bids.keys[-1] + self.asks.keys[-1] < 0, "the book is crossed"
