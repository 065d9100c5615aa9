"""Serving: a websocket server in a thread of its own, with one outbox for each connection.

Shared by the exchange and the server of recordings. `with Server(...) as server` starts it, on a
free port where none is given, and stops it within a second. A server may have several addresses,
each with the name of its feed. Only `call` may be used from other
threads.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.server import Server as WebsocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from leadline.errors import FeedError
from simulator.faults import Action
from simulator.tokens import INVALID_SESSION

PUBLIC = "public"  # the feed of the address that every server has
HEARTBEAT_S = 1.0
START_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 0.2
CLOSE_CODES = {"maintenance": (1012, "maintenance"), "revoke": (1008, INVALID_SESSION)}
FIRST_CONNECTION_ID = 8_061_934_421_430_877_864  # Kraken's are beyond 2^53, too
_connection_ids = itertools.count(FIRST_CONNECTION_ID)


class Connection:
    """One client: what it is sent goes through its outbox, in order."""

    def __init__(self, socket: ServerConnection, feed: str = PUBLIC) -> None:
        self.socket = socket
        self.feed = feed
        self.id = next(_connection_ids)
        self.sent_s = time.monotonic()
        self._outbox: asyncio.Queue[str | Action] = asyncio.Queue()

    def put(self, item: str | Action) -> None:
        """Send a frame, or do something to the connection, after all that was put before."""
        self._outbox.put_nowait(item)
        self.sent_s = time.monotonic()

    async def deliver(self) -> None:
        """Send until the connection ends."""
        try:
            while True:
                item = await self._outbox.get()
                if isinstance(item, Action):
                    await self._do(item)
                else:
                    await self.socket.send(item)
        except ConnectionClosed:
            pass

    async def _do(self, action: Action) -> None:
        if action.kind == "stall":
            await asyncio.sleep(action.seconds)
        elif action.kind == "disconnect":
            self.socket.transport.abort()
        else:
            await self.socket.close(*CLOSE_CODES[action.kind])


class Server:
    """The thread, its event loop and its connections; subclasses say what is served."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.ports = {PUBLIC: port}
        self.connections: set[Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._failing = ""  # the address that could not be had

    @property
    def port(self) -> int:
        """Return the port of the public address."""
        return self.ports[PUBLIC]

    @property
    def url(self) -> str:
        """Return the address that clients connect to."""
        return f"ws://{self.host}:{self.port}"

    def start(self) -> Self:
        """Begin to listen; raises FeedError where the port cannot be had."""
        self._thread.start()
        self._started.wait(START_TIMEOUT_S)
        if self._failure is not None:
            raise FeedError(f"cannot listen on {self._failing}: {self._failure}") from self._failure
        return self

    def request_stop(self) -> None:
        """Ask the server to end; fit for a signal handler."""
        if self._thread.is_alive():
            self.call(self._stop.set)

    def stop(self) -> None:
        """Drop all connections and end."""
        self.request_stop()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def join(self) -> None:
        """Wait until the server has ended."""
        while self._thread.is_alive():
            self._thread.join(0.2)  # so that a signal is heard

    def call(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a function in the server's thread, from any other."""
        self._loop.call_soon_threadsafe(function, *args)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        except OSError as e:
            self._failure = e
        finally:
            self._started.set()
            self._loop.close()

    async def _main(self) -> None:
        async with AsyncExitStack() as stack:
            listening = [await stack.enter_async_context(self._listen(feed)) for feed in self.ports]
            for feed, server in zip(self.ports, listening, strict=True):
                self.ports[feed] = server.sockets[0].getsockname()[1]
            tasks = [self._loop.create_task(self._heartbeats()), self._loop.create_task(self.work())]
            self._started.set()
            await self._stop.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._drop(listening)

    def _listen(self, feed: str) -> AbstractAsyncContextManager[WebsocketServer]:
        self._failing = f"{self.host}:{self.ports[feed]}"
        return serve(
            partial(self._connected, feed), self.host, self.ports[feed], compression=None, ping_interval=None,
            close_timeout=CLOSE_TIMEOUT_S,
        )  # fmt: skip

    def _drop(self, listening: list[WebsocketServer]) -> None:
        for connection in self.connections:
            connection.socket.transport.abort()
        for server in listening:
            server.close(close_connections=False)

    async def _connected(self, feed: str, socket: ServerConnection) -> None:
        connection = Connection(socket, feed)
        self.connections.add(connection)
        sending = self._loop.create_task(connection.deliver())
        try:
            self.greet(connection)
            async for message in socket:
                self.receive(connection, message)
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)
            self.forget(connection)
            sending.cancel()

    async def _heartbeats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S / 4)
            quiet_since = time.monotonic() - HEARTBEAT_S
            for connection in self.connections:
                if connection.sent_s <= quiet_since and self.listens(connection):
                    connection.put('{"channel":"heartbeat"}')

    # for subclasses

    def greet(self, connection: Connection) -> None:
        """Say what comes before any request."""

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """Take one message of a client."""

    def forget(self, connection: Connection) -> None:
        """A connection ended."""

    def listens(self, connection: Connection) -> bool:
        """Return whether a connection is subscribed to anything."""
        return True

    async def work(self) -> None:
        """Do what is done while the server is up."""
        await self._stop.wait()
