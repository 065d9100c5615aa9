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
    revoke             every token is void; connections that were let in by one are told so and closed

A book update is one of `book` or `level3`, whichever comes, unless `channel` names one of them.
silence and freeze strike `count` subscriptions of a symbol, each until it is subscribed anew.
"""

from typing import Literal, NamedTuple

import msgspec

from simulator.forging import BOOKS, Frame, corrupted, crossed, garbage, giant

Kind = Literal["drop", "duplicate", "reorder", "corrupt", "cross", "silence", "freeze", "giant", "garbage",
               "stall", "disconnect", "maintenance", "revoke"]  # fmt: skip
CONNECTION_KINDS = ("stall", "disconnect", "maintenance", "revoke")
GIANT_BYTES = 9 * 1024 * 1024  # over the 8 MiB that a client takes by default


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
    text: str = "invalid_json"  # a name in forging.GARBAGE, or the frame itself
    channel: str | None = None  # book | level3 | trade; None: whichever comes


class Action(NamedTuple):
    """Something to do to the connection instead of sending."""

    kind: str  # one of CONNECTION_KINDS
    seconds: float


Out = Frame | Action


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
        if not frame.channel or self.fault.symbol not in (None, frame.symbol):
            return [frame]
        if self.fault.channel not in (None, frame.channel):
            return [frame]
        if kind == "silence" or (kind == "freeze" and frame.channel in BOOKS):
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
        return frame.channel in BOOKS and frame.is_update and top_ten in (None, frame.touches_top)

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
        if fault.kind == "giant":
            return [frame, Frame(giant(frame.symbol, fault.bytes, frame.channel), "")]
        return [frame, Frame(garbage(frame.symbol, fault.text, frame.channel), "")]

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

    def forget(self) -> None:
        """Let no fault strike any more: silence and freeze wait for subscriptions to come as long as they are here."""
        self.active = []

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
