"""Stop protection: the book is asked about each signal whose account trade is open (docs/signals.md section 7).

Part of the paper stage and recovered with it. What it says is stored as advice with its other road,
the same trade left to itself or left at once, played by the same broker.
"""

import copy

import msgspec

from leadline.advice import StopAction, StopProtection
from leadline.moment import Moment
from leadline.paper import PaperTrade
from leadline.settings import Decision
from operators.advice import AdviceDesk
from operators.live_trades import SHADOW, LiveTrades, order_ns


class ProtectionDesk:
    """What the book has said of the open trades, by signal."""

    def __init__(self, live: LiveTrades) -> None:
        self.live = live
        self.watches: dict[str, StopProtection] = {}

    def begin(self, signal_id: str) -> None:
        """Watch a new signal."""
        self.watches[signal_id] = StopProtection()

    def go_on(self, trades: list[PaperTrade], advice: AdviceDesk) -> None:
        """Watch an earlier run's trades, and those alone; what was said of one is not said again."""
        self.watches = {}
        for trade in trades:
            watch = self.watches.setdefault(trade.plan.signal_id, StopProtection())
            watch.held = watch.held or advice.held(trade.trade_id)

    def end(self, signal_id: str) -> None:
        """Watch a signal no more."""
        self.watches.pop(signal_id, None)

    def interrupted(self, symbol: str) -> None:
        """Forget how long scores pushed: what a score lasted is not known across an outage."""
        for trade in self.live.of.get(symbol, ()):
            if trade.plan.signal_id in self.watches:
                self.watches[trade.plan.signal_id].against_since_ns = None

    def look(self, m: Moment, symbol: str, advice: AdviceDesk, decision: Decision) -> bool:
        """Ask the book of this moment about a symbol's trades; return whether it said anything."""
        said = False
        for trade in list(self.live.of[symbol]):
            watch = self.watches.get(trade.plan.signal_id)
            asked = trade.model == decision.paper.fill_model and trade.state == "open"
            if watch is None or not asked or trade.leave_reason is not None:
                continue
            plan = trade.plan
            adverse_r = plan.side * (plan.entry - trade.touch) / abs(plan.entry - plan.stop)
            push = plan.side * m.hft.score
            action = watch.observe(push, adverse_r, m.clock_ns, trade.entry_ns or 0, decision.advice)
            if action is not None:
                said = True
                self._follow(trade, action, order_ns(m, decision), advice.stop(m, trade, action, push), advice)
        return said

    def _follow(
        self, trade: PaperTrade, action: StopAction, leaves_ns: int, advice_id: str, advice: AdviceDesk
    ) -> None:
        plan = trade.plan
        other_road = copy.deepcopy(trade)
        other_road.plan = msgspec.structs.replace(plan, signal_id=advice_id, verdict=SHADOW)
        signals = [one for one in self.live.all() if one.plan.signal_id == plan.signal_id]
        for one in [other_road] if action == "hold" else signals:
            one.leave("flow_exit", leaves_ns)
        advice.plays(advice_id, other_road)
        self.live.adopt(other_road)
