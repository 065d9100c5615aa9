"""Outcomes: what the paper stage holds, and what becomes of it when a trade ends.

The account settles, calibration learns, and advice that waited for the trade is told, in this order,
so that what one trade taught holds for whatever comes behind it.
"""

import msgspec

from leadline.advice import Road, Unknown
from leadline.calibration import Calibration
from leadline.moment import Moment
from leadline.paper import NO_OUTCOME, PaperTrade
from leadline.paper_result import Result, result
from leadline.records import Start
from leadline.risk import daily_limit
from leadline.settings import Decision
from operators import paper_rows
from operators.accounts import AccountDesk
from operators.advice import AdviceDesk
from operators.live_trades import SHADOW, LiveTrades, order_ns
from operators.paper_counts import PaperCounts
from operators.positions import PositionDesk
from operators.protection import ProtectionDesk


class Outcomes:
    """The account, the live trades and the advice of a line."""

    def __init__(self) -> None:
        self.start: Start | None = None
        self.decision = Decision()
        self.desk = AccountDesk()
        self.calibration = Calibration()
        self.live = LiveTrades()
        self.protection = ProtectionDesk(self.live)
        self.advice = AdviceDesk()
        self.positions = PositionDesk(self.live)
        self.counts = PaperCounts()
        self.cooldown: dict[str, int] = {}  # of the signals stage, for the mirror
        self.changed = False  # since the account's mirror was last told

    def _changes(self, m: Moment, changed: list[PaperTrade]) -> None:
        for trade in changed:
            self.changed = True
            if trade.exit_reason is not None:
                self._closed(m, trade)

    def _closed(self, m: Moment, trade: PaperTrade) -> None:
        money = result(trade, self.decision.fees)
        road: Road | Unknown = Road(money.pnl_quote, money.entry_quote)
        if trade.exit_reason == "end_of_tape" or trade.exit_reason == "abandoned":
            road = trade.exit_reason
        if trade.plan.verdict == SHADOW:
            self.advice.other(m, trade.plan.signal_id, road)
            self.advice.took(m, trade.trade_id, road)
            return
        self._outcome(m, trade, money)
        self.advice.took(m, trade.trade_id, road)

    def _outcome(self, m: Moment, trade: PaperTrade, money: Result) -> None:
        """Take in what became of a signal in one fill model; the account's is the one it was entered in."""
        own = trade.trade_id in self.desk.account.positions
        equity_after = self.desk.settle(m, trade.trade_id, money.pnl_quote) if own else None
        self._store(m, trade, money, equity_after)
        if trade.model == self.decision.paper.fill_model:
            self.protection.end(trade.plan.signal_id)
            if trade.exit_reason not in NO_OUTCOME:
                self._learn(m, trade.plan.setup, trade.plan.strength, money.pnl_quote > 0)
        if own:
            self._latch(m)

    def _store(self, m: Moment, trade: PaperTrade, money: Result, equity_after: float | None) -> None:
        assert self.start is not None
        model = self.decision.paper.fill_model
        row = paper_rows.trade_row(m, trade, money, model, equity_after, self.start.config_hash)
        self.counts.trade(row)
        m.emit("paper_trades", row)

    def _learn(self, m: Moment, setup: str, strength: float, won: bool) -> None:
        assert self.start is not None
        self.calibration.observe(setup, strength, won)
        row = self.calibration.row(setup, self.decision.paper.calibration_outcomes)
        if row is not None:
            m.emit("calibrations", row | {"ts": m.clock_ns, "config_hash": self.start.config_hash})

    def _latch(self, m: Moment) -> None:
        """Stop trading if the day has lost its limit: what is open leaves, nothing new is tradable."""
        if not self.desk.latch(m):
            return
        for trade in self.live.all():
            if trade.plan.verdict == "tradable":
                trade.leave("kill", order_ns(m, self.decision))
        self.changed = True

    def _abandon(self, m: Moment, trades: list[PaperTrade]) -> None:
        """Give up trades whose state was not recovered, or whose symbol is followed no more."""
        for trade in trades:
            trade.close("abandoned", m.clock_ns)
            self._closed(m, trade)

    def _mirror(self, m: Moment) -> None:
        """Tell the mirror what a run that starts without this state would have to know."""
        self.changed = False
        trades = [msgspec.to_builtins(t, str_keys=True) for t in self.live.all() if t.plan.verdict != SHADOW]
        advice = [msgspec.to_builtins(one, str_keys=True) for one in self.advice.pending.values()]
        m.emit("risk_state", {"ts": m.clock_ns, "config_hash": self.desk.config_hash, "open_trades": trades,
                              "advice": advice, "symbols": self.positions.symbols, "cooldown": self.cooldown,
                              "positions": msgspec.to_builtins(self.positions.all()),
                              "account": msgspec.to_builtins(self.desk.account),
                              "max_daily_loss": daily_limit(self.decision),
                              "calibration": self.calibration.to_json()})  # fmt: skip
