"""A market played from a tape's frames that can be joined late: a new connection gets the book as it is by then."""

import json

from leadline import records
from leadline.book import BookSide, OrderBook
from leadline.events import BookMessage
from leadline.instrument import Instrument
from simulator.frames import decimal_text
from simulator.recorded import RecordedExchange
from simulator.serving import Connection
from sources.kraken import wire
from sources.tape_reader import TapeReader


def frames_of(tape) -> list[bytes]:
    return [record.payload for record in TapeReader(tape) if record.kind == records.FRAME]


class Resumable(RecordedExchange):
    """Serves one symbol's frames; whoever subscribes in the middle is sent a snapshot first."""

    def __init__(self, frames, instrument: Instrument, depth: int) -> None:
        super().__init__(frames, instruments=[instrument])
        self._book = OrderBook(instrument, depth)
        self._stamp: str | None = None
        self._n_read = 0

    def pace(self, interval_s: float) -> None:
        """Send a frame each so many seconds from now on."""
        self._interval_s = interval_s

    def receive(self, connection: Connection, message: str | bytes) -> None:
        params = json.loads(message).get("params") or {}
        if params.get("channel") == "book" and self._follow():
            connection.put(self._snapshot())
        super().receive(connection, message)

    def _follow(self) -> bool:
        """Bring our own book up to date; return whether there is one."""
        for text in self._frames[self._n_read : self.n_sent]:
            event = wire.decode(text.encode())
            if isinstance(event, BookMessage):
                (self._book.load if event.snapshot else self._book.apply)(event)
                self._stamp = event.timestamp
        self._n_read = self.n_sent
        return self._stamp is not None

    def _snapshot(self) -> str:
        book = self._book
        data = f'"checksum":{book.checksum},"timestamp":"{self._stamp}"'
        sides = f'"bids":[{self._levels(book.bids)}],"asks":[{self._levels(book.asks)}]'
        symbol = book.instrument.symbol
        return f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"{symbol}",{sides},{data}}}]}}'

    def _levels(self, side: BookSide) -> str:
        of, sign = self._book.instrument, side.sign
        texts = (
            (decimal_text(key * sign, of.price_precision), decimal_text(size, of.qty_precision))
            for key, size in zip(side.keys[::-1], side.sizes[::-1], strict=True)
        )
        return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in texts)
