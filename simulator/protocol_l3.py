"""Protocol of level3: its subscriptions, which need a token and are counted.

Kraken's wording is used wherever it is known; it publishes none for a spent budget, which is
answered as on REST, nor for too many symbols.
"""

from typing import Any

from simulator.desk import Desk, next_subscription
from simulator.forging import Frame
from simulator.frames_l3 import OrdersChannel
from simulator.private_rest import RATE_LIMIT
from simulator.tokens import DEPTH_COSTS, INVALID_SESSION, TokenOffice
from simulator.venue import Floor, Venue

MOST_SYMBOLS = 200  # of one connection
NO_TOKEN = "Token(s) not found"
TOO_MANY_SYMBOLS = f"Exceeded max symbols per connection {MOST_SYMBOLS}"


class OrdersSubscription:
    """A symbol's orders, for one connection."""

    def __init__(self, floor: Floor, depth: int) -> None:
        self.number = next_subscription()
        self.depth = depth
        self._floor = floor
        self._orders = OrdersChannel(floor.orders, depth)

    def snapshot(self) -> Frame:
        """Return all orders within the depth."""
        return self._frame(self._orders.snapshot(), False)

    def update(self) -> Frame | None:
        """Return the newest step, None where it is out of this depth."""
        text = self._orders.update()
        return None if text is None else self._frame(text, True)

    def _frame(self, text: str, is_update: bool) -> Frame:
        touches_top = self._floor.text.top_changed if is_update else True
        symbol = self._floor.market.symbol
        return Frame(text, "level3", symbol, self.number, is_update, touches_top, self._orders)


class OrdersDesk(Desk):
    """One connection to the address of level3."""

    def __init__(self, venue: Venue, office: TokenOffice) -> None:
        super().__init__(venue)
        self._office = office
        self._orders: dict[str, OrdersSubscription] = {}

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed, so that heartbeats are due."""
        return bool(self._orders)

    def updates(self, symbol: str) -> list[Frame]:
        """Return what this connection is sent of a symbol's newest step."""
        subscription = self._orders.get(symbol)
        frame = None if subscription is None else subscription.update()
        return [] if frame is None else [frame]

    def close(self) -> None:
        """Take note that the connection has ended, and with it what kept its token alive."""
        self._office.leave(self)

    def subscription(self, message: dict[str, Any], wanted: bool, params: dict[str, Any], now_ns: int) -> list[Frame]:
        """Return the answers: one error for the request as a whole, else an ack or an error for each symbol."""
        symbols, depth = params.get("symbol"), params.get("depth", 10)
        refusal = self._refusal(params.get("channel"), symbols, depth, params.get("token"))
        if refusal is not None:
            return [self.error(message, refusal, now_ns)]
        answer = self._subscribe if wanted else self._unsubscribe
        return [frame for symbol in symbols or [] for frame in answer(message, str(symbol), params, now_ns)]

    def _refusal(self, channel: Any, symbols: Any, depth: Any, token: Any) -> str | None:
        if channel != "level3":
            return f"Channel not supported {channel}"
        if not isinstance(symbols, list) or not symbols:
            return "Symbol(s) not found"
        if not isinstance(depth, int) or depth not in DEPTH_COSTS:
            return f"Subscription depth not supported {depth}"
        if not isinstance(token, str) or not token:
            return NO_TOKEN
        return None if self._office.admits(token) else INVALID_SESSION

    def _subscribe(self, message: dict[str, Any], symbol: str, params: dict[str, Any], now_ns: int) -> list[Frame]:
        depth = params.get("depth", 10)
        error = self._obstacle(symbol) or self._charge(params["token"], depth)
        if error is not None:
            return [self.error(message, error, now_ns, symbol)]
        subscription = self._orders[symbol] = OrdersSubscription(self.venue.floors[symbol], depth)
        snapshot = bool(params.get("snapshot", True))
        result = {"channel": "level3", "depth": depth, "snapshot": snapshot, "symbol": symbol}
        ack = self.ack(message, result, now_ns)
        return [ack, subscription.snapshot()] if snapshot else [ack]

    def _obstacle(self, symbol: str) -> str | None:
        """Return what keeps a symbol from being subscribed, but for the budget."""
        if symbol not in self.venue.floors:
            return f"Currency pair not supported {symbol}"
        if symbol in self._orders:
            return "Already subscribed"
        return TOO_MANY_SYMBOLS if len(self._orders) >= MOST_SYMBOLS else None

    def _charge(self, token: str, depth: int) -> str | None:
        return None if self._office.use(token, self, DEPTH_COSTS[depth]) else RATE_LIMIT

    def _unsubscribe(self, message: dict[str, Any], symbol: str, params: dict[str, Any], now_ns: int) -> list[Frame]:
        found = self._orders.pop(symbol, None)
        if found is None:
            return [self.error(message, "Subscription Not Found", now_ns, symbol)]
        if not self._orders:
            self._office.leave(self)
        return [self.ack(message, {"channel": "level3", "symbol": symbol, "depth": found.depth}, now_ns)]
