"""Faults: what can go wrong between an exchange and its client, made to order.

A fault is applied to what the exchange is about to send; the market itself goes on unharmed.
`after` is how many frames it would concern pass first, `count` how often it strikes. Kinds:

    drop, duplicate    a book update is lost, or comes twice
    reorder            a book update comes after the next one of its symbol
    corrupt            a quantity of a book update is another one, its checksum is not
    cross              a book update brings a bid above the ask, with a matching checksum
    silence            a subscription is acknowledged, then nothing comes of it
    freeze             a book stops while its trades go on; with `resend` its last frame is repeated
    giant, garbage     one more frame that nobody should believe, of `bytes` or as `text` says
    stall              the connection stands still for `seconds`, then all comes at once
    disconnect         the connection breaks off
    maintenance        status maintenance, then closed; for `seconds` so is every new connection

silence and freeze strike `count` subscriptions of a symbol, each until it is subscribed anew.
"""

import re
from typing import Literal, NamedTuple

import msgspec

from simulator.frames import BookChannel, SideText, decimal_text

Kind = Literal["drop", "duplicate", "reorder", "corrupt", "cross", "silence", "freeze", "giant", "garbage",
               "stall", "disconnect", "maintenance"]  # fmt: skip
CONNECTION_KINDS = ("stall", "disconnect", "maintenance")
GARBAGE = {
    "invalid_json": '{"channel":"book","type":"update","data":[{"symbol":',
    "not_an_object": "[1,2,3]",
    "wrong_type": '{"channel":"book","type":"update","data":[{"symbol":"%s","bids":[{"price":"high","qty":true}],'
    '"asks":{},"checksum":"none","timestamp":7}]}',
    "unknown_channel": '{"channel":"weather","type":"update","data":[{"symbol":"%s","rain":true}]}',
}
GIANT_BYTES = 9 * 1024 * 1024  # over the 8 MiB that a client takes by default
CROSSING_SIZE = 50_000_000  # size units of the bid that crosses
_ENTRY = re.compile(r'\{"price":([\d.]+),"qty":([\d.]+)\}')
_CHECKSUM = re.compile(r'"checksum":\d+')


class Fault(msgspec.Struct, frozen=True):
    """One fault to come; see the module for what each field means to each kind."""

    kind: Kind
    symbol: str | None = None  # None: whichever comes
    after: int = 0
    count: int = 1
    top_ten: bool | None = True  # of book updates: whether it must touch the best ten levels; None: either
    resend: bool = False
    seconds: float = 1.0
    bytes: int = GIANT_BYTES
    text: str = "invalid_json"  # a name in GARBAGE, or the frame itself


class Frame(NamedTuple):
    """A frame on its way out."""

    text: str
    channel: str  # book | trade | "" for everything else
    symbol: str = ""
    subscription: int = 0  # a number of its own for every subscription
    is_update: bool = False
    touches_top: bool = False
    book: BookChannel | None = None


class Action(NamedTuple):
    """Something to do to the connection instead of sending."""

    kind: str  # stall | disconnect | maintenance
    seconds: float


Out = Frame | Action


def corrupted(frame: Frame, top_ten: bool | None) -> Frame | None:
    """Return the frame with one digit of a quantity changed, None where it has none that fits.

    The quantity is one of the best ten levels as they are now, or with `top_ten` False of a level below.
    """
    assert frame.book is not None
    asks_at = frame.text.index('"asks":[')
    for match in _ENTRY.finditer(frame.text):
        side = frame.book.text.bids if match.start() < asks_at else frame.book.text.asks
        wanted = top_ten is None or _in_top_ten(side, match[1]) == top_ten
        if wanted and match[2].strip("0."):
            last = "2" if match[2][-1] == "1" else "1"
            return frame._replace(text=frame.text[: match.end(2) - 1] + last + frame.text[match.end(2) :])
    return None


def _in_top_ten(side: SideText, price: str) -> bool:
    return int(price.replace(".", "")) * side.side.sign >= side.tenth


def crossed(frame: Frame) -> Frame:
    """Return the frame with a bid one unit above the best ask, and the checksum of such a book."""
    assert frame.book is not None
    text, market = frame.book.text, frame.book.text.market
    price = -market.asks.keys[-1] + 1
    instrument = market.instrument
    level = (
        f'{{"price":{decimal_text(price, instrument.price_precision)},'
        f'"qty":{decimal_text(CROSSING_SIZE, instrument.qty_precision)}}}'
    )
    with_bid = re.sub(r'"bids":\[(?=(.))', lambda m: f'"bids":[{level}{"" if m[1] == "]" else ","}', frame.text)
    checksum = f'"checksum":{text.crossed_checksum(price, CROSSING_SIZE)}'
    return frame._replace(text=_CHECKSUM.sub(checksum, with_bid))


def giant(symbol: str, n_bytes: int) -> str:
    """Return a book message of at least this many bytes."""
    head = f'{{"channel":"book","type":"update","data":[{{"symbol":"{symbol}","bids":[],"asks":[],"padding":"'
    return f'{head}{"x" * max(0, n_bytes - len(head) - 4)}"}}]}}'


def garbage(symbol: str, text: str) -> str:
    """Return a frame that says nothing sensible."""
    return GARBAGE.get(text, text).replace("%s", symbol)


class ActiveFault:
    """A fault that waits for its frames. One at work for all connections of an exchange."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.strikes = 0  # how often it struck
        self._wait = fault.after
        self._held: dict[int, Frame] = {}  # of reorder, by subscription
        self._muted: dict[str, list[int]] = {}  # of silence and freeze: channel -> subscriptions
        self._last: dict[int, Frame] = {}  # of freeze, by subscription

    @property
    def spent(self) -> bool:
        """Whether it will never strike again."""
        mutes = self.fault.kind in ("silence", "freeze")
        return not mutes and self.strikes >= self.fault.count and not self._held

    def outgoing(self, frame: Frame) -> list[Out]:
        """Return what is sent in place of a frame."""
        kind = self.fault.kind
        if self.fault.symbol not in (None, frame.symbol) or not frame.channel:
            return [frame]
        if kind == "silence" or (kind == "freeze" and frame.channel == "book"):
            return self._mute(frame)
        if kind == "reorder" and frame.subscription in self._held:
            return [frame, self._held.pop(frame.subscription)]
        if self.strikes >= self.fault.count or not self._concerns(frame):
            return [frame]
        if self._wait > 0:
            self._wait -= 1
            return [frame]
        struck = self._strike(frame)
        if struck is None:
            return [frame]
        self.strikes += 1
        self._wait = self.fault.after
        return struck

    def _concerns(self, frame: Frame) -> bool:
        if self.fault.kind in CONNECTION_KINDS:
            return True
        top_ten = self.fault.top_ten
        if self.fault.kind in ("giant", "garbage", "cross"):
            top_ten = None
        return frame.channel == "book" and frame.is_update and top_ten in (None, frame.touches_top)

    def _strike(self, frame: Frame) -> list[Out] | None:
        """Return what is sent in place of a frame that the fault concerns; None: it does not fit after all."""
        fault = self.fault
        if fault.kind in CONNECTION_KINDS:
            return [frame, Action(fault.kind, fault.seconds)]
        if fault.kind == "drop":
            return []
        if fault.kind == "duplicate":
            return [frame, frame]
        if fault.kind == "reorder":
            self._held[frame.subscription] = frame
            return []
        if fault.kind == "corrupt":
            changed = corrupted(frame, fault.top_ten)
            return None if changed is None else [changed]
        if fault.kind == "cross":
            return [crossed(frame)]
        text = giant(frame.symbol, fault.bytes) if fault.kind == "giant" else garbage(frame.symbol, fault.text)
        return [frame, Frame(text, "")]

    def _mute(self, frame: Frame) -> list[Out]:
        """Swallow what belongs to the first `count` subscriptions of a channel, or repeat its last frame."""
        muted, number = self._muted.setdefault(frame.channel, []), frame.subscription
        if number not in muted:
            if self._wait > 0:
                self._wait -= 1
                self._last[number] = frame
                return [frame]
            if len(muted) >= self.fault.count:
                return [frame]
            muted.append(number)
            self.strikes += 1
        if self.fault.kind == "freeze":
            return self._frozen(frame)
        return []

    def _frozen(self, frame: Frame) -> list[Out]:
        last = self._last.get(frame.subscription)
        if last is None:  # a book must have been seen to be frozen
            self._last[frame.subscription] = frame
            return [frame]
        return [last] if self.fault.resend else []


class FaultBoard:
    """All faults of an exchange."""

    def __init__(self) -> None:
        self.active: list[ActiveFault] = []

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault to work."""
        active = ActiveFault(fault)
        self.active.append(active)
        return active

    def outgoing(self, frame: Frame) -> list[Out]:
        """Return what is sent in place of a frame."""
        if not self.active:
            return [frame]
        items: list[Out] = [frame]
        for active in self.active:
            passed: list[Out] = []
            for item in items:
                passed.extend(active.outgoing(item) if isinstance(item, Frame) else [item])
            items = passed
        self.active = [active for active in self.active if not active.spent]
        return items
