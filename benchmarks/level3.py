"""Level 3's cost a message, stage by stage, beside Level 2's on the same market, and the memory of its book.

Two markets of one symbol, ten levels deep. `simulated`: its messages have about four changes, and a
features row comes with one in six. `busy`: 50 messages a second of 1.24 changes, nearly all of them
orders that come or go, which is what others measured on Kraken's BTC/USD. The typical bot reads the
price levels of the simulated one in the same run, so that machines can be compared.
"""

import pickle
import tracemalloc
from collections.abc import Callable
from random import Random

import msgspec

from benchmarks.core import STEPS, line
from benchmarks.tables import best_us, machine, show
from benchmarks.typical_bot import TypicalBot
from flows.starting import start_record
from leadline import records
from leadline.instrument import Instrument
from leadline.l3_book import QueueBook
from leadline.records import Record
from leadline.settings import Settings
from leadline.times import SECOND_NS
from simulator.frames import BookChannel, BookText, trade_text, trades_frame
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.market import Market
from sources.kraken import wire

SYMBOL, START_NS = "BTC/USD", 1_767_571_200_000_000_000
LATENCY_NS = 40_000_000
DEPTHS = (10, 100, 1000)
N_RECORDS = 20_000
N_STANDING = 60  # orders of the busy market, three a level
TARGET_US, TARGET_BOT_US = 12.0, 34.0  # set on a machine where the typical bot takes this long


class Told:
    """A simulated market, and what subscribers of both levels are told of it."""

    def __init__(self, depth: int = 10) -> None:
        self.market = Market(SYMBOL, 7, START_NS, 0.5)
        self.levels = BookText(self.market)
        self.orders = OrdersText(self.levels)
        self.channels = {"L2": BookChannel(self.levels, depth), "L3": OrdersChannel(self.orders, depth)}

    @property
    def stamp(self) -> str:
        """The time of the newest step as the public channels write it."""
        return f"{self.orders.stamp[:26]}Z"

    def snapshot(self, level: str) -> str:
        """Return the first frame of a subscriber."""
        channel = self.channels[level]
        return channel.snapshot() if isinstance(channel, OrdersChannel) else channel.snapshot(self.stamp)

    def step(self, level: str) -> tuple[int, list[str]]:
        """Go on by one event; return its time and what is said of it."""
        now_ns = self.market.step()
        self.levels.follow()
        self.orders.follow(now_ns)
        channel, instrument = self.channels[level], self.market.instrument
        update = channel.update() if isinstance(channel, OrdersChannel) else channel.update(self.stamp)
        frames = [] if update is None else [update]
        if self.market.trades:
            frames.append(trades_frame([trade_text(t, instrument, self.stamp) for t in self.market.trades]))
        return now_ns, frames


class Busy:
    """Ten fixed levels a side whose orders come and go one by one, as fast as on Kraken."""

    def __init__(self) -> None:
        self.random, self.now_ns, self.n_orders = Random(7), START_NS, 0
        self.book = QueueBook(Instrument(SYMBOL, 1, 8), 10)
        self.standing: dict[str, str] = {}  # id -> what is said of it but for the event, and its side
        self.snapshot = self._frame("snapshot", [self._new(n) for n in range(40)])

    def _new(self, n: int) -> tuple[str, str]:
        self.n_orders += 1
        sign, away = (1, -1)[n % 2], n // 2 % 10
        price, size, id = 60_000 - sign * (away + 1), self.random.randrange(10**5, 10**8), f"O{self.n_orders:016d}"
        self.standing[id] = f'"order_id":"{id}","limit_price":{price}.0,"order_qty":{size / 1e8:.8f},{self._stamp()}'
        return "add", id

    def _stamp(self) -> str:
        return f'"timestamp":"2026-01-05T00:{self.now_ns // 60 // SECOND_NS % 60:02d}:{self.now_ns / 1e9 % 60:012.9f}Z"'

    def _gone(self) -> tuple[str, str]:
        return "delete", self.random.choice(list(self.standing))

    def _changed(self) -> tuple[str, str]:
        id = self.random.choice(list(self.standing))
        self.standing[id] = self.standing[id].replace('"order_qty":0.', '"order_qty":0.0', 1)
        return "modify", id

    def step(self) -> tuple[int, list[str]]:
        """Go on by 20 ms; return the time and the message."""
        self.now_ns += 20_000_000
        changes = []
        for _ in range(1 + (self.random.random() < 0.24)):
            if self.random.random() < 0.01:
                changes.append(self._changed())
            elif self.random.random() * 2 * N_STANDING > len(self.standing):
                changes.append(self._new(self.random.randrange(40)))
            else:
                changes.append(self._gone())
        return self.now_ns, [self._frame("update", changes)]

    def _frame(self, kind: str, changes: list[tuple[str, str]]) -> str:
        sides: dict[str, list[str]] = {"bids": [], "asks": []}
        for event, id in changes:
            if id in self.standing:
                text = self.standing.pop(id) if event == "delete" else self.standing[id]
                side = "bids" if '"limit_price":5' in text else "asks"
                sides[side].append(f'{{"event":"{event}",{text}}}')
        data = ",".join(f'"{side}":[{",".join(texts)}]' for side, texts in sides.items())
        frame = f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{SYMBOL}",{data},{self._stamp()}}}]}}'
        self.book.apply(wire.decode(frame.encode()))
        return frame.replace('"data":[{', f'"data":[{{"checksum":{self.book.checksum},', 1)


def tape(level: str, instrument: Instrument, first: str, step: Callable[[], tuple[int, list[str]]]) -> list[Record]:
    """Return what was said as the tape of a line of this level."""
    start = start_record(Settings(), "level3", "benchmark")
    start.symbols, start.level, start.depth = [SYMBOL], level, 10
    found: list[Record] = []

    def add(kind: int, wall_ns: int, payload: bytes = b"", conn: int = 1) -> None:
        found.append(Record(len(found), kind, conn, wall_ns, wall_ns, payload))

    add(records.START, START_NS, msgspec.json.encode(start), 0)
    for conn, feed in ((1, "public"), (2, "level3")):
        add(records.CONNECTED, START_NS, msgspec.json.encode({"venue": "simulator", "url": "", "feed": feed}), conn)
    add(records.PRECISIONS, START_NS, msgspec.json.encode({SYMBOL: instrument}))
    add(records.FRAME, START_NS + LATENCY_NS, first.encode())
    tick_ns = START_NS + SECOND_NS
    while len(found) < N_RECORDS:
        now_ns, frames = step()
        while tick_ns <= now_ns + LATENCY_NS:
            add(records.TICK, tick_ns)
            tick_ns += SECOND_NS
        for frame in frames:
            add(records.FRAME, now_ns + LATENCY_NS, frame.encode(), 2 if '"level3"' in frame[:30] else 1)
    return found


def simulated(level: str) -> list[Record]:
    """Return the simulated market as the tape of a line of this level."""
    told = Told()
    return tape(level, told.market.instrument, told.snapshot(level), lambda: told.step(level))


def busy() -> list[Record]:
    """Return the busy market as the tape of a Level 3 line."""
    market = Busy()
    return tape("L3", market.book.instrument, market.snapshot, market.step)


def bot(market: list[Record]) -> Callable[[], object]:
    """Return the job of showing a market to the typical bot."""

    def run() -> object:
        typical = TypicalBot(10)
        for record in market:
            if record.kind == records.FRAME:
                typical.step(record.payload)
        return typical

    return run


def cost() -> None:
    """Print the cost a frame, stage by stage."""
    markets = {"simulated L3": simulated("L3"), "simulated L2": simulated("L2"), "busy L3": busy()}
    jobs = {(name, n): line(market, n) for name, market in markets.items() for n in range(len(STEPS))}
    jobs["bot", 0] = bot(markets["simulated L2"])
    frames = {name: sum(r.kind == records.FRAME for r in market) for name, market in markets.items()}
    frames["bot"] = frames["simulated L2"]
    best = {key: us / frames[key[0]] for key, us in best_us(jobs, 1).items()}
    rows = [(step, *(best[name, n] for name in markets)) for n, step in enumerate(STEPS)]
    rows.append(("typical bot", "", best["bot", 0], ""))
    show(f"Level 3, us a frame (depth 10; {machine()})", ["up to and with", *markets], rows)
    for name in ("simulated L3", "busy L3"):
        full = best[name, len(STEPS) - 1]
        scaled = full * TARGET_BOT_US / best["bot", 0]
        print(f"{name}: full step {full:.1f} us, {scaled:.1f} where the typical bot takes {TARGET_BOT_US:g}; "
              f"the target is {TARGET_US:g}")  # fmt: skip


def memory() -> None:
    """Print the memory of one symbol's book at each depth."""
    rows = []
    for depth in DEPTHS:
        told = Told(depth)
        frames = [told.snapshot("L3")]
        for _ in range(3000):
            frames += [frame for frame in told.step("L3")[1] if '"level3"' in frame[:30]]
        for frame in frames:  # what the decoder remembers of times is not the book's
            wire.decode(frame.encode())
        tracemalloc.start()
        book = QueueBook(told.market.instrument, depth)
        for n, frame in enumerate(frames):
            message = wire.decode(frame.encode())
            (book.apply if n else book.load)(message)
        del message
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        n_orders = len(book.bids.orders) + len(book.asks.orders)
        rows.append((depth, len(book.bids.keys), n_orders, size / 1e3, size / n_orders, len(pickle.dumps(book)) / 1e3))
    columns = ["depth", "bid levels", "orders", "kB", "bytes an order", "kB saved"]
    show(f"The memory of one symbol's order-by-order book ({SYMBOL})", columns, rows)


def main() -> None:
    """Print the tables."""
    cost()
    memory()


if __name__ == "__main__":
    main()
