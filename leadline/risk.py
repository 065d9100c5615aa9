"""Risk: the paper account and the limits that a signal must pass before it may touch it.

Amounts are in quote currency. The caps here hold whatever the settings say. The account loses
nothing at a restart: it is recovered state, and mirrored to `risk.json` for a run that starts
without it. A *latch* stops all new trades when a day has lost too much; only a command frees it,
and never to lose the same day's limit a second time.
"""

import msgspec

from leadline.settings import Decision
from leadline.times import DAY_NS

# No setting exceeds these (docs/signals.md section 8).
CAP_RISK_PER_TRADE = 0.005  # a scalp
CAP_RISK_SWING = 0.02  # a swing or a position
CAP_OPEN_RISK = 0.05
CAP_DAILY_LOSS = 0.03
CAP_CONCURRENT = 3
CAP_NOTIONAL = 3.0

BASE_RISK = 2.0 / 3.0  # of risk_per_trade: the modifiers 0.5..1.5 then span 0.17 to 0.5 %


class Position(msgspec.Struct):
    """What an open trade of the account holds at stake."""

    symbol: str
    risk_quote: float  # lost at a planned stop-out
    notional_quote: float
    open_quote: float = 0.0  # its result if it left at the newest touch, fees included


class Account(msgspec.Struct):
    """The paper account of a line: equity, what is open, the day, and the latch."""

    start_quote: float
    equity_quote: float  # of closed trades
    peak_quote: float
    day: int = -1  # UTC days since the epoch
    day_start_quote: float = 0.0  # marked equity when the day began
    spent_day: int | None = None  # the newest day whose limit was lost when the latch was freed: it takes no more risk
    max_drawdown: float = 0.0
    latched: bool = False
    latch_reason: str = ""
    latched_ns: int | None = None
    positions: dict[str, Position] = msgspec.field(default_factory=dict)  # by trade id
    commands: list[str] = msgspec.field(default_factory=list)  # ids of the newest that were obeyed

    @classmethod
    def fresh(cls, equity_quote: float) -> "Account":
        """Return an account that has not traded."""
        return cls(equity_quote, equity_quote, equity_quote)

    # -- what it is worth

    @property
    def marked_quote(self) -> float:
        """Equity with every open trade at the touch that it would leave by."""
        total = self.equity_quote
        for position in self.positions.values():
            total += position.open_quote
        return total

    @property
    def open_risk_quote(self) -> float:
        """What all open trades would lose at their stops."""
        total = 0.0
        for position in self.positions.values():
            total += position.risk_quote
        return total

    @property
    def day_loss(self) -> float:
        """Fall of marked equity since the day began, as a fraction of it; never below 0."""
        return max(0.0, 1.0 - self.marked_quote / self.day_start_quote) if self.day_start_quote > 0 else 0.0

    @property
    def day_spent(self) -> bool:
        """Whether nothing is tradable until the next UTC day, though the latch is free."""
        return self.spent_day == self.day

    @property
    def drawdown(self) -> float:
        """Fall of equity from its peak, a positive fraction."""
        return 1.0 - self.equity_quote / self.peak_quote

    # -- what happens to it

    def roll(self, now_ns: int) -> bool:
        """Begin a new UTC day if one has begun; return whether."""
        day = now_ns // DAY_NS
        if day <= self.day:
            return False
        self.day, self.day_start_quote = day, self.marked_quote
        return True

    def settle(self, trade_id: str, pnl_quote: float) -> None:
        """Book the result of a trade that has closed."""
        self.positions.pop(trade_id, None)
        self.equity_quote += pnl_quote
        self.peak_quote = max(self.peak_quote, self.equity_quote)
        self.max_drawdown = max(self.max_drawdown, self.drawdown)

    def latch_if_lost(self, decision: Decision, now_ns: int) -> bool:
        """Latch if the day has lost its limit; return whether it latched now. A spent day does not latch again."""
        limit = daily_limit(decision)
        if self.latched or self.day_spent or self.day_loss < limit:
            return False
        self.latched, self.latched_ns = True, now_ns
        self.latch_reason = f"the day lost {100 * self.day_loss:.2f} %, its limit is {100 * limit:g} %"
        return True

    def reset(self, decision: Decision) -> None:
        """Free the latch. The day's loss stands: where it has reached the limit, the day is spent."""
        self.latched, self.latch_reason, self.latched_ns = False, "", None
        if self.day_loss >= daily_limit(decision):
            self.spent_day = self.day

    def obeyed(self, command_id: str) -> bool:
        """Take note of a command; return whether it had been obeyed before."""
        if command_id in self.commands:
            return True
        self.commands = [*self.commands[-99:], command_id]
        return False


def daily_limit(decision: Decision) -> float:
    """Return the loss at which a day latches, as a fraction of the equity it began with."""
    return min(decision.risk.max_daily_loss, CAP_DAILY_LOSS)


def budget(account: Account, modifier: float, decision: Decision) -> float:
    """Return what a trade may lose at its stop: base risk times the modifier, never above the cap."""
    most = account.equity_quote * min(decision.scalping_engine.risk_per_trade, CAP_RISK_PER_TRADE)
    return max(0.0, min(most * BASE_RISK * modifier, most))


def room(account: Account, decision: Decision) -> float:
    """Return the notional that the account may still take on, all open trades counted."""
    most = account.equity_quote * min(decision.risk.max_notional, CAP_NOTIONAL)
    for position in account.positions.values():
        most -= position.notional_quote
    return max(0.0, most)


def risk_room(account: Account, decision: Decision) -> float:
    """Return what the account may still put at risk at stops, all open trades counted."""
    return max(0.0, _most_open_risk(account, decision) - account.open_risk_quote)


def _most_open_risk(account: Account, decision: Decision) -> float:
    return account.equity_quote * min(decision.risk.max_open_risk, CAP_OPEN_RISK)


def refusals(account: Account, symbol: str, risk_quote: float, decision: Decision) -> list[str]:
    """Return every reason why the account may not take a signal that is tradable by itself."""
    reasons = []
    if account.latched:
        reasons.append("kill_switch")
    if account.day_spent:
        reasons.append("daily_loss")
    if any(position.symbol == symbol for position in account.positions.values()):
        reasons.append("symbol_open")
    if len(account.positions) >= min(decision.scalping_engine.max_concurrent_signals, CAP_CONCURRENT):
        reasons.append("max_concurrent_signals")
    if account.open_risk_quote + risk_quote > _most_open_risk(account, decision):
        reasons.append("max_open_risk")
    return reasons
