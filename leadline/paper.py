"""Paper trades: what a signal's order would have got, filled against the verified book.

`side` is +1 for a long, -1 for a short. Prices and sizes are whole units of the instrument, so a
mirrored book gives the mirrored trade exactly; money appears in `leadline.paper_result` alone. A
trade lives in one *fill model*:

- `taker`: enters by walking the book, never as far as its target; that is filled as far as the touch shows size there;
- `maker_optimistic`: rests at its own side's touch, and at the target; filled when the market gets there;
- `maker_pessimistic`: the same orders, filled only when the market trades through them, or, on Level 3, at
  their price once nobody stands in front of them.

Every stop, timeout and exit on purpose walks the book, whatever the model, so it slips.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from leadline.checksum import LEVELS
from leadline.moment import BookView
from leadline.resting import Print, Resting
from leadline.trade_plan import TradePlan

FillModel = Literal["taker", "maker_pessimistic", "maker_optimistic"]
FILL_MODELS: tuple[FillModel, ...] = ("taker", "maker_pessimistic", "maker_optimistic")
ExitReason = Literal["target", "stop", "timeout", "flow_exit", "kill", "unfilled", "end_of_tape", "abandoned"]
NO_OUTCOME = ("unfilled", "end_of_tape", "abandoned")  # left out of win rates


class PaperTrade(msgspec.Struct):
    """One signal's trade in one fill model, from its order to its last fill."""

    plan: TradePlan
    model: FillModel
    resting: Resting | None = None  # a maker's order at the exchange: the entry, then the target
    entry_ns: int | None = None
    filled: int = 0  # size units
    paid: int = 0  # entry notional: price units times size units
    out: int = 0  # size units that have left again
    got_taker: int = 0  # exit notional that took
    got_maker: int = 0  # exit notional that rested
    leaving: ExitReason | None = None  # decided: every message walks until nothing is left
    leave_reason: ExitReason | None = None  # asked for from outside: obeyed from `leave_ns` on
    leave_ns: int = 0
    exit_ns: int | None = None
    exit_reason: ExitReason | None = None
    exit_mid2: int | None = None  # twice the mid when it left
    touch: int = 0  # the newest touch that an exit would hit
    best: int | None = None  # of the touch while open, for MFE and MAE
    worst: int | None = None
    outage: bool = False  # the book was lost while it lived
    deep: bool = False  # a fill walked past the levels the checksum vouches for
    taken: dict[int, int] = msgspec.field(default_factory=dict)  # exit level -> units of it that are ours by now

    @property
    def trade_id(self) -> str:
        """Return its id: one for each signal and fill model."""
        return f"{self.plan.signal_id}:{self.model}"

    @property
    def maker(self) -> bool:
        """Whether its orders rest."""
        return self.model != "taker"

    @property
    def state(self) -> str:
        """Return pending, open, closing or closed."""
        if self.exit_reason is not None:
            return "closed"
        if self.entry_ns is None:
            return "pending"
        return "open" if self.leaving is None else "closing"

    def leave(self, reason: ExitReason, from_ns: int) -> None:
        """Ask it to leave at the first verified book from `from_ns` on; an earlier wish stands."""
        if self.leave_reason is None:
            self.leave_reason, self.leave_ns = reason, from_ns

    def close(self, reason: ExitReason, now_ns: int) -> None:
        """End it; what is still in is valued by the caller."""
        self.exit_reason, self.exit_ns = reason, now_ns

    # -- one verified message of its book

    def on_book(self, view: BookView, now_ns: int) -> bool:
        """Take a verified book; return whether the trade has ended."""
        if not view.bid_keys or not view.ask_keys:
            return False
        if self.entry_ns is None:
            self._enter(view, now_ns)
            if self.exit_reason is not None or self.entry_ns is None:
                return self.exit_reason is not None
        self._look(view)
        self._exit(view, now_ns)
        return self.exit_reason is not None

    def _enter(self, view: BookView, now_ns: int) -> None:
        plan = self.plan
        if now_ns < plan.arrives_ns:
            return
        if self.leave_reason is not None or now_ns >= (plan.gives_up_ns if self.maker else plan.expires_ns):
            self.close("unfilled", now_ns)
        elif not self.maker:
            keys, sizes = (view.ask_keys, view.ask_sizes) if plan.side > 0 else (view.bid_keys, view.bid_sizes)
            self._take_entry(keys, sizes, now_ns)
        elif self.resting is None:
            limit = view.bid_keys[-1] if plan.side > 0 else -view.ask_keys[-1]
            if self._past_target(limit):
                self.close("unfilled", now_ns)
            else:
                self.resting = Resting(limit, plan.side, self.model == "maker_optimistic", view.event_ns)
        elif self.resting.seen(view):
            self._rested(now_ns, view.event_ns)

    def _past_target(self, price: int) -> bool:
        """Whether nobody would enter at this price: it has nothing left to win."""
        return self.plan.side * (price - self.plan.target) >= 0

    def _take_entry(self, keys: list[int], sizes: list[int], now_ns: int) -> None:
        left = self.plan.size
        for depth, at in enumerate(range(len(keys) - 1, -1, -1)):
            if not left or self._past_target(abs(keys[at])):
                break
            taken = min(left, sizes[at])
            self.filled += taken
            self.paid += taken * abs(keys[at])
            self.deep = self.deep or depth >= LEVELS
            left -= taken
        if self.filled:
            self.entry_ns = now_ns  # where the depth is short the rest is cancelled
        else:
            self.close("unfilled", now_ns)

    def _rested(self, now_ns: int, event_ns: int | None) -> None:
        """Take the resting entry for filled, and let the target rest."""
        entry, plan = self.resting, self.plan
        assert entry is not None
        self.filled, self.paid, self.entry_ns = plan.size, plan.size * entry.price, now_ns
        self.resting = Resting(plan.target, -plan.side, entry.optimistic, event_ns)

    def _look(self, view: BookView) -> None:
        """Take note of the touch that an exit would hit."""
        touch = view.bid_keys[-1] if self.plan.side > 0 else -view.ask_keys[-1]
        gain = self.plan.side * touch
        self.touch = touch
        if self.best is None or gain > self.plan.side * self.best:
            self.best = touch
        if self.worst is None or gain < self.plan.side * self.worst:
            self.worst = touch

    def _exit(self, view: BookView, now_ns: int) -> None:
        plan, touch = self.plan, self.touch
        if self.leaving is None:
            if plan.side * (touch - plan.stop) <= 0:
                self.leaving = "stop"
            elif self.resting is not None:
                if self.resting.seen(view):
                    self._target_rested()
                    self._done("target", view, now_ns)
            elif plan.side * (touch - plan.target) >= 0:
                self._walk_out(view, plan.target)
                self._done("target", view, now_ns)
            if self.exit_reason is None and self.leaving is None:
                if self.leave_reason is not None and now_ns >= self.leave_ns:
                    self.leaving = self.leave_reason
                elif now_ns >= plan.expires_ns:
                    self.leaving = "timeout"
        if self.leaving is not None:
            self._walk_out(view, None)
            self._done(self.leaving, view, now_ns)

    def _target_rested(self) -> None:
        self.got_maker += (self.filled - self.out) * self.plan.target
        self.out = self.filled

    def _walk_out(self, view: BookView, limit: int | None) -> None:
        """Sell (a short: buy) what is left into the book; at a limit, no further than it and at its price."""
        side = self.plan.side
        keys, sizes = (view.bid_keys, view.bid_sizes) if side > 0 else (view.ask_keys, view.ask_sizes)
        left, taken = self.filled - self.out, {}
        for depth, at in enumerate(range(len(keys) - 1, -1, -1)):
            key = keys[at]
            if not left or (limit is not None and side * (abs(key) - limit) < 0):
                break
            ours = min(self.taken.get(key, 0), sizes[at])  # taken before and still shown: not there for us
            now = min(left, sizes[at] - ours)
            self.got_taker += now * (abs(key) if limit is None else limit)
            self.out += now
            self.deep = self.deep or (now > 0 and depth >= LEVELS)
            taken[key] = ours + now
            left -= now
        self.taken = taken

    def _done(self, reason: ExitReason, view: BookView, now_ns: int) -> None:
        if self.out == self.filled:
            self.exit_mid2 = view.bid_keys[-1] - view.ask_keys[-1]
            self.close(reason, now_ns)

    # -- trades of its symbol, while its book is verified: evidence for resting orders alone

    def on_trades(self, prints: Sequence[Print], mid2: int, now_ns: int) -> bool:
        """Take the market's trades of one frame; return whether the trade has ended.

        `mid2` is twice the mid of the newest verified book. Where a stop and a target could both
        have happened among these trades, the stop counts.
        """
        if self.resting is None or self.leaving is not None or not prints:
            return False
        plan = self.plan
        stopped = any(plan.side * (one.price - plan.stop) <= 0 for one in prints)
        if self.entry_ns is None:
            waits = plan.arrives_ns <= now_ns < plan.gives_up_ns and self.leave_reason is None
            if not waits or not self.resting.printed(prints, plan.size):
                return False
            self.touch = self.best = self.worst = self.resting.price
            self._rested(now_ns, prints[-1].event_ns)
        elif not stopped and self.resting.printed(prints, self.filled - self.out):
            self._target_rested()
            self.exit_mid2 = mid2
            self.close("target", now_ns)
            return True
        if stopped:
            self.leaving = "stop"  # at the next verified book, at its price
        return False
