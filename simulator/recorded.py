"""Recorded: a server that sends the frames of a recording, one at a time, as they were received.

Status frames at the head of the recording are sent on connecting, the rest once the client has
subscribed to a book; then heartbeats. Whatever the client asks is otherwise left unanswered, acks
being part of a recording, except for `instrument` where `instruments` says what to answer. A new
connection goes on where the one before it stopped.
"""

import asyncio
import json
from collections.abc import Sequence

from leadline.instrument import Instrument
from simulator.protocol import instrument_frame
from simulator.serving import Connection, Server

STATUS_HEAD = '"channel":"status"'


def text_of(frame: str | bytes) -> str:
    """Return a frame as text."""
    return frame.decode() if isinstance(frame, bytes) else frame


class RecordedExchange(Server):
    """Serves a recording. `n_sent` frames of it are on their way or gone."""

    def __init__(
        self,
        frames: Sequence[str | bytes],
        *,
        interval_s: float = 0.0,
        instruments: Sequence[Instrument] = (),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port)
        self.n_sent = 0
        self._frames = [text_of(frame) for frame in frames]
        self._interval_s = interval_s
        self._instruments = list(instruments)
        self._listening: Connection | None = None
        self._wanted = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Whether the whole recording was sent."""
        return self.n_sent == len(self._frames)

    def greet(self, connection: Connection) -> None:
        """Send the status that begins the recording."""
        for text in self._frames:
            if STATUS_HEAD not in text.replace(" ", ""):
                break
            connection.put(text)
            self.n_sent = max(self.n_sent, 1)

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """Begin when a book is wanted."""
        request = json.loads(message)
        channel = (request.get("params") or {}).get("channel") if request.get("method") == "subscribe" else None
        if channel == "instrument" and self._instruments:
            connection.put(instrument_frame(self._instruments))
        elif channel == "book":
            self._listening = connection
            self._wanted.set()

    def forget(self, connection: Connection) -> None:
        """Wait for the next one."""
        if connection is self._listening:
            self._listening = None
            self._wanted.clear()

    async def work(self) -> None:
        """Send frame after frame while somebody listens."""
        while not self.finished:
            await self._wanted.wait()
            if self._listening is not None:
                self._listening.put(self._frames[self.n_sent])
                self.n_sent += 1
            await asyncio.sleep(self._interval_s)


def serve_frames(
    frames: Sequence[str | bytes],
    *,
    interval_s: float = 0.0,
    instruments: Sequence[Instrument] = (),
    port: int = 0,
) -> RecordedExchange:
    """Return a server of these frames; use it in a `with`, or start and stop it."""
    return RecordedExchange(frames, interval_s=interval_s, instruments=instruments, port=port)
