"""Protocol: what the public address answers, and what each subscription is sent.

The order is Kraken's: one ack for each symbol, its snapshot behind it.
"""

from typing import Any

from leadline.instrument import Instrument
from simulator.desk import Desk, compact, next_subscription
from simulator.forging import Frame
from simulator.frames import BookChannel, trades_frame
from simulator.venue import Floor, Venue

DEPTHS = (10, 25, 100, 500, 1000)
API_VERSION = "2.0.10"
HEARTBEAT = '{"channel":"heartbeat"}'


def status_frame(system: str, connection_id: int) -> str:
    """Return a message of the status channel.

    >>> status_frame("online", 7)[:60]
    '{"channel":"status","type":"update","data":[{"version":"2.0.'
    """
    data = {"version": API_VERSION, "system": system, "api_version": "v2", "connection_id": connection_id}
    return compact({"channel": "status", "type": "update", "data": [data]})


def pair_data(instrument: Instrument) -> dict[str, Any]:
    """Return one pair of the instrument channel."""
    base, _, quote = instrument.symbol.partition("/")
    price_step = 10.0**-instrument.price_precision * instrument.tick_units
    return {
        "symbol": instrument.symbol, "base": base, "quote": quote, "status": "online",
        "qty_precision": instrument.qty_precision, "qty_increment": 10.0**-instrument.qty_precision,
        "price_precision": instrument.price_precision, "price_increment": price_step,
        "cost_precision": 5, "cost_min": instrument.cost_min, "qty_min": instrument.qty_min,
        "marginable": False, "has_index": True, "tick_size": price_step,
    }  # fmt: skip


def instrument_frame(instruments: list[Instrument]) -> str:
    """Return the snapshot of the instrument channel; its data is an object."""
    names = dict.fromkeys(name for instrument in instruments for name in instrument.symbol.split("/"))
    assets = [
        {"id": name, "status": "enabled", "precision": 10, "precision_display": 5, "borrowable": False,
         "collateral_value": 1.0, "margin_rate": 0.02}
        for name in names
    ]  # fmt: skip
    data = {"assets": assets, "pairs": [pair_data(instrument) for instrument in instruments]}
    return compact({"channel": "instrument", "type": "snapshot", "data": data})


class BookSubscription:
    """A symbol's book, for one connection."""

    def __init__(self, floor: Floor, depth: int) -> None:
        self.number = next_subscription()
        self._floor = floor
        self._book = BookChannel(floor.text, depth)

    def snapshot(self) -> Frame:
        """Return the whole book."""
        text = self._book.snapshot(self._floor.time_text())
        return Frame(text, "book", self._floor.market.symbol, self.number, False, True, self._book)

    def update(self) -> Frame | None:
        """Return the newest step, None where it is out of this depth."""
        floor = self._floor
        text = self._book.update(floor.stamp)
        if text is None:
            return None
        return Frame(text, "book", floor.market.symbol, self.number, True, floor.text.top_changed, self._book)


class TradeSubscription:
    """A symbol's trades, for one connection."""

    def __init__(self, floor: Floor) -> None:
        self.number = next_subscription()
        self._floor = floor

    def snapshot(self) -> Frame:
        """Return the newest trades."""
        return self._frame(list(self._floor.recent), "snapshot")

    def update(self) -> Frame | None:
        """Return the trades of the newest step, None where there were none."""
        return self._frame(self._floor.new_trades, "update") if self._floor.new_trades else None

    def _frame(self, trades: list[str], kind: str) -> Frame:
        return Frame(trades_frame(trades, kind), "trade", self._floor.market.symbol, self.number, kind == "update")


class PublicDesk(Desk):
    """One connection to the public address."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue)
        self.instruments_wanted = False
        self._books: dict[str, BookSubscription] = {}
        self._trades: dict[str, TradeSubscription] = {}

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed, so that heartbeats are due."""
        return bool(self._books or self._trades or self.instruments_wanted)

    def updates(self, symbol: str) -> list[Frame]:
        """Return what this connection is sent of a symbol's newest step: its trades, then its book."""
        frames = []
        for subscription in (self._trades.get(symbol), self._books.get(symbol)):
            frame = None if subscription is None else subscription.update()
            if frame is not None:
                frames.append(frame)
        return frames

    def subscription(self, message: dict[str, Any], wanted: bool, params: dict[str, Any], now_ns: int) -> list[Frame]:
        """Return the answers: one error for the request as a whole, else an ack or an error for each symbol."""
        channel, symbols = params.get("channel"), params.get("symbol")
        if channel == "instrument":
            return self._instrument(message, wanted, now_ns)
        if channel not in ("book", "trade"):
            return [self.error(message, f"Channel not supported {channel}", now_ns)]
        if not isinstance(symbols, list) or not symbols:
            return [self.error(message, "Symbol(s) not found", now_ns)]
        depth = params.get("depth", 10)
        if channel == "book" and depth not in DEPTHS:
            return [self.error(message, f"Subscription depth not supported {depth}", now_ns)]
        answer = self._subscribe if wanted else self._unsubscribe
        return [frame for symbol in symbols for frame in answer(message, channel, str(symbol), params, now_ns)]

    def _instrument(self, message: dict[str, Any], wanted: bool, now_ns: int) -> list[Frame]:
        self.instruments_wanted = wanted
        result: dict[str, Any] = {"channel": "instrument"}
        if not wanted:
            return [self.ack(message, result, now_ns)]
        listed = [floor.market.instrument for floor in self.venue.floors.values()]
        return [self.ack(message, result | {"snapshot": True}, now_ns), Frame(instrument_frame(listed), "")]

    def _subscribe(
        self, message: dict[str, Any], channel: str, symbol: str, params: dict[str, Any], now_ns: int
    ) -> list[Frame]:
        floor = self.venue.floors.get(symbol)
        if floor is None:
            return [self.error(message, f"Currency pair not supported {symbol}", now_ns, symbol)]
        if symbol in (self._books if channel == "book" else self._trades):
            return [self.error(message, "Already subscribed", now_ns, symbol)]
        subscription: BookSubscription | TradeSubscription
        result: dict[str, Any] = {"channel": channel}
        if channel == "book":
            depth = params.get("depth", 10)
            subscription = self._books[symbol] = BookSubscription(floor, depth)
            result["depth"] = depth
        else:
            subscription = self._trades[symbol] = TradeSubscription(floor)
        result["snapshot"] = snapshot = bool(params.get("snapshot", channel == "book"))
        ack = self.ack(message, result | {"symbol": symbol}, now_ns)
        return [ack, subscription.snapshot()] if snapshot else [ack]

    def _unsubscribe(
        self, message: dict[str, Any], channel: str, symbol: str, params: dict[str, Any], now_ns: int
    ) -> list[Frame]:
        found = self._books.pop(symbol, None) if channel == "book" else self._trades.pop(symbol, None)
        if found is None:
            return [self.error(message, "Subscription Not Found", now_ns, symbol)]
        result: dict[str, Any] = {"channel": channel, "symbol": symbol}
        if channel == "book":
            result["depth"] = params.get("depth", 10)
        return [self.ack(message, result, now_ns)]
