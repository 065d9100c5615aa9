"""The moment: one event on its way down the line.

The source's records are decoded into moments. Each stage of the line (book, candles, hft,
signals, paper) fills in its part and passes the same object on, in the tape's order; what should
be stored leaves as `rows`. A moment lives for one pass and is never kept by a stage.
"""

from typing import Any, NamedTuple

import msgspec

from leadline.instrument import Instrument
from leadline.queues import Queues

# Kinds of moment. Those below 20 are the kinds of `leadline.records`; a frame is one of these.
BOOK = 20
TRADES = 21
INSTRUMENTS = 22
ACK = 23
STATUS = 24
HEARTBEAT = 25
IGNORED = 26
REJECTED = 27
STOPPED = 28  # made by the book stage when the source ends: no record, decides nothing
ORDERS = 29  # of the level3 channel; the book stage of a Level 3 line makes it a BOOK

BOTH = ("book", "trade")  # the channels of a line


class BookView(msgspec.Struct, gc=False):
    """The verified book of a symbol at one moment: its best levels, never changed afterwards.

    Keys are signed price units, +price for a bid and -price for an ask, ascending, so on both
    sides the best level is the *last* and the larger key is the better price. Sizes are in
    size units at the same index. Both sides are at most VIEW_LEVELS long.
    """

    instrument: Instrument
    bid_keys: list[int]
    bid_sizes: list[int]
    ask_keys: list[int]
    ask_sizes: list[int]
    bids_changed: bool  # whether the best ten bids differ from the view before
    asks_changed: bool
    event_ns: int | None
    # of a Level 3 line only:
    bid_orders: int | None = None  # orders in the best ten levels
    ask_orders: int | None = None
    queues: Queues | None = None


class Candle(NamedTuple):
    """One closed candle [open_ns, open_ns + interval). Prices in quote, volume in base.

    `filled`: no trade happened, the prices are the close before. `partial`: we did not see
    all of it (a start, a lost connection, a gap in trade ids).
    """

    open_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float
    n_trades: int
    filled: bool = False
    partial: bool = False


class Bar(NamedTuple):
    """A closed one-minute candle with its indicators; None is warm-up."""

    candle: Candle
    ema_fast: float | None  # EMA 9
    ema_slow: float | None  # EMA 21
    rsi: float | None
    atr: float | None
    vwap: float | None  # of the UTC day
    vwap_sigma: float | None
    session_bars: int  # unfilled candles of the session so far, this one included
    bb_upper: float | None
    bb_middle: float | None
    bb_lower: float | None
    squeezed: bool | None
    relative_volume: float | None


class ClosedBars(NamedTuple):
    """What a close hands to the signal stage: a symbol's newest bars and its technical bias."""

    symbol: str
    bars: tuple[Bar, ...]  # the last 6, oldest first; the newest is bars[-1]
    technical: int  # n of docs/signals.md section 3: -5..5, the sum of the signs
    ready: bool  # warm-up is over (140 candles) and the newest bar is not partial
    n_candles: int  # candles seen so far, for "warming up 37 of 140"
    close_ns: int  # end of the newest bar


class Row(NamedTuple):
    """One row for the store: the table's name and its values by column.

    A name that begins with an underscore is no column. `_many` are columns of values, of rows that share
    the others: one row that stands for many, which the store takes apart.
    """

    table: str
    values: dict[str, Any]


class Moment(msgspec.Struct, gc=False):
    """One decoded event and what the stages made of it.

    `gc=False`: moments come by the hundred thousand and are never part of a cycle.
    """

    seq: int
    kind: int
    conn: int
    wall_ns: int
    mono_ns: int
    payload: bytes  # the record's bytes
    event: Any  # a leadline.events event, or the decoded JSON of another record
    symbol: str | None  # of BOOK and TRADES
    # set by the book stage, on every moment:
    clock_ns: int = 0  # the tape's clock: the record's wall clock, never going back
    venue_ns: int = 0  # the same on the venue's clock: minus the connection's offset, never going back
    age_ns: int = 0  # of BOOK: how much later than usual for this connection the event was received
    channels: tuple[str, ...] = BOTH  # of CONNECTED and DISCONNECTED: those that the connection speaks for
    view: BookView | None = None  # after a BOOK moment, if its book is verified
    book_lost: tuple[str, ...] = ()  # symbols whose book stopped being verified at this moment
    # set by the candle stage:
    closed: list[ClosedBars] | None = None
    # set by the hft stage, where view is:
    hft: Any = None  # leadline.hft.Reading
    # set by the signals stage:
    proposals: list[Any] | None = None  # leadline.proposals: Proposal, Scenario, Cooling, Dropped
    rows: list[Row] | None = None  # for the store

    def emit(self, table: str, values: dict[str, Any]) -> None:
        """Send one row to the store."""
        if self.rows is None:
            self.rows = []
        self.rows.append(Row(table, values))
