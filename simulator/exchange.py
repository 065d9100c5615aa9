"""Exchange: websocket servers that speak Kraken v2, public and level3, and the REST twin, on loopback.

    python -m simulator.exchange --port 8765 --symbols BTC/USD,ETH/USD --fault drop:BTC/USD

Both addresses show the same orders, with the same stamps. level3 has a port of its own, and needs
a token of REST, for which the exchange knows one API key.

The market goes on from its start whether anybody listens or not, except at a fixed number of
messages a second, where it goes on for its listeners only. In a test:

    with Exchange(["BTC/USD"], rate=20) as exchange:
        connect(exchange.url)
        exchange.inject(Fault("drop", "BTC/USD"))
"""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence

from msgspec.structs import replace

from leadline.errors import FeedError
from simulator.desk import Desk
from simulator.faults import CONNECTION_KINDS, Action, Fault, FaultBoard
from simulator.forging import Frame
from simulator.options import api_key, arguments, ports
from simulator.protocol import PublicDesk, status_frame
from simulator.protocol_l3 import OrdersDesk
from simulator.rest import RestTwin
from simulator.serving import Connection, Server
from simulator.tape import DEFAULT_SYMBOLS
from simulator.tokens import REST_DECAY, REST_MAX, TOKEN_S, ApiKey, TokenOffice
from simulator.venue import Floor, Venue

BURST = 256  # events before the loop looks after its connections again
IDLE_S = 0.02
LEVEL3 = "level3"


class Exchange(Server):
    """The exchange. `url` is its public websocket, `level3_url` the other, `rest_url` its REST twin; `key` lets in."""

    def __init__(
        self,
        symbols: Sequence[str] = DEFAULT_SYMBOLS,
        *,
        seed: int = 7,
        predictability: float = 0.5,
        rate: float = 1.0,
        messages_per_second: float | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        rest_port: int = 0,
        level3_port: int = 0,
        faults: Sequence[Fault] = (),
        key: ApiKey | None = None,
        tier: str = "standard",
        token_s: float = TOKEN_S,
        rest_max: float = REST_MAX,
        rest_decay: float = REST_DECAY,
    ) -> None:
        super().__init__(host, port)
        self.ports[LEVEL3] = level3_port
        self.key = key or ApiKey.generated()
        self.office = TokenOffice([self.key], tier=tier, valid_s=token_s, rest_max=rest_max, rest_decay=rest_decay)
        self.venue = Venue(list(symbols), seed, predictability, rate, time.time_ns())
        self.board = FaultBoard()
        self.n_sent = 0  # book and trade frames put on any connection's way
        self._messages_per_second = messages_per_second
        self._desks: dict[Connection, Desk] = {}
        self._rest = RestTwin(self.venue, self.office, host, rest_port)
        for fault in faults:
            self.board.add(fault)

    @property
    def level3_url(self) -> str:
        """Return the address of level3."""
        return f"ws://{self.host}:{self.ports[LEVEL3]}"

    @property
    def rest_url(self) -> str:
        """Return the address of the REST twin."""
        return self._rest.url

    def start(self) -> "Exchange":
        """Begin to listen on all ports."""
        self._rest.start()
        try:
            super().start()
        except FeedError:
            self._rest.stop()
            raise
        return self

    def stop(self) -> None:
        """End."""
        super().stop()
        self._rest.stop()

    def inject(self, fault: Fault) -> None:
        """Put a fault to work, from any thread; a fault of the connection with `after` 0 strikes at once."""
        self.call(self._inject, fault)

    def _inject(self, fault: Fault) -> None:
        struck = [
            c for c in self.connections if fault.channel is None or (c.feed == LEVEL3) == (fault.channel == LEVEL3)
        ]
        if fault.kind not in CONNECTION_KINDS or fault.after or not struck:
            self.board.add(fault)
            return
        for connection in struck:
            self._do(connection, Action(fault.kind, fault.seconds))
        if fault.count > 1:
            self.board.add(replace(fault, count=fault.count - 1))

    # what the server asks

    def greet(self, connection: Connection) -> None:
        """Say the status first, and that it is all there is while under maintenance."""
        if self.venue.terms.status != "online":
            self._close(connection)
            return
        self._desks[connection] = self._desk(connection.feed)
        connection.put(status_frame("online", connection.id))

    def _desk(self, feed: str) -> Desk:
        return OrdersDesk(self.venue, self.office) if feed == LEVEL3 else PublicDesk(self.venue)

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """Answer a request."""
        desk = self._desks.get(connection)
        if desk is not None:
            for frame in desk.receive(message, time.time_ns()):
                self._put(connection, frame)

    def forget(self, connection: Connection) -> None:
        """Forget a connection's subscriptions."""
        desk = self._desks.pop(connection, None)
        if desk is not None:
            desk.close()

    def listens(self, connection: Connection) -> bool:
        """Return whether anything is subscribed."""
        desk = self._desks.get(connection)
        return desk is not None and desk.subscribed

    async def work(self) -> None:
        """Let the markets go on."""
        if self._messages_per_second is None:
            await self._keep_time()
        else:
            await self._keep_pace(1.0 / self._messages_per_second)

    async def _keep_time(self) -> None:
        """Let everything happen when it is due."""
        while True:
            for _ in range(BURST):
                due_ns, floor = self.venue.due()
                wait_s = (due_ns - time.time_ns()) * 1e-9
                if wait_s > 0:
                    break
                self._step(floor, due_ns)
            await asyncio.sleep(max(wait_s, 0.0))

    async def _keep_pace(self, interval_s: float) -> None:
        """Send one message every interval to all who listen, the symbols taking turns."""
        next_s = time.monotonic()
        while True:
            if not any(desk.subscribed for desk in self._desks.values()):
                await asyncio.sleep(IDLE_S)
                next_s = time.monotonic()
                continue
            n_before = self.n_sent
            for _ in range(BURST):
                if time.monotonic() < next_s:
                    break
                self._step(self.venue.turn(), time.time_ns())
                next_s += interval_s * max(self.n_sent - n_before, 0) / max(len(self._desks), 1)
                n_before = self.n_sent
            await asyncio.sleep(max(next_s - time.monotonic(), 0.0))

    def _step(self, floor: Floor, stamp_ns: int) -> None:
        floor.step(stamp_ns)
        for connection, desk in list(self._desks.items()):
            for frame in desk.updates(floor.market.symbol):
                self.n_sent += 1
                self._put(connection, frame)

    def _put(self, connection: Connection, frame: Frame) -> None:
        for item in self.board.outgoing(frame):
            if isinstance(item, Frame):
                connection.put(item.text)
            else:
                self._do(connection, item)

    def _do(self, connection: Connection, action: Action) -> None:
        if action.kind == "maintenance":
            self.venue.terms.closed_until_s = time.monotonic() + action.seconds
            for other in list(self.connections):
                self._close(other)
        elif action.kind == "revoke":
            self._revoke()
        else:
            connection.put(action)

    def _revoke(self) -> None:
        """Make every token void, and close all connections that one of them let in."""
        self.office.revoke()
        for connection, desk in list(self._desks.items()):
            if isinstance(desk, OrdersDesk) and desk.subscribed:
                self.forget(connection)
                connection.put(Action("revoke", 0.0))

    def _close(self, connection: Connection) -> None:
        self.forget(connection)
        connection.put(status_frame("maintenance", connection.id))
        connection.put(Action("maintenance", 0.0))


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    given = arguments().parse_args()
    try:
        port, rest_port, level3_port = ports(given)
        exchange = Exchange(
            given.symbols.split(","), seed=given.seed, predictability=given.predictability, rate=given.rate,
            messages_per_second=given.messages_per_second, host=given.host, port=port,
            rest_port=rest_port, level3_port=level3_port, faults=given.fault,
            key=api_key(given.key_file), tier=given.tier, token_s=given.token_seconds,
        ).start()  # fmt: skip
    except FeedError as e:
        print(f"simulator.exchange: {e}", file=sys.stderr)
        return 1
    for name in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(name) is not signal.SIG_IGN:  # in the background Ctrl-C is not for us
            signal.signal(name, lambda *_: exchange.request_stop())
    addresses = f"websocket {exchange.url}, level3 {exchange.level3_url}, REST {exchange.rest_url}"
    print(f"SIMULATED MARKET: {addresses}", flush=True)
    exchange.join()
    exchange.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
