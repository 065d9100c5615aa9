"""Small tapes for the tests of the stages: Kraken frames with true checksums, at chosen seconds.

The checksums come from a plain dict, not from the book under test. Prices have one decimal and
sizes three. Times are seconds after noon; a tape ticks at every whole second, as real ones do.
"""

import pickle
from datetime import UTC, datetime
from itertools import pairwise

import msgspec

from flows.stages import STAGES
from leadline import records
from leadline.checksum import book_checksum
from leadline.instrument import Instrument
from leadline.moment import Moment, Row
from leadline.records import Record, Start
from leadline.settings import Decision, config_hash
from leadline.times import SECOND_NS
from operators.decode import decode_records
from operators.rows import RowsLogic
from sources.kraken import wire

NOON = 1_785_585_600 * SECOND_NS  # 2026-08-01 12:00:00 UTC
BTC, ETH, XRP = "BTC/USD", "ETH/USD", "XRP/USD"


def at(seconds: float) -> int:
    return NOON + round(seconds * SECOND_NS)


def stamp(ns: int) -> str:
    """Return a time as the venue writes it."""
    whole, rest = divmod(ns, SECOND_NS)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def start(*symbols: str, tape_id: str = "tape", run_id: str = "run", mode: str = "live", depth: int = 10,
          equity: float = 10_000.0, **decision) -> Start:  # fmt: skip
    """Return a start record's payload; `decision` gives sections, as in trading_config.json."""
    deciding = Decision.model_validate(decision).model_dump()
    return Start(
        tape_id=tape_id, run_id=run_id, version="0", line="line", mode=mode, venue="kraken", symbols=list(symbols),
        config_hash=config_hash(deciding), decision=deciding, depth=depth, account={"equity_quote": equity},
    )  # fmt: skip


class Market:
    """One symbol's book as the documentation keeps it: in dicts, cut to the depth."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.trade_id = 0

    def apply(self, bids, asks) -> int:
        """Apply (price, size) levels and return the checksum."""
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels:
                side.pop(round(price * 10), None)
                if size:
                    side[round(price * 10)] = round(size * 1000)
        self.bids = dict(sorted(self.bids.items(), reverse=True)[: self.depth])
        self.asks = dict(sorted(self.asks.items())[: self.depth])
        return book_checksum(self.asks.items(), self.bids.items())


class Tape:
    """A tape in the making: what is said goes on it at the time that `at` set."""

    def __init__(self, *symbols: str, lag_s: float = 0.0, depth: int = 10, begin_s: float = 0.0, **decision) -> None:
        self.records: list[Record] = []
        self.now_ns = at(begin_s)
        self.lag_ns = round(lag_s * SECOND_NS)  # receipt minus event time
        self.markets = {symbol: Market(depth) for symbol in symbols}
        self.add(records.START, msgspec.json.encode(start(*symbols, depth=depth, **decision)))

    def at(self, seconds: float) -> "Tape":
        """Go on to this time after noon; ticks at the whole seconds before it, and at it, are written."""
        until = at(seconds)
        for second in range(self.now_ns - self.now_ns % SECOND_NS + SECOND_NS, until + 1, SECOND_NS):
            self.now_ns = second
            self.add(records.TICK)
        self.now_ns = until
        return self

    def add(self, kind: int, payload: bytes = b"") -> "Tape":
        self.records.append(Record(len(self.records), kind, 1, self.now_ns, self.now_ns, payload))
        return self

    def json(self, kind: int, payload) -> "Tape":
        return self.add(kind, msgspec.json.encode(payload))

    def frame(self, text: str) -> "Tape":
        return self.add(records.FRAME, text.encode())

    def again(self) -> "Tape":
        """Receive the newest record once more."""
        return self.add(self.records[-1].kind, self.records[-1].payload)

    def open(self, precisions: bool = True) -> "Tape":
        """Connect, say the precisions, and acknowledge both channels of every symbol."""
        self.json(records.CONNECTED, {"venue": "kraken", "url": ""})
        if precisions:
            self.json(records.PRECISIONS, {s: Instrument(s, 1, 3) for s in self.markets})
        for symbol in self.markets:
            self.ack(symbol).ack(symbol, channel="trade")
        return self

    def ack(self, symbol: str, method: str = "subscribe", channel: str = "book", success: bool = True) -> "Tape":
        result = f'"result":{{"channel":"{channel}","symbol":"{symbol}"}}'
        return self.frame(f'{{"method":"{method}",{result},"success":{str(success).lower()}}}')

    def book(self, symbol: str, bids=(), asks=(), *, kind: str = "update", checksum: int | None = None,
             event_ns: int | None = None) -> "Tape":  # fmt: skip
        """Receive a book message; a `checksum` given is wrong on purpose."""
        true = self.markets[symbol].apply(bids, asks) if symbol in self.markets else 0
        sides = (",".join(f'{{"price":{p:.1f},"qty":{q:.3f}}}' for p, q in levels) for levels in (bids, asks))
        when = stamp(self.now_ns - self.lag_ns if event_ns is None else event_ns)
        return self.frame(
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{next(sides)}],'
            f'"asks":[{next(sides)}],"checksum":{true if checksum is None else checksum},"timestamp":"{when}"}}]}}'
        )

    def snapshot(self, symbol: str, bids=(), asks=(), **given) -> "Tape":
        self.markets[symbol] = Market(self.markets[symbol].depth)
        return self.book(symbol, bids, asks, kind="snapshot", **given)

    def lost(self, symbol: str, bids=(), asks=()) -> "Tape":
        """Let the venue change its book by a message that never arrives."""
        self.markets[symbol].apply(bids, asks)
        return self

    def trade(self, symbol: str, price: float, qty: float = 1.0, side: str = "buy", *, skip: int = 0,
              event_ns: int | None = None) -> "Tape":  # fmt: skip
        """Receive a trade; `skip` ids are missing before it."""
        market = self.markets[symbol]
        market.trade_id += 1 + skip
        when = stamp(self.now_ns - self.lag_ns if event_ns is None else event_ns)
        return self.frame(
            f'{{"channel":"trade","type":"update","data":[{{"symbol":"{symbol}","side":"{side}","price":{price:.1f},'
            f'"qty":{qty:.3f},"ord_type":"limit","trade_id":{market.trade_id},"timestamp":"{when}"}}]}}'
        )

    def history(self, symbol: str, closes, until_s: float = 0.0, spread: float = 1.0) -> "Tape":
        """Give minute candles that end at `until_s`; each spans its close by `spread` either way."""
        first = round(at(until_s) / SECOND_NS) - 60 * len(closes)
        candles = [[first + 60 * n, c, c + spread, c - spread, c, c, 1.0, 1] for n, c in enumerate(closes)]
        return self.json(records.HISTORY, {"symbol": symbol, "interval_s": 60, "candles": candles})


def line() -> list:
    """Return the deciding stages of the line, in order."""
    return [build() for _, build in STAGES]


def slabs(items: list, cuts) -> list[list]:
    """Return the items cut at the given places."""
    edges = [0, *sorted(cut % (len(items) + 1) for cut in cuts), len(items)]
    return [items[begin:end] for begin, end in pairwise(edges)]


def play(stages: list, tape: list[Record], cuts=(), pickled: bool = False) -> list[Moment]:
    """Send records down the stages in slabs cut at `cuts`, each stage pickled between them if asked."""
    moments = []
    for slab in slabs(tape, cuts):
        decoded = decode_records(slab, wire.decode)
        for n, stage in enumerate(stages):
            stage.process(decoded)
            if pickled:
                stages[n] = pickle.loads(pickle.dumps(stage))
        moments += decoded
    return moments


def finished(stages: list, tape: list[Record], cuts=(), pickled: bool = False) -> list[Row]:
    """Send a tape down to its end; return the rows as the sinks get them, without what clocks of this run say."""
    moments = play(stages, tape, cuts, pickled)
    tail: list[Moment] = []
    for stage in stages:
        stage.process(tail)
        tail += stage.finish()
    out, _ = RowsLogic(None).on_batch([moments, tail])
    return out


def rows(moments: list[Moment], table: str) -> list[dict]:
    return [row.values for m in moments for row in m.rows or [] if row.table == table]


def health(moments: list[Moment], symbol: str = BTC, channel: str = "book") -> list[tuple[str, str]]:
    """Return the states and reasons that a symbol's channel went through."""
    return [(r["state"], r["reason"]) for r in rows(moments, "feed_health")
            if (r["symbol"], r["channel"]) == (symbol, channel)]  # fmt: skip
