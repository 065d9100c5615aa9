"""Positions that a person declares: what the book says of them, docs/signals.md section 10.

They are not the paper account's, and nothing here knows their size. `side` is +1 for a long, -1 for a
short; prices are in quote currency.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from leadline.advice import StopProtection
from leadline.bias_record import MOST_PRICE, Price
from leadline.settings import Advice as Rules
from leadline.times import SECOND_NS

PositionAction = Literal["hold", "honour", "exit"]
FAR = 0.10  # of the market's price: an entry farther away than this is told, since a digit may be wrong


class Declaration(msgspec.Struct, frozen=True):
    """What a person says of a position."""

    symbol: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    side: Literal["buy", "sell"]
    entry: Price
    stop: Price
    target: Price | None = None

    @property
    def sign(self) -> int:
        """Return +1 for a long, -1 for a short."""
        return 1 if self.side == "buy" else -1


def understood(plain: Any) -> Declaration:
    """Return what was declared; raises ValueError, in words, where it is no position.

    >>> understood({"symbol": "A/B", "side": "buy", "entry": 100.0, "stop": 99.0}).sign
    1
    """
    try:
        found = msgspec.convert(plain, Declaration)
    except msgspec.ValidationError as e:
        raise ValueError(_wrong(plain) or str(e)) from e
    way, behind, ahead = ("long", "below", "above") if found.sign > 0 else ("short", "above", "below")
    if found.sign * (found.entry - found.stop) <= 0:
        raise ValueError(f"the stop of a {way} lies {behind} its entry of {found.entry:g}, not at {found.stop:g}")
    if found.target is not None and found.sign * (found.target - found.entry) <= 0:
        raise ValueError(f"the target of a {way} lies {ahead} its entry of {found.entry:g}, not at {found.target:g}")
    return found


def _wrong(plain: Any) -> str:
    """Return what is wrong with what a person gave, in words; empty where none of it is."""
    said = plain if isinstance(plain, dict) else {}
    if said.get("side") not in ("buy", "sell"):
        return f"the side is {said.get('side')!r}, not buy or sell"
    for name in ("entry", "stop", "target"):
        value: Any = said.get(name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number and 0.0 < value < MOST_PRICE) and not (name == "target" and value is None):
            return f"the {name} is {value!r}, not a price above 0 and below {MOST_PRICE:g}"
    return ""


def beside(declared: Iterable[Declaration], said: Declaration) -> str:
    """Return a warning where one of its symbol is of the other side, or from the same entry; empty where none is."""
    for one in declared:
        is_declared = f"WARNING: a {one.side} of {one.symbol} from {one.entry:,.10g} is declared"
        if one.symbol == said.symbol and one.sign != said.sign:
            return f"{is_declared} too, and works against it"
        if one.symbol == said.symbol and one.entry == said.entry:
            return f"{is_declared} already: this is followed as one more"
    return ""


def doubtful(said: Declaration, touch: float, market: str) -> str:
    """Return a warning where a position hardly fits the price that an exit would hit; empty where it does.

    `market` says in words whose price that is, and of when.

    >>> long = understood({"symbol": "A/B", "side": "buy", "entry": 6400.0, "stop": 6300.0})
    >>> doubtful(long, 64000.0, "the market's")
    "WARNING: its entry of 6,400 is 90 % below the market's 64,000"
    >>> doubtful(long, 6300.0, "the market's")
    "WARNING: its stop at 6,300 is reached already at the market's 6,300: it ends at the next verified book"
    """
    found, at = [], f"{market} {touch:,.10g}"
    off = said.entry / touch - 1.0
    if abs(off) > FAR:
        found.append(
            f"its entry of {said.entry:,.10g} is {100 * abs(off):,.0f} % {'above' if off > 0 else 'below'} {at}"
        )
    if said.sign * (touch - said.stop) <= 0:
        found.append(f"its stop at {said.stop:,.10g} is reached already at {at}: it ends at the next verified book")
    elif said.target is not None and said.sign * (touch - said.target) >= 0:
        found.append(f"its target at {said.target:,.10g} is reached already at {at}")
    return f"WARNING: {'; '.join(found)}" if found else ""


class Declared(msgspec.Struct):
    """One position, and what was said of it so far: each thing once."""

    id: str  # of the command that declared it
    of: Declaration
    since_ns: int
    protection: StopProtection = msgspec.field(default_factory=StopProtection)
    honour_since_ns: int | None = None  # since when nothing speaks for more than the stop
    honoured: bool = False
    kept: list[str] = msgspec.field(default_factory=list)  # ids of the roads that keep it
    compared: bool = False  # with the market's price, at the first verified book
    said_ns: dict[PositionAction, int] = msgspec.field(default_factory=dict)  # when each thing was said

    @property
    def said(self) -> list[PositionAction]:
        """Return what was said of it so far, in the order in which it was: the last is what holds now."""
        told: list[tuple[PositionAction, bool]] = [
            ("hold", self.protection.held), ("honour", self.honoured), ("exit", self.protection.left)
        ]  # fmt: skip
        return sorted((action for action, was in told if was), key=lambda action: self.said_ns.get(action, 0))

    @property
    def told(self) -> str:
        """Return what was said of it in words, what holds now marked; empty where nothing was."""
        *before, last = ["", *self.said]
        return f"{', '.join(before[1:])}, now {last}" if before[1:] else last

    def replaces(self, action: PositionAction) -> tuple[str, PositionAction, int] | None:
        """Return in words what an action does to what was said last, that, and when; None where nothing was.

        To leave and to keep the stop take each other back; hold and honour both keep it, for another reason.
        """
        if not self.said_ns:
            return None
        last, when_ns = max(self.said_ns.items(), key=lambda one: one[1])
        return "takes back" if "exit" in (last, action) else "in place of", last, when_ns

    def result_r(self, touch: float) -> float:
        """Return what it would come to at the price that an exit would hit, in distances to its stop, before fees."""
        return self.of.sign * (touch - self.of.entry) / abs(self.of.entry - self.of.stop)

    def stopped(self, touch: float) -> bool:
        """Whether its stop is touched by the price that an exit would hit."""
        return self.of.sign * (touch - self.of.stop) <= 0

    def observe(self, touch: float, score: float, now_ns: int, rules: Rules) -> PositionAction | None:
        """Take one score and the price that an exit would hit; return what is to be said now."""
        side, risk = self.of.sign, abs(self.of.entry - self.of.stop)
        push, adverse_r = side * score, side * (self.of.entry - touch) / risk
        said = self.protection.observe(push, adverse_r, now_ns, self.since_ns, rules)
        quiet = now_ns - self.since_ns < rules.grace_seconds * SECOND_NS or adverse_r < rules.adverse_r
        if quiet or push > rules.hold_score or push < -rules.exit_score:
            self.honour_since_ns = None
        elif self.honour_since_ns is None:
            self.honour_since_ns = now_ns
        if said is not None:
            return said
        since = self.honour_since_ns
        if since is None or self.honoured or now_ns - since < rules.exit_seconds * SECOND_NS:
            return None
        self.honoured = True
        return "honour"

    def interrupted(self) -> None:
        """Forget what lasted: it is not known across an outage."""
        self.protection.against_since_ns = self.honour_since_ns = None
