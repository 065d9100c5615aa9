"""Advice: what the order book says about a trade, and what following it was worth.

`side` is +1 for a long, -1 for a short; a score times the side is positive when the book pushes
the trade's way. A stop is never widened or removed: "hold" means that it stays where it is.

Every piece of advice has a *road not taken*, played by the same broker as a second trade. What
was saved is the result of the road taken minus the other, in bps of the entry notional; a road
without a trade is worth 0.
"""

from typing import Any, Literal

import msgspec

from leadline.paper import PaperTrade
from leadline.settings import Advice as Rules
from leadline.times import SECOND_NS

Kind = Literal[
    "false_breakout", "stop_protection", "entry_timing", "size_modifier", "bias_filter", "swing_zone", "swing_break",
    "position",
]  # fmt: skip
StopAction = Literal["hold", "exit"]
Unknown = Literal["end_of_tape", "abandoned"]  # why what was saved will never be known


class StopProtection(msgspec.Struct):
    """What the book has said of one open trade so far."""

    against_since_ns: int | None = None  # since when it has pushed against the trade
    held: bool = False  # "hold" was said
    left: bool = False  # "exit" was said

    def observe(self, push: float, adverse_r: float, now_ns: int, opened_ns: int, rules: Rules) -> StopAction | None:
        """Take one score; return an action when it is to be said, once a trade each.

        `push` is side times score, `adverse_r` how far price is against the trade in stop
        distances. The stop is a question only once price has gone against the trade, and not in
        its first seconds.
        """
        if push >= -rules.exit_score:
            self.against_since_ns = None
        elif self.against_since_ns is None:
            self.against_since_ns = now_ns
        if self.left or adverse_r < rules.adverse_r or now_ns - opened_ns < rules.grace_seconds * SECOND_NS:
            return None
        if push > rules.hold_score and not self.held:
            self.held = True
            return "hold"
        since = self.against_since_ns
        if since is not None and now_ns - since >= rules.exit_seconds * SECOND_NS:
            self.left = True
            return "exit"
        return None


def is_false_breakout(setup: str, push: float, rules: Rules) -> bool:
    """Whether an armed setup is a breakout that the book pushes back.

    >>> is_false_breakout("squeeze_breakout", -60.0, Rules()), is_false_breakout("ema_pullback", -90.0, Rules())
    (True, False)
    """
    return rules.false_breakout and setup == "squeeze_breakout" and push <= -rules.false_breakout_score


class Road(msgspec.Struct):
    """One road of a piece of advice, once it is known: its money and the notional that it is measured by."""

    pnl_quote: float
    entry_quote: float

    @property
    def bps(self) -> float:
        """Return the result in bps of its own entry notional; 0 where nothing was entered."""
        return 1e4 * self.pnl_quote / self.entry_quote if self.entry_quote > 0 else 0.0


NO_TRADE = Road(0.0, 0.0)


class OpenAdvice(msgspec.Struct):
    """Advice whose roads are not both known yet."""

    kind: Kind
    row: dict[str, Any]  # as it was stored when it was given
    awaits: str | None  # the trade or candidate that is the road taken; None once it is known
    taken: Road | None = None
    other: Road | None = None
    shadow: PaperTrade | None = None  # the trade that plays the road not taken, while it is open
    own: PaperTrade | None = None  # the one that plays the road taken, where it is no signal's


def saved_bps(kind: Kind, taken: Road, other: Road) -> float:
    """Return what following the advice saved, in bps of a trade's entry notional.

    A size modifier changes how much is at stake and hardly the result in bps, so its difference
    is of money, measured by the notional of the unmodified trade.

    >>> saved_bps("false_breakout", NO_TRADE, Road(-3.0, 1000.0))
    30.0
    >>> saved_bps("size_modifier", Road(-1.0, 500.0), Road(-2.0, 1000.0))
    10.0
    """
    if kind == "size_modifier":
        return Road(taken.pnl_quote - other.pnl_quote, other.entry_quote).bps
    return taken.bps - other.bps
