"""Exchange: a websocket server that speaks Kraken v2, and its REST twin, on loopback.

    python -m simulator.exchange --port 8765 --symbols BTC/USD,ETH/USD --fault drop:BTC/USD

The market goes on from its start whether anybody listens or not, except at a fixed number of
messages a second, where it goes on for its listeners only. In a test:

    with Exchange(["BTC/USD"], rate=20) as exchange:
        connect(exchange.url)
        exchange.inject(Fault("drop", "BTC/USD"))
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from leadline.errors import FeedError
from simulator.faults import CONNECTION_KINDS, Action, Fault, FaultBoard
from simulator.forging import Frame
from simulator.protocol import Desk, status_frame
from simulator.rest import RestTwin
from simulator.serving import Connection, Server
from simulator.tape import DEFAULT_SYMBOLS
from simulator.venue import Floor, Venue

BURST = 256  # events before the loop looks after its connections again
IDLE_S = 0.02


class Exchange(Server):
    """The exchange. `url` is its websocket, `rest_url` its REST twin."""

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
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(host, port)
        self.venue = Venue(list(symbols), seed, predictability, rate, time.time_ns())
        self.board = FaultBoard()
        self.n_sent = 0  # book and trade frames put on any connection's way
        self._messages_per_second = messages_per_second
        self._desks: dict[Connection, Desk] = {}
        self._closed_until_s = 0.0  # of a maintenance
        self._rest = RestTwin(self.venue, host, rest_port)
        for fault in faults:
            self.board.add(fault)

    @property
    def rest_url(self) -> str:
        """Return the address of the REST twin."""
        return self._rest.url

    def start(self) -> "Exchange":
        """Begin to listen on both ports."""
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
        if fault.kind not in CONNECTION_KINDS or fault.after or not self.connections:
            self.board.add(fault)
            return
        for connection in list(self.connections):
            self._do(connection, Action(fault.kind, fault.seconds))
        if fault.count > 1:
            self.board.add(replace(fault, count=fault.count - 1))

    # what the server asks

    def greet(self, connection: Connection) -> None:
        """Say the status first, and that it is all there is while under maintenance."""
        if time.monotonic() < self._closed_until_s:
            self._close(connection)
            return
        self._desks[connection] = Desk(self.venue)
        connection.put(status_frame("online", connection.id))

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """Answer a request."""
        desk = self._desks.get(connection)
        if desk is not None:
            for frame in desk.receive(message, time.time_ns()):
                self._put(connection, frame)

    def forget(self, connection: Connection) -> None:
        """Forget a connection's subscriptions."""
        self._desks.pop(connection, None)

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
            self._closed_until_s = time.monotonic() + action.seconds
            for other in list(self.connections):
                self._close(other)
        else:
            connection.put(action)

    def _close(self, connection: Connection) -> None:
        self._desks.pop(connection, None)
        connection.put(status_frame("maintenance", connection.id))
        connection.put(Action("maintenance", 0.0))


def fault_of(text: str) -> Fault:
    """Read a fault from `kind[:symbol[:field=value[,field=value]...]]`.

    >>> fault = fault_of("drop:BTC/USD:after=100,top_ten=no")
    >>> fault.kind, fault.symbol, fault.after, fault.top_ten
    ('drop', 'BTC/USD', 100, False)
    """
    kind, _, rest = text.partition(":")
    symbol, _, options = rest.partition(":")
    known: dict[str, Any] = {"after": int, "count": int, "seconds": float, "bytes": int, "text": str,
                             "resend": _yes, "top_ten": _yes}  # fmt: skip
    values = dict(option.split("=", 1) for option in options.split(",") if option)
    return Fault(kind, symbol or None, **{name: known[name](value) for name, value in values.items()})  # type: ignore[arg-type]


def _yes(text: str) -> bool:
    return text in ("yes", "true", "1")


def arguments() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m simulator.exchange", description="Serve a simulated market.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--rest-port", type=int, default=8766)
    parser.add_argument("--symbols", default=",".join(DEFAULT_SYMBOLS), help="separated by commas")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--predictability", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=1.0, help="seconds of market in one second")
    parser.add_argument("--messages-per-second", type=float, default=None, help="instead of the market's own pace")
    parser.add_argument("--fault", type=fault_of, action="append", default=[], help="kind:symbol:field=value,...")
    return parser


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    given = arguments().parse_args()
    exchange = Exchange(
        given.symbols.split(","), seed=given.seed, predictability=given.predictability, rate=given.rate,
        messages_per_second=given.messages_per_second, host=given.host, port=given.port, rest_port=given.rest_port,
        faults=given.fault,
    )  # fmt: skip
    try:
        exchange.start()
    except FeedError as e:
        print(f"simulator.exchange: {e}", file=sys.stderr)
        return 1
    for name in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(name) is not signal.SIG_IGN:  # in the background Ctrl-C is not for us
            signal.signal(name, lambda *_: exchange.request_stop())
    print(f"SIMULATED MARKET: websocket {exchange.url}, REST {exchange.rest_url}", flush=True)
    exchange.join()
    exchange.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
