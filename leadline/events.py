"""Events: what a frame says, once it is decoded.

Every venue's codec makes these. Book levels are floats as the venue wrote them; the book turns
them into whole units by the instrument's precision. Times are ns since the epoch, UTC.
"""

from typing import Annotated, Any, Literal

import msgspec

Side = Literal["buy", "sell"]  # of a trade: the taker's side


class PriceLevel(msgspec.Struct, gc=False):
    """A price and the absolute quantity now resting there; 0 removes it."""

    price: float
    qty: float


class BookMessage(msgspec.Struct, gc=False):
    """A snapshot or an update of one symbol's book."""

    symbol: str
    bids: list[PriceLevel]
    asks: list[PriceLevel]
    checksum: int | None = None
    event_ns: int | None = None  # the venue's time; snapshots of 2023 had none
    snapshot: bool = False
    timestamp: str | None = None  # `event_ns` as the venue wrote it


class OrderChange(msgspec.Struct, gc=False):
    """One order of a level3 message: as it stands in a snapshot, as it changed in an update."""

    id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="order_id")
    price: float = msgspec.field(name="limit_price", default=0.0)
    qty: float = msgspec.field(name="order_qty", default=-1.0)  # what is left of it; only a delete may leave it out
    event: Literal["add", "modify", "delete"] | None = None  # None only in a snapshot as received
    timestamp: str | None = None  # `time_ns` as the venue wrote it
    time_ns: int = 0  # since when it stands in its queue; 0: as before


class OrderMessage(msgspec.Struct, gc=False):
    """A snapshot or an update of one symbol's order-by-order book (Level 3)."""

    symbol: str
    bids: list[OrderChange]
    asks: list[OrderChange]
    checksum: int | None = None
    event_ns: int | None = None
    snapshot: bool = False
    timestamp: str | None = None  # `event_ns` as the venue wrote it


class Trade(msgspec.Struct, gc=False):
    """One trade; `side` is the taker's."""

    side: Side
    price: float
    qty: float
    trade_id: int
    event_ns: int


class Trades(msgspec.Struct, gc=False):
    """Trades of one symbol that came in one frame, oldest first."""

    symbol: str
    trades: list[Trade]
    snapshot: bool = False


class Instruments(msgspec.Struct):
    """The venue's list of symbols; `pairs` maps each symbol to its `leadline.instrument.Instrument`.

    An update, unlike a snapshot, has those that changed only.
    """

    pairs: dict[str, Any]
    snapshot: bool = True


class Ack(msgspec.Struct):
    """The venue's answer to subscribe or unsubscribe, for one symbol."""

    method: str  # subscribe | unsubscribe
    success: bool
    channel: str | None = None
    symbol: str | None = None
    error: str | None = None
    req_id: int | None = None
    depth: int | None = None
    reason: str | None = None  # of a refusal, one of trust.LEVEL3_REASONS where it is known

    @property
    def unlisted(self) -> bool:
        """Whether the venue says that it does not know the symbol."""
        error = self.error or ""
        return self.method == "subscribe" and not self.success and ("not supported" in error or "not found" in error)


class Status(msgspec.Struct):
    """The state of the venue's matching engine."""

    system: str  # online | cancel_only | maintenance | post_only


class Heartbeat(msgspec.Struct, gc=False):
    """The connection lives; nothing else is said. Pongs are heartbeats, too."""


class Ignored(msgspec.Struct, gc=False):
    """A valid frame of a channel that the line does not use."""

    channel: str


class Rejected(msgspec.Struct):
    """An input we refuse. `symbol` is set where the frame still tells whose it was."""

    reason: str  # one of REJECT_REASONS
    detail: str
    frame: bytes
    symbol: str | None = None
    channel: str | None = None


REJECT_REASONS = (
    "invalid_json", "wrong_type", "unknown_channel", "unknown_symbol", "bad_value", "too_large", "error_reply",
)  # fmt: skip

Event = BookMessage | OrderMessage | Trades | Instruments | Ack | Status | Heartbeat | Ignored | Rejected
