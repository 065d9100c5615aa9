"""One-minute candles of one symbol, built from its trades.

A trade belongs to the minute of the venue's time of it. A minute closes once the venue's clock
is 250 ms past its end; what comes for it later is counted and dropped. A minute without
trades is a flat candle at the close before (`filled`), and there is none before the first price
is known.

A candle is `partial` where we cannot know that we saw all of its minute: while the trade
channel is not known to be heard (from a start or a lost connection to the first sign of the
channel, both ends' minutes included), at a hole in the tape, and from the last trade before a
gap in the trade ids to the first behind it. Prices in quote, volume in base, times in ns, UTC.

The trades of minutes that are not partial are kept for who wants them: all of each minute, or none.
"""

from leadline.events import Trade
from leadline.moment import Candle
from leadline.times import MINUTE_NS

GRACE_NS = 250_000_000  # docs/signals.md section 4: a candle closes 250 ms past its end
MINUTES_AHEAD = 2  # a trade further in the clock's future is a data fault
MAX_CATCH_UP = 1500  # minutes made at once after a long silence: as many as anyone remembers


class Forming:
    """A minute that is not closed yet."""

    __slots__ = ("close", "high", "low", "n_trades", "open", "trades", "turnover", "volume")

    def __init__(self, price: float) -> None:
        self.trades: list[Trade] = []  # where they are kept
        self.open = self.high = self.low = self.close = price
        self.volume = self.turnover = 0.0
        self.n_trades = 0

    def add(self, price: float, qty: float) -> None:
        """Take one trade."""
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += qty
        self.turnover += price * qty
        self.n_trades += 1

    def candle(self, open_ns: int, partial: bool) -> Candle:
        """Return the closed candle; its vwap lies within its range whatever rounding says."""
        vwap = self.turnover / self.volume if self.volume > 0.0 else self.close
        vwap = min(max(vwap, self.low), self.high)
        return Candle(open_ns, self.open, self.high, self.low, self.close,
                      self.volume, vwap, self.n_trades, False, partial)  # fmt: skip


def flat(open_ns: int, price: float, partial: bool) -> Candle:
    """Return the candle of a minute without trades."""
    return Candle(open_ns, price, price, price, price, 0.0, price, 0, True, partial)


class CandleBuilder:
    """The open minutes of one symbol. Remembers at most three, one price and one trade id.

    With `keep_trades` it also remembers their trades; `whole` are those of the minutes that closed since
    it was last emptied.

    `open_ns` is the oldest minute that is not closed. What it drops it counts: `late`, `early`
    and `duplicates` are trades, `id_gaps` are holes in the trade ids.
    """

    __slots__ = ("_doubt_ns", "_forming", "_last_id", "_last_trade_ns", "duplicates", "early",
                 "heard", "id_gaps", "keep_trades", "late", "next_close_ns", "open_ns", "price", "symbol",
                 "whole")  # fmt: skip

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.open_ns = -1  # the clock is not known yet
        self.next_close_ns = 0  # the venue time at which `advance` has something to do
        self.price: float | None = None  # the last close
        self.heard = False  # whether the trade channel is known to be heard
        self.late = self.early = self.duplicates = self.id_gaps = 0
        self.keep_trades = False
        self.whole: list[Trade] = []
        self._forming: dict[int, Forming] = {}
        self._last_id: int | None = None
        self._last_trade_ns = 0
        self._doubt_ns = -1  # minutes that open up to here close as partial

    def add(self, trade: Trade) -> int | None:
        """Take one trade; return the minute since which trades are missing if its id shows a gap."""
        last_id = self._last_id
        if last_id is not None and trade.trade_id <= last_id:
            self.duplicates += 1
            return None
        self._last_id = trade.trade_id
        minute = trade.event_ns - trade.event_ns % MINUTE_NS
        if self.open_ns < 0:
            self._open(minute)
        newest = min(minute, self.open_ns + MINUTES_AHEAD * MINUTE_NS)
        if not self.heard:
            self.hear(newest)
        missing_from = None
        if last_id is not None and trade.trade_id != last_id + 1:
            self.id_gaps += 1
            self.mark_gap(newest)
            missing_from = self._last_trade_ns - self._last_trade_ns % MINUTE_NS
        forming = self._forming.get(minute) or self._new_minute(minute, newest, trade.price)
        if forming is not None:
            forming.add(trade.price, trade.qty)
            if self.keep_trades:
                forming.trades.append(trade)
            self._last_trade_ns = trade.event_ns
        return missing_from

    def _new_minute(self, minute: int, newest: int, price: float) -> Forming | None:
        if minute < self.open_ns:
            self.late += 1
            return None
        if minute > newest:
            self.early += 1
            self.mark_gap(self.open_ns)
            return None
        forming = self._forming[minute] = Forming(price)
        return forming

    def lose(self) -> None:
        """The trade channel is no longer known to be heard: a start, a connection lost or opened anew."""
        self.heard = False
        self._last_id = None  # another connection may speak of other ids, and what is lost we know already

    def hear(self, venue_ns: int) -> None:
        """The trade channel is heard from now on; the minutes still open were touched."""
        if not self.heard:
            self.heard = True
            self.mark_gap(venue_ns)

    def mark_gap(self, venue_ns: int) -> None:
        """Records are missing before this time: all minutes that are open at it are partial."""
        self._doubt_ns = max(self._doubt_ns, venue_ns)

    def advance(self, venue_ns: int) -> list[Candle]:
        """Return the candles that close by this venue time, oldest first. Cheap before `next_close_ns`."""
        if venue_ns < self.next_close_ns:
            return []
        if self.open_ns < 0:
            self._open(venue_ns - venue_ns % MINUTE_NS)
            return []
        closed = []
        while venue_ns >= self.next_close_ns:
            candle = self._close()
            if candle is not None:
                closed.append(candle)
            oldest = venue_ns - venue_ns % MINUTE_NS - MAX_CATCH_UP * MINUTE_NS
            if self.open_ns < oldest and not self._forming:
                self._open(oldest)
        return closed

    def _open(self, minute: int) -> None:
        self.open_ns = minute
        self.next_close_ns = minute + MINUTE_NS + GRACE_NS

    def _close(self) -> Candle | None:
        minute = self.open_ns
        partial = not self.heard or minute <= self._doubt_ns
        forming = self._forming.pop(minute, None)
        self._open(minute + MINUTE_NS)
        if forming is not None:
            self.price = forming.close
            if not partial:
                self.whole += forming.trades
            return forming.candle(minute, partial)
        return None if self.price is None else flat(minute, self.price, partial)
